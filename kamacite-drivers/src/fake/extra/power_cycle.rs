//! `power_cycle`: a method that acts on the node through its other interfaces and keeps a record.

use kamacite_driver::{ExclusiveTask, Result, model::PowerTarget, passthru, serde_json::Value};

use super::FakeExtra;

const KEY: &str = "fake_power_cycles";

/// Turns the machine off and on again, and counts how often that was done.
#[passthru(POST)]
pub async fn power_cycle(_: &FakeExtra, task: &mut ExclusiveTask) -> Result<u64> {
    task.progress("turning the machine off").await?;
    task.set_power(PowerTarget::Off).await?;
    task.progress("turning the machine on").await?;
    task.set_power(PowerTarget::On).await?;
    let times = task.node().driver_internal_info.get(KEY).and_then(Value::as_u64).unwrap_or(0) + 1;
    task.remember(KEY, times).await?;
    Ok(times)
}
