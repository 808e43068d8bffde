//! An account on a BMC: logged in to once, by whatever way the BMC has, and shared by all who use it.

use std::fmt;
use std::time::Duration;

use governor::Credentials;
use hyper::header::{self, HeaderName, HeaderValue};
use serde_json::json;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::error::{Asked, Error, Result, Verb};
use crate::exchange::{Answer, Failure, Load, TOKEN};
use crate::line::Line;
use crate::resource::{self, Resource};
use crate::target::{Auth, Password};

/// How long basic authentication stands in for a session that could not be had, before one is tried for again.
const STAND_IN: Duration = Duration::from_secs(60);

/// How long it is taken for granted that a BMC has no sessions: one that was just starting may have them later.
const NO_SESSIONS: Duration = Duration::from_secs(3600);

/// How long logging out may take, once.
const LOG_OUT: Duration = Duration::from_secs(5);

/// An account on a BMC, and its session there. It is logged out of when it is closed or dropped.
pub(crate) struct Account {
    pub line: Line,
    username: Option<String>,
    password: Password,
    auth: Auth,
    way: Mutex<Way>,
}

/// How requests are authenticated now.
#[derive(Clone)]
enum Way {
    /// Nobody has asked yet.
    Unknown,
    /// With user name and password, until a session is tried for again.
    Basic { until: Instant },
    /// With a session, which is at `path`.
    Session { key: Key, path: Option<String> },
}

/// What a request is authenticated with.
#[derive(Clone)]
pub(crate) struct Key {
    header: Option<(HeaderName, HeaderValue)>,
    /// The request carries user name and password, so that a refusal is one of them.
    is_account: bool,
    password: Password,
}

impl Account {
    pub fn new(line: Line, username: Option<String>, password: Password, auth: Auth) -> Self {
        Self { line, username, password, auth, way: Mutex::new(Way::Unknown) }
    }

    /// Asks, logged in. A session that has ended is renewed once: with 401 nothing was done.
    pub async fn request(&self, asked: &Asked, load: Load<'_>) -> Result<Answer> {
        // Nobody waits for somebody else's log-in to a BMC that is silent.
        self.line.governor.check(self.line.who).map_err(|refusal| Error::withheld(asked, refusal))?;
        let key = self.key().await?;
        match self.line.request(asked, load, &key).await {
            Err(Failure { error: Error::Refused { status: 401, .. }, .. }) if key.is_session() => {
                self.forget(&key).await;
                let key = self.key().await?;
                self.line.request(asked, load, &key).await.map_err(|failure| failure.error)
            }
            outcome => outcome.map_err(|failure| failure.error),
        }
    }

    /// A text of the BMC's with the password blotted out.
    pub fn scrub(&self, text: String) -> String {
        self.password.scrub(text)
    }

    /// Logs out, if logged in. The next request logs in again. Not waited for is somebody who is logging in for long.
    pub async fn close(&self) {
        let Ok(mut way) = tokio::time::timeout(LOG_OUT, self.way.lock()).await else { return };
        let way = std::mem::replace(&mut *way, Way::Unknown);
        log_out(&self.line, way).await;
    }

    /// What to authenticate a request with. One who has to log in for it does so for all who wait here.
    pub async fn key(&self) -> Result<Key> {
        let Some(username) = &self.username else { return Ok(self.nothing()) };
        if self.auth == Auth::Basic {
            return Ok(self.basic(username));
        }
        let mut way = self.way.lock().await;
        match &*way {
            Way::Session { key, .. } => return Ok(key.clone()),
            Way::Basic { until } if Instant::now() < *until => return Ok(self.basic(username)),
            Way::Unknown | Way::Basic { .. } => {}
        }
        *way = self.log_in(username).await?;
        Ok(match &*way {
            Way::Session { key, .. } => key.clone(),
            Way::Unknown | Way::Basic { .. } => self.basic(username),
        })
    }

    /// Finds out how this BMC wants to be logged in to, and does so.
    async fn log_in(&self, username: &str) -> Result<Way> {
        let Some(sessions) = self.sessions().await? else {
            return self.instead(self.no_sessions(), NO_SESSIONS);
        };
        let body = json!({"UserName": username, "Password": self.password.reveal()});
        let asked = self.asked(Verb::Post, &sessions);
        let load = Load { body: Some(&body), ..Load::default() };
        let key = Key { is_account: true, ..self.nothing() };
        let answer = match self.line.request(&asked, load, &key).await {
            Ok(answer) => answer,
            Err(Failure { error, sessions_full: true, .. }) => {
                let message = error.to_string();
                return self.instead(Error::SessionsFull { asked, message }, STAND_IN);
            }
            Err(Failure { error, .. }) => {
                return match error.status() {
                    // No second way for what the BMC refused: it would count towards a lock-out.
                    Some(401 | 403) | None => Err(error),
                    Some(404 | 405 | 501) => self.instead(self.no_sessions(), NO_SESSIONS),
                    Some(_) => self.instead(error, STAND_IN),
                };
            }
        };
        let Some(token) = answer.token.as_deref().and_then(|token| secret(token).ok()) else {
            let what = "the new session has no X-Auth-Token".to_owned();
            return self.instead(Error::Malformed { asked, what }, NO_SESSIONS);
        };
        tracing::debug!(bmc = self.line.wire.address.shown(), "logged in");
        let key = Key { header: Some((TOKEN, token)), ..self.nothing() };
        let named = || resource::json(&answer.body).ok()?.pointer("/@odata.id")?.as_str().map(str::to_owned);
        Ok(Way::Session { key, path: answer.location.or_else(named) })
    }

