//! `ipmitool` vendor: raw commands, restarting the BMC, and what a BMC at some address speaks.

use std::sync::Arc;

use kamacite_driver::{Interface, Offer, Property, Result, SharedTask, async_trait, interfaces::Vendor};

use super::{bmcs::Bmcs, driver_info};

mod authentication_types;
mod bmc_reset;
mod send_raw;

/// The implementation with its methods and steps.
pub fn offer(bmcs: &Arc<Bmcs>) -> Offer<IpmiVendor> {
    Offer::of(IpmiVendor { bmcs: bmcs.clone() })
        .with::<authentication_types::authentication_types>()
        .with::<bmc_reset::bmc_reset>()
        .with::<send_raw::send_raw>()
        .with::<send_raw::send_raw_step>()
}

/// What the methods work with.
pub struct IpmiVendor {
    bmcs: Arc<Bmcs>,
}

#[async_trait]
impl Interface for IpmiVendor {
    fn properties(&self) -> Vec<Property> {
        driver_info::properties()
    }

    /// Told before an asynchronous method is accepted, and after what is wrong with the call itself.
    async fn validate(&self, task: &SharedTask) -> Result<()> {
        self.bmcs.of(&task.node()).map(drop)
    }
}

impl Vendor for IpmiVendor {}
