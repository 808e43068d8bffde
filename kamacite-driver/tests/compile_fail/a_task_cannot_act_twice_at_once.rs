//! One effect after the other: the lock is one.

use kamacite_driver::{ExclusiveTask, Result};

async fn both(task: &mut ExclusiveTask) -> Result<()> {
    let (first, second) = (task.remember("a", 1), task.remember("b", 2));
    first.await?;
    second.await
}

fn main() {}
