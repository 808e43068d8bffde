//! `fake` vendor: the reference's sample methods, each a lesson in one thing a method can be.

mod fourth_method_shared_lock;
mod log_passthrough;
mod second_method;
mod third_method_sync;
mod trigger_servicewait;

use kamacite_driver::{
    Interface, Offer, Property, Result, Services, SharedTask, args, async_trait, interfaces::Vendor,
};

use super::delay::{Pace, VENDOR_DELAY};

/// The implementation with its methods and steps.
pub fn offer(services: &Services) -> Offer<FakeVendor> {
    Offer::of(FakeVendor(Pace::new(services, &VENDOR_DELAY)))
        .with::<fourth_method_shared_lock::fourth_method_shared_lock>()
        .with::<log_passthrough::log_passthrough>()
        .node_method::<second_method::SecondMethod>()
        .with::<third_method_sync::third_method_sync>()
        .with::<trigger_servicewait::trigger_servicewait>()
}

/// Takes its time and compares a word.
pub struct FakeVendor(Pace);

#[async_trait]
impl Interface for FakeVendor {
    fn properties(&self) -> Vec<Property> {
        vec![
            Property::required("B1", "B1 description. Required."),
            Property::required("B2", "B2 description. Required."),
        ]
    }

    /// Asks for nothing: a node without B1 and B2 will do, as in the reference.
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Ok(())
    }
}

impl Vendor for FakeVendor {}

/// A word to compare.
#[args]
pub struct Word {
    /// The word.
    // An empty word is as good as none, as in the reference.
    #[schemars(length(min = 1))]
    bar: String,
}
