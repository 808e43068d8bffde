//! Bytes are a reply of their own.

use kamacite_driver::{Attachment, ExclusiveTask, Result, passthru, serde::Serialize};

struct Acme;

#[derive(Serialize)]
#[serde(crate = "kamacite_driver::serde")]
struct Both {
    words: String,
    file: Attachment,
}

#[passthru(GET, sync)]
async fn both(_: &Acme, _: &mut ExclusiveTask) -> Result<Both> {
    unreachable!()
}

fn main() {}
