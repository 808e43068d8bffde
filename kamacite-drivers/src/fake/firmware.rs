//! `fake` firmware: accepts any update and installs none.

use kamacite_driver::{
    Cursor, ExclusiveTask, Interface, Json, Offer, Progress, Result, Services, SharedTask, args, async_trait,
    interfaces::Firmware, step,
};

use super::delay::{FIRMWARE_DELAY, Pace};

/// The implementation with its step.
pub fn offer(services: &Services) -> Offer<FakeFirmware> {
    Offer::of(FakeFirmware(Pace::new(services, &FIRMWARE_DELAY))).with::<update>()
}

/// Components that are not there.
pub struct FakeFirmware(Pace);

#[async_trait]
impl Interface for FakeFirmware {
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Ok(())
    }
}

impl Firmware for FakeFirmware {}

/// What to install.
#[args]
struct Update {
    /// List of Firmware components, each item needs to contain a dictionary with name/value pairs
    #[allow(dead_code, reason = "described and checked, then installed nowhere")]
    settings: Vec<Json>,
}

/// Installs nothing.
#[step(clean, resume = cursor)]
async fn update(fake: &FakeFirmware, _: &mut ExclusiveTask, _: Update, cursor: Option<Cursor>) -> Result<Progress> {
    fake.0.poll(cursor)
}
