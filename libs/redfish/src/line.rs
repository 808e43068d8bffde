//! The line to a BMC: requests past its governor, and again where that does no harm.

use governor::{Credentials, Governor, Outcome};

use crate::error::{Asked, Error};
use crate::exchange::{Answer, Failure, Load, Wire, is_about_tls};
use crate::login::Key;
use crate::retry::{self, Repeat};

/// Leads to one BMC, for one account.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub wire: Wire,
    pub governor: Governor,
    pub who: Credentials,
}

impl Line {
    /// Asks, attempt after attempt, each when the governor lets it through.
    pub async fn request(&self, asked: &Asked, load: Load<'_>, key: &Key) -> Result<Answer, Failure> {
        let mut attempt = 1;
        let mut before = None;
        loop {
            let permit = match self.governor.enter(self.who, &format!("{} {}", asked.verb, asked.path)).await {
                Ok(permit) => permit,
                // What was met is worth more than that nothing more is tried.
                Err(refusal) => {
                    let withheld = || Failure::new(Error::withheld(asked, refusal), Repeat::Never);
                    return Err(before.unwrap_or_else(withheld));
                }
            };
            let outcome = self.wire.attempt(asked, load, key, attempt).await;
            permit.done(told(outcome.as_ref().map(|answer| answer.status).map_err(|failure| &failure.error), key));
            let failure = match outcome {
                Ok(answer) => {
                    tracing::debug!(%asked, status = answer.status, attempt, "answered");
                    return Ok(answer);
                }
                Err(failure) => failure,
            };
            // Places for sessions do not come back within the patience of one request.
            let repeat = if failure.sessions_full { Repeat::Never } else { failure.repeat };
            let limits = &self.wire.limits;
            let chance = retry::chance();
            match retry::wait_before_next(limits, attempt, asked.verb, repeat, failure.retry_after, chance) {
                Some(wait) => {
                    tracing::debug!(%asked, attempt, ?wait, error = %failure.error, "trying again after a wait");
                    tokio::time::sleep(wait).await;
                    attempt += 1;
                    before = Some(failure);
                }
                None => return Err(failure),
            }
        }
    }
}

/// An attempt as its governor sees it.
pub(crate) fn told(outcome: Result<u16, &Error>, key: &Key) -> Outcome {
    let error = match outcome {
        // Whoever passes requests on takes a refusal for an answer.
        Ok(status @ (401 | 403)) if key.is_refused_by(status) => return Outcome::Refused(status.to_string()),
        Ok(status) => return Outcome::Answered(status.to_string()),
        Err(error) => error,
    };
    match error {
        Error::Timeout { limit, .. } => Outcome::Silent(format!("no answer within {} s", limit.as_secs_f64())),
        Error::Unreachable { source, .. } if !is_about_tls(&**source) => {
            Outcome::Silent(crate::error::innermost(&**source).to_string())
        }
        Error::Unreachable { source, .. } | Error::Interrupted { source, .. } | Error::Untrusted { source, .. } => {
            Outcome::Broken(crate::error::innermost(&**source).to_string())
        }
        Error::Refused { status, .. } if key.is_refused_by(*status) => Outcome::Refused(status.to_string()),
        other => match other.status() {
            Some(status) => Outcome::Answered(status.to_string()),
            None => Outcome::Answered(other.to_string()),
        },
    }
}
