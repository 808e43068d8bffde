//! There is one right to act, not two.

use kamacite_driver::{ExclusiveTask};

fn double(task: &ExclusiveTask) -> ExclusiveTask {
    task.clone()
}

fn main() {}