    /// Where sessions are made (DSP0266, "Session login": the root tells without being logged in); `None` where the BMC
    /// has none.
    async fn sessions(&self) -> Result<Option<String>> {
        let root = self.line.wire.address.root();
        let usual = || Some(format!("{root}SessionService/Sessions"));
        let asked = self.asked(Verb::Get, root);
        // As a stranger: that the root answers says nothing of the account.
        let stranger = Line { who: Credentials::none(), ..self.line.clone() };
        let answer = match stranger.request(&asked, Load::default(), &self.nothing()).await {
            Ok(answer) => answer,
            // Some show nothing at all to strangers.
            Err(Failure { error, .. }) if error.status().is_some() => return Ok(usual()),
            Err(Failure { error, .. }) => return Err(error),
        };
        let Ok(body) = resource::json(&answer.body) else { return Ok(usual()) };
        let root = Resource::new(answer.path, body);
        match (root.link("/Links/Sessions"), root.link("/SessionService")) {
            (Some(sessions), _) => Ok(Some(sessions)),
            (None, Some(service)) => Ok(Some(format!("{}/Sessions", service.trim_end_matches('/')))),
            (None, None) => Ok(None),
        }
    }

    /// Basic authentication where that will do, for so long; else the error.
    fn instead(&self, error: Error, for_so_long: Duration) -> Result<Way> {
        match self.auth {
            Auth::Session => Err(error),
            Auth::Auto | Auth::Basic => {
                tracing::debug!(%error, "basic authentication stands in for a session");
                Ok(Way::Basic { until: Instant::now() + for_so_long })
            }
        }
    }

    fn no_sessions(&self) -> Error {
        Error::Unsupported { address: self.line.wire.address.shown().to_owned(), what: "sessions".to_owned() }
    }

    pub async fn forget(&self, key: &Key) {
        let mut way = self.way.lock().await;
        // Another request may have renewed it meanwhile.
        if matches!(&*way, Way::Session { key: known, .. } if known.header == key.header) {
            // It may be there still: some BMCs answer 401 to what an account may not do.
            leave(&self.line, std::mem::replace(&mut *way, Way::Unknown));
        }
    }

    fn asked(&self, verb: Verb, path: &str) -> Asked {
        Asked { verb, address: self.line.wire.address.shown().to_owned(), path: path.to_owned() }
    }

    fn nothing(&self) -> Key {
        Key { header: None, is_account: false, password: self.password.clone() }
    }

    fn basic(&self, username: &str) -> Key {
        let pair = openssl::base64::encode_block(format!("{username}:{}", self.password.reveal()).as_bytes());
        let header = secret(&format!("Basic {pair}")).ok().map(|value| (header::AUTHORIZATION, value));
        Key { header, is_account: true, ..self.nothing() }
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        leave(&self.line, std::mem::replace(self.way.get_mut(), Way::Unknown));
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("bmc", &self.line.wire.address.shown()).finish_non_exhaustive()
    }
}

impl Key {
    /// The header that authenticates a request.
    pub fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        self.header.clone()
    }

    /// Whether a refusal with this status is one of user name and password, rather than of what they may do.
    pub fn is_refused_by(&self, status: u16) -> bool {
        let logs_in = self.header.is_none();
        self.is_account && (status == 401 || logs_in)
    }

    /// A text with the password blotted out.
    pub fn scrub(&self, text: String) -> String {
        self.password.scrub(text)
    }

    /// Whether it is a session's token, which ends.
    pub fn is_session(&self) -> bool {
        self.header.as_ref().is_some_and(|(name, _)| *name == TOKEN)
    }
}

/// A header's value that does not print.
fn secret(text: &str) -> Result<HeaderValue, header::InvalidHeaderValue> {
    let mut value = HeaderValue::from_str(text)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Has a session ended, if it is one, without waiting for it. Without a runtime there is nobody to do it, and the BMC ends
/// the session itself in the end.
fn leave(line: &Line, way: Way) {
    if let (Way::Session { .. }, Ok(runtime)) = (&way, tokio::runtime::Handle::try_current()) {
        let line = line.clone();
        runtime.spawn(async move { log_out(&line, way).await });
    }
}

/// Ends a session, if it is one. A failure is of no consequence: the BMC ends it when nobody has used it for a while.
async fn log_out(line: &Line, way: Way) {
    let Way::Session { key, path: Some(path) } = way else { return };
    let asked = Asked { verb: Verb::Delete, address: line.wire.address.shown().to_owned(), path };
    // A connection that has been idle may be closing just now, and ending a session twice does no harm.
    for last in [false, true] {
        match tokio::time::timeout(LOG_OUT, line.wire.attempt(&asked, Load::default(), &key, 1)).await {
            Ok(Ok(_)) => return tracing::debug!(%asked, "logged out"),
            Ok(Err(failure)) if !last && failure.error.is_transient() => {}
            Ok(Err(failure)) => return tracing::debug!(error = %failure.error, "could not log out"),
            Err(_) => return tracing::debug!(%asked, "logging out took too long"),
        }
    }
}
