//! `hang`, `hang_shared`, `hang_sync`: methods that do not return, for tests of what goes on meanwhile.

use std::time::Duration;

use kamacite_driver::{Error, ExclusiveTask, Result, SharedTask, args, passthru};

use super::FakeExtra;

/// Holds the node's lock for the given number of seconds, or until it is cancelled.
#[passthru(POST)]
pub async fn hang(fake: &FakeExtra, _: &mut ExclusiveTask, args: Hang) -> Result<()> {
    fake.hang(args).await
}

/// Does not return for the given number of seconds, or until it is cancelled; holds no lock.
#[passthru(POST)]
pub async fn hang_shared(fake: &FakeExtra, _: &SharedTask, args: Hang) -> Result<()> {
    fake.hang(args).await
}

/// Lets the client wait for the given number of seconds, or until it is cancelled; holds no lock.
#[passthru(POST, sync)]
pub async fn hang_sync(fake: &FakeExtra, _: &SharedTask, args: Hang) -> Result<()> {
    fake.hang(args).await
}

/// For how long.
#[args]
pub struct Hang {
    /// The number of seconds; without it, for ever.
    #[schemars(range(min = 0.0))]
    seconds: Option<f64>,
}

impl FakeExtra {
    async fn hang(&self, Hang { seconds }: Hang) -> Result<()> {
        match seconds {
            None => std::future::pending().await,
            Some(seconds) => {
                let time = Duration::try_from_secs_f64(seconds).map_err(|why| {
                    Error::invalid("cannot hang for that many seconds; say a number from 0").because(why)
                })?;
                self.services.sleep(time).await;
                Ok(())
            }
        }
    }
}
