//! A task shows the node; it changes by named effects only.

use kamacite_driver::{ExclusiveTask};

fn write(task: &mut ExclusiveTask) {
    task.node().name = Some("mine".to_owned());
    task.node().driver_internal_info.insert("key".to_owned(), 1.into());
}

fn main() {}
