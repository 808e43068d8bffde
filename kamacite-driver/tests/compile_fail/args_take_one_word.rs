//! Arguments are open or closed.

use kamacite_driver::{args};

#[args(open)]
struct Blink {
    seconds: u32,
}

#[args]
fn blink() {}

fn main() {}
