//! `trigger_servicewait`: a step that waits for something outside.

use kamacite_driver::{ExclusiveTask, Progress, Result, step};

use super::FakeVendor;

/// Waits until the node is told to go on.
#[step(service, resume = again)]
pub async fn trigger_servicewait(_: &FakeVendor, _: &mut ExclusiveTask) -> Result<Progress> {
    Ok(Progress::Wait { until: None })
}
