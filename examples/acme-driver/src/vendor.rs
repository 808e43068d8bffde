//! `acme` vendor: what no standard covers. A method is a function; its signature says everything about it.

use std::time::Duration;

use kamacite_driver::{
    Caller, Cursor, Error, ExclusiveTask, Progress, Result, args, driver_passthru, interfaces::Vendor, passthru,
    serde_json::Value, step,
};

use crate::chassis::{Blade, Chassis};

impl Vendor for Chassis {}

/// Blinks the locator LED so that a person can find the blade.
#[passthru(POST, sync)]
pub async fn blink_led(acme: &Chassis, task: &mut ExclusiveTask, args: BlinkLed) -> Result<()> {
    let blade = Blade::of(&task.node())?;
    acme.ask(&blade, &format!("blink {} {}", blade.slot, args.seconds)).await?;
    task.remember("acme_blinks_for_s", args.seconds).await
}

/// For how long.
#[args]
pub struct BlinkLed {
    /// The number of seconds, up to an hour.
    #[serde(default = "half_a_minute")]
    #[schemars(range(min = 1, max = 3600))]
    seconds: u32,
}

fn half_a_minute() -> u32 {
    30
}

/// Tells the version of a controller's firmware, before there is a node.
#[driver_passthru(GET, POST, sync)]
pub async fn chassis_version(acme: &Chassis, _: &Caller, args: Place) -> Result<String> {
    acme.exchange(&args.address, args.token.as_deref().unwrap_or("none"), "version").await
}

/// Which chassis.
#[args(closed)]
pub struct Place {
    /// Host and port of its controller.
    #[schemars(length(min = 1))]
    address: String,
    /// The token that it asks for.
    token: Option<String>,
}

/// Brings the blade's firmware to a version, if it has another one.
#[step(clean, requires_ramdisk = false, resume = cursor)]
pub async fn update_firmware(
    acme: &Chassis,
    task: &mut ExclusiveTask,
    args: Firmware,
    cursor: Option<Cursor>,
) -> Result<Progress> {
    const LOOK_AGAIN: Duration = Duration::from_secs(30);
    const MOST_LOOKS: u64 = 120;

    let blade = Blade::of(&task.node())?;
    // Starting, polling and going on after a crash are the same call: first see how far it is.
    let looks = cursor.and_then(|Cursor(looks)| looks.as_u64()).unwrap_or(0);
    let answer = acme.ask(&blade, &format!("firmware {}", blade.slot)).await?;
    let (version, what) = answer.split_once(' ').unwrap_or((&answer, "idle"));
    if version == args.version && what == "idle" {
        return Ok(Progress::Done);
    }
    if looks >= MOST_LOOKS {
        return Err(Error::hardware(format!("the firmware is still {answer} after {looks} looks; look at the blade")));
    }
    if what == "idle" {
        acme.ask(&blade, &format!("flash {} {}", blade.slot, args.version)).await?;
        task.progress(format!("the blade takes firmware {}", args.version)).await?;
    }
    Ok(Progress::Poll { after: LOOK_AGAIN, cursor: Cursor(Value::from(looks + 1)) })
}

/// Which firmware.
#[args]
pub struct Firmware {
    /// The version that the blade shall have.
    #[schemars(length(min = 1))]
    version: String,
}
