//! What goes wrong around an answer to a request, whoever gives it: every fault that needs no machine.

use std::time::Duration;

use kamacite_model::Secret;

use super::{Act, Fault, Reply};
use crate::http::{Body, Response};

/// What has befallen a request so far.
#[derive(Default)]
pub(crate) struct Around {
    delay: Duration,
    instead: Option<Reply>,
    spoilt: Option<Fault>,
}

/// A fault that whoever is asked has to know what to do about.
pub(crate) enum Within {
    IgnoredWrite,
    Away { seconds: u32 },
    SessionsFull,
    Password(Secret<String>),
    PowerStuck { seconds: u32 },
}

impl Around {
    /// Lets a fault befall the request; what only the one who is asked can do is handed back.
    pub fn take(&mut self, fault: Fault) -> Option<Within> {
        match fault {
            Fault::Delay { ms } => self.delay += Duration::from_millis(ms),
            Fault::Hang => self.instead(Reply::Hang),
            Fault::Drop => self.instead(Reply::Drop),
            Fault::Unavailable { retry_after_s } => self.instead(busy(503, retry_after_s)),
            Fault::TooMany { retry_after_s } => self.instead(busy(429, retry_after_s)),
            Fault::Status { status } => self.instead(Reply::Answer(Response::empty(status))),
            Fault::Truncated | Fault::Cut | Fault::WrongJson | Fault::WrongType | Fault::LostAnswer => {
                self.spoilt = Some(fault);
            }
            // They do not fit requests.
            Fault::Twice | Fault::Reordered | Fault::Completion { .. } => {}
            Fault::IgnoredWrite => return Some(Within::IgnoredWrite),
            Fault::Away { seconds } => return Some(Within::Away { seconds }),
            Fault::SessionsFull => return Some(Within::SessionsFull),
            Fault::Password { password } => return Some(Within::Password(password)),
            Fault::PowerStuck { seconds } => return Some(Within::PowerStuck { seconds }),
        }
        None
    }

    /// The request ends so, and not with an answer of whoever is asked.
    pub fn instead(&mut self, reply: Reply) {
        self.instead = Some(reply);
    }

    /// What is done in the end. Nobody is asked whose answer is not wanted.
    pub fn act(self, answer: impl FnOnce() -> Response) -> Act {
        let reply = self.instead.unwrap_or_else(|| spoil(answer(), self.spoilt));
        Act { delay: self.delay, reply }
    }
}

fn busy(status: u16, retry_after_s: Option<u32>) -> Reply {
    let response = Response::empty(status);
    Reply::Answer(match retry_after_s {
        Some(seconds) => response.with("Retry-After", seconds.to_string()),
        None => response,
    })
}

/// An answer that something is wrong with.
fn spoil(mut response: Response, fault: Option<Fault>) -> Reply {
    let bytes = match &response.body {
        Body::Empty => Vec::new(),
        Body::Json(value) => value.to_string().into_bytes(),
        Body::Raw(_, bytes) => bytes.clone(),
    };
    match fault {
        Some(Fault::Truncated) => {
            response.body = Body::Raw("application/json", bytes.get(..bytes.len() / 2).unwrap_or_default().to_vec());
        }
        Some(Fault::Cut) => return Reply::Cut(response),
        Some(Fault::LostAnswer) => return Reply::Drop,
        Some(Fault::WrongJson) => response.body = Body::Raw("application/json", b"[\"no object\"]".to_vec()),
        Some(Fault::WrongType) => response.body = Body::Raw("text/html", bytes),
        Some(_) | None => {}
    }
    Reply::Answer(response)
}
