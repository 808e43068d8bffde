//! A call may go on in another thread.

use kamacite_driver::{ExclusiveTask, Result, passthru};

struct Acme;

#[passthru(POST)]
async fn count(_: &Acme, task: &mut ExclusiveTask) -> Result<()> {
    let counter = std::rc::Rc::new(1);
    task.remember("count", *counter).await?;
    drop(counter);
    Ok(())
}

fn main() {}
