//! A method belongs to one implementation.

use kamacite_driver::{ExclusiveTask, Offer, Result, passthru, step};

struct Acme;

struct Other;

#[passthru(POST)]
async fn blink(_: &Other, _: &mut ExclusiveTask) -> Result<()> {
    Ok(())
}

#[step(clean, resume = again)]
async fn wipe(_: &Other, _: &mut ExclusiveTask) -> Result<()> {
    Ok(())
}

fn main() {
    let _ = Offer::of(Acme).with::<blink>();
    let _ = Offer::of(Acme).node_method::<blink>();
    let _ = Offer::of(Acme).step::<wipe>();
}
