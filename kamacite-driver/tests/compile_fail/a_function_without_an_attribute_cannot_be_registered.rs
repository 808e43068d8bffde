//! Only what says what it is can be registered.

use kamacite_driver::{Offer};

struct Acme;

#[allow(non_camel_case_types)]
struct blink {}

fn main() {
    let _ = Offer::of(Acme).with::<blink>();
}
