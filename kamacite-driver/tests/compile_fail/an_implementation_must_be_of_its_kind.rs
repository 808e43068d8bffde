//! What is registered as power must be able to change the power.

use kamacite_driver::{Driver, Interface, Offer, Result, SharedTask, async_trait};

struct Acme;

#[async_trait]
impl Interface for Acme {
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Ok(())
    }
}

fn main() {
    let _ = Driver::new("acme").power("acme", Offer::of(Acme));
}
