//! What is answered must be JSON or an attachment.

use kamacite_driver::{ExclusiveTask, Result, passthru};

struct Acme;

struct Opaque;

#[passthru(GET, sync)]
async fn opaque(_: &Acme, _: &mut ExclusiveTask) -> Result<Opaque> {
    Ok(Opaque)
}

fn main() {}
