//! `fake` bios: accepts any firmware settings, and remembers them as if they were applied.

use kamacite_driver::{
    Cursor, ExclusiveTask, Interface, Offer, Progress, Result, Services, SharedTask, args, async_trait,
    interfaces::Bios, model::BiosSetting, serde_json::Value, step,
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
    settings: Vec<Setting>,
}

/// One setting.
#[args]
struct Setting {
    /// Its name.
    name: String,
    /// Its value.
    value: Value,
}

impl From<Setting> for BiosSetting {
    fn from(Setting { name, value }: Setting) -> Self {
        let value = match value {
            Value::Null => None,
            Value::String(text) => Some(text),
            other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => Some(other.to_string()),
        };
        Self { name, value, ..Self::default() }
    }
}

/// Applies the settings to nothing, and records them.
#[step(clean, resume = cursor)]
async fn apply_configuration(
    fake: &FakeBios,
    task: &mut ExclusiveTask,
    settings: Settings,
    cursor: Option<Cursor>,
) -> Result<Progress> {
    let progress = fake.0.poll(cursor)?;
    if progress == Progress::Done {
        task.record_bios(settings.settings.into_iter().map(Into::into).collect()).await?;
    }
    Ok(progress)
}

/// Sets nothing back to what the factory left, which is no setting at all.
#[step(clean, resume = cursor)]
async fn factory_reset(fake: &FakeBios, task: &mut ExclusiveTask, cursor: Option<Cursor>) -> Result<Progress> {
    let progress = fake.0.poll(cursor)?;
    if progress == Progress::Done {
        task.record_bios(Vec::new()).await?;
    }
    Ok(progress)
}

/// Reads the settings of nothing.
#[step(clean, resume = cursor)]
async fn cache_bios_settings(fake: &FakeBios, _: &mut ExclusiveTask, cursor: Option<Cursor>) -> Result<Progress> {
    fake.0.poll(cursor)
}
