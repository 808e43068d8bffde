//! `redfish` vendor: subscriptions to events, and ejecting virtual media.

use std::sync::Arc;

use kamacite_driver::{Interface, Json, Offer, Result, SharedTask, args, async_trait, interfaces::Vendor, model::Node};
use redfish::{EventService, Subscription};

use super::bmcs::{Bmcs, failed};

/// Declares the file of each method and adds the method to the offer: a new one is a file and a line below. `cargo fmt` does
/// not see through it: run `rustfmt` on the file.
macro_rules! methods {
    ($($method:ident,)+) => {
        $(mod $method;)+

        /// The implementation with its methods.
        pub fn offer(bmcs: &Arc<Bmcs>) -> Offer<RedfishVendor> {
            Offer::of(RedfishVendor { bmcs: bmcs.clone() })$(.with::<$method::$method>())+
        }
    };
}

methods! {
    create_subscription,
    delete_subscription,
    eject_vmedia,
    get_all_subscriptions,
    get_subscription,
}

/// What the methods work with.
pub struct RedfishVendor {
    bmcs: Arc<Bmcs>,
}

#[async_trait]
impl Interface for RedfishVendor {
    /// Told before an asynchronous method is accepted, and after what is wrong with the call itself.
    async fn validate(&self, task: &SharedTask) -> Result<()> {
        self.bmcs.of(&task.node()).map(drop)
    }
}

impl Vendor for RedfishVendor {}

impl RedfishVendor {
    /// The event service of the node's BMC.
    async fn events(&self, node: &Node) -> Result<EventService> {
        self.bmcs.of(node)?.event_service().await.map_err(failed)
    }
}

/// Which subscription is meant.
#[args]
pub struct SubscriptionId {
    /// The subscription's id on the BMC.
    #[schemars(length(min = 1))]
    id: String,
}

/// A subscription as clients see it: the members that the reference shows, no others.
fn shown(subscription: &Subscription) -> Json {
    const SHOWN: [&str; 5] = ["Id", "Context", "Protocol", "Destination", "EventTypes"];
    let members = subscription.resource().body().as_object().into_iter().flatten();
    members
        .filter(|(name, _)| SHOWN.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
