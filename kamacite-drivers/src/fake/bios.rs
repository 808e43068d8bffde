//! `fake` bios: accepts any firmware settings and applies none.

use kamacite_driver::{
    Cursor, ExclusiveTask, Interface, Offer, Progress, Result, Services, SharedTask, args, async_trait,
    interfaces::Bios, serde_json::Value, step,
};

use super::delay::{BIOS_DELAY, Pace};

/// The implementation with its steps.
pub fn offer(services: &Services) -> Offer<FakeBios> {
    Offer::of(FakeBios(Pace::new(services, &BIOS_DELAY)))
        .with::<apply_configuration>()
        .with::<cache_bios_settings>()
        .with::<factory_reset>()
}

/// Settings of firmware that is not there.
pub struct FakeBios(Pace);

#[async_trait]
impl Interface for FakeBios {
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Ok(())
    }
}

impl Bios for FakeBios {}

/// What to apply.
#[args]
struct Settings {
    /// List of BIOS settings, each item needs to contain a dictionary with name/value pairs
    #[allow(dead_code, reason = "described and checked, then applied to nothing")]
    settings: Vec<Setting>,
}

/// One setting.
#[args]
#[allow(dead_code, reason = "as above")]
struct Setting {
    /// Its name.
    name: String,
    /// Its value.
    value: Value,
}

/// Applies the settings to nothing.
#[step(clean, resume = cursor)]
async fn apply_configuration(
    fake: &FakeBios,
    _: &mut ExclusiveTask,
    _: Settings,
    cursor: Option<Cursor>,
) -> Result<Progress> {
    fake.0.poll(cursor)
}

/// Sets nothing back to what the factory left.
#[step(clean, resume = cursor)]
async fn factory_reset(fake: &FakeBios, _: &mut ExclusiveTask, cursor: Option<Cursor>) -> Result<Progress> {
    fake.0.poll(cursor)
}

/// Reads the settings of nothing.
#[step(clean, resume = cursor)]
async fn cache_bios_settings(fake: &FakeBios, _: &mut ExclusiveTask, cursor: Option<Cursor>) -> Result<Progress> {
    fake.0.poll(cursor)
}
