//! `log_passthrough`: a method that takes anything, and is a step for cleaning and for servicing as well.

use kamacite_driver::{ExclusiveTask, Json, Result, model::Info, passthru, step};

use super::FakeVendor;

/// Test pass-through to wait.
#[step(service, requires_ramdisk = false, resume = again)]
#[step(clean, priority = 1, resume = again)]
#[passthru(POST)]
pub async fn log_passthrough(fake: &FakeVendor, task: &mut ExclusiveTask, args: Json) -> Result<()> {
    // As `Info`, which shows no secret that a client may have sent.
    tracing::debug!(node = %task.node().uuid, arguments = ?Info(args), "log_passthrough was called");
    fake.0.wait().await;
    Ok(())
}
