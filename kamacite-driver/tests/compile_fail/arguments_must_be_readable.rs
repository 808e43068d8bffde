//! What is taken must be readable and described.

use kamacite_driver::{ExclusiveTask, Result, passthru};

struct Acme;

struct Opaque;

#[passthru(POST)]
async fn opaque(_: &Acme, _: &mut ExclusiveTask, _: Opaque) -> Result<()> {
    Ok(())
}

fn main() {}
