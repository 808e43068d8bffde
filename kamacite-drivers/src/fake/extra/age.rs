//! `age`: a method that clients know by another name than its function's.

use kamacite_driver::{Result, SharedTask, passthru};

use super::FakeExtra;

/// Tells for how many seconds the node has been enrolled.
#[passthru(GET, sync, name = "age")]
pub async fn seconds_since_enrolment(fake: &FakeExtra, task: &SharedTask) -> Result<i64> {
    Ok(fake.services.now().duration_since(task.node().created_at).as_secs())
}
