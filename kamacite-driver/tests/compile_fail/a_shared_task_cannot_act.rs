//! Who only looks cannot change anything.

use kamacite_driver::{Result, SharedTask};

async fn act(task: &SharedTask) -> Result<()> {
    task.remember("blinks", 1).await
}

fn main() {}
