//! `fail`, `fail_later`: methods that go wrong in any way a method can.

use kamacite_driver::{Error, ErrorKind, ExclusiveTask, Result, SharedTask, args, passthru, serde_json::Value};

use super::FakeExtra;

/// Goes wrong while the client waits, in the way that is asked for.
#[passthru(POST, sync)]
pub async fn fail(_: &FakeExtra, _: &SharedTask, args: Failure) -> Result<Value> {
    Err(args.error())
}

/// Goes wrong after the client has gone, in the way that is asked for.
#[passthru(POST)]
pub async fn fail_later(_: &FakeExtra, _: &mut ExclusiveTask, args: Failure) -> Result<Value> {
    Err(args.error())
}

/// How to go wrong.
#[args]
pub struct Failure {
    /// The way.
    #[serde(default)]
    kind: Kind,
    /// The words.
    #[serde(default = "words")]
    message: String,
}

fn words() -> String {
    "the fake hardware failed, as it was asked to".to_owned()
}

/// The ways in which a driver can fail.
#[args]
#[derive(Default, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Something said is wrong.
    Invalid,
    /// Something is needed and was not said.
    Missing,
    /// It cannot do this.
    Unsupported,
    /// The thing named is not there.
    NotFound,
    /// The hardware is busy.
    Busy,
    /// The hardware did not do it.
    #[default]
    Hardware,
    /// The lock was lost.
    LockLost,
    /// The driver broke its own rules.
    Internal,
}

impl Failure {
    fn error(self) -> Error {
        let kind = match self.kind {
            Kind::Invalid => ErrorKind::Invalid,
            Kind::Missing => ErrorKind::Missing,
            Kind::Unsupported => ErrorKind::Unsupported,
            Kind::NotFound => ErrorKind::NotFound,
            Kind::Busy => ErrorKind::Busy,
            Kind::Hardware => ErrorKind::Hardware,
            Kind::LockLost => ErrorKind::LockLost,
            Kind::Internal => ErrorKind::Internal,
        };
        Error::new(kind, self.message)
    }
}
