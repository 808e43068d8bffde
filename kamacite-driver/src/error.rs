//! What a driver answers when something does not work.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The result of anything a driver does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of thing went wrong: it decides who has to act, and the status a client sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ErrorKind {
    /// Something the client or the node's data says is wrong (400).
    Invalid,
    /// Something the client or the node's data does not say is needed (400).
    Missing,
    /// The implementation cannot do this at all (400).
    Unsupported,
    /// The thing named is not there (404).
    NotFound,
    /// It does not fit what is there already (409).
    Conflict,
    /// The hardware is busy; the same call may work later (503).
    Busy,
    /// The hardware did not do it, or cannot be reached (500).
    Hardware,
    /// The lock was lost; whoever holds it now decides (409).
    LockLost,
    /// The driver broke its own rules (500).
    Internal,
}

/// Why a driver could not do what it was asked: a kind, a sentence, and the cause where there is one.
///
/// The sentence says in lower case what was attempted and what a person can do next. It must hold no secret.
#[derive(Debug, Serialize, Deserialize)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    #[serde(with = "cause")]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident: $Kind:ident;)+) => {$(
        $(#[$doc])*
        pub fn $name(message: impl Into<String>) -> Self {
            Self::new(ErrorKind::$Kind, message)
        }
    )+};
}

impl Error {
    /// An error of a kind that is known only when it happens; otherwise the constructors below read better.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    constructors! {
        /// Something said is wrong.
        invalid: Invalid;
        /// Something is needed and was not said.
        missing: Missing;
        /// The implementation cannot do this.
        unsupported: Unsupported;
        /// The thing named is not there.
        not_found: NotFound;
        /// It does not fit what is there already.
        conflict: Conflict;
        /// The hardware is busy.
        busy: Busy;
        /// The hardware did not do it.
        hardware: Hardware;
        /// The lock was lost.
        lock_lost: LockLost;
        /// The driver broke its own rules.
        internal: Internal;
    }

    /// Adds the cause.
    #[must_use]
    pub fn because(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// What kind of thing went wrong.
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The sentence alone.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// A cause crosses a wire as its words: a log on the other side must not lose them.
mod cause {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    type Cause = Option<Box<dyn std::error::Error + Send + Sync>>;

    pub fn serialize<S: Serializer>(cause: &Cause, to: S) -> Result<S::Ok, S::Error> {
        let mut words = Vec::new();
        let mut next = cause.as_deref().map(|cause| cause as &dyn std::error::Error);
        while let Some(cause) = next {
            words.push(cause.to_string());
            next = cause.source();
        }
        (!words.is_empty()).then(|| words.join(": ")).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Cause, D::Error> {
        Ok(Option::<String>::deserialize(from)?.map(Into::into))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn a_cause_crosses_a_wire_as_words() {
        let inner = Error::hardware("cannot log in").because(std::io::Error::other("refused"));
        let error = Error::busy("cannot read the power").because(inner);
        let bytes = serde_json::to_vec(&error).expect("it is written");
        let error: Error = serde_json::from_slice(&bytes).expect("it is read");
        assert_eq!((error.kind(), error.message()), (ErrorKind::Busy, "cannot read the power"));
        assert_eq!(error.source().expect("a cause").to_string(), "cannot log in: refused");
    }
}
