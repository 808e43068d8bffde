//! The right to act is in one place at a time.

use kamacite_driver::{ExclusiveTask, Result};

async fn give_away(mut task: ExclusiveTask) -> Result<()> {
    let worker = std::thread::spawn(move || drop(task));
    task.remember("blinks", 1).await?;
    drop(worker);
    Ok(())
}

fn main() {}
