//! `fake-extra` vendor: a method of every sort that the reference's fakes lack.

mod age;
mod echo;
mod fail;
mod hang;
mod label;
mod of_driver;
mod power_cycle;
mod report;

use kamacite_driver::{Interface, Offer, Result, Services, SharedTask, async_trait, interfaces::Vendor};

/// The implementation with its methods.
pub fn offer(services: &Services) -> Offer<FakeExtra> {
    Offer::of(FakeExtra { services: services.clone() })
        .with::<age::seconds_since_enrolment>()
        .with::<echo::echo>()
        .with::<fail::fail>()
        .with::<fail::fail_later>()
        .with::<hang::hang>()
        .with::<hang::hang_shared>()
        .with::<hang::hang_sync>()
        .with::<label::label>()
        .with::<of_driver::announce>()
        .with::<of_driver::manual>()
        .with::<of_driver::ping>()
        .with::<power_cycle::power_cycle>()
        .with::<report::report>()
}

/// Has methods of every sort.
pub struct FakeExtra {
    services: Services,
}

#[async_trait]
impl Interface for FakeExtra {
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Ok(())
    }
}

impl Vendor for FakeExtra {}
