//! Looking gives no right to act.

use kamacite_driver::{ExclusiveTask, SharedTask};

fn promote(task: &SharedTask) -> ExclusiveTask {
    ExclusiveTask::new(task.host().clone())
}

fn convert(task: SharedTask) -> ExclusiveTask {
    task.into()
}

fn main() {}
