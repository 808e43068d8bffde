//! A driver that keeps to everything, and can be given one flaw.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use kamacite_driver::{
    Caller, Cursor, Driver, Error, ExclusiveTask, HardwareType, Interface, Offer, Progress, Property, Result, Services,
    SharedTask, args, async_trait, driver_passthru,
    interfaces::{Power, Vendor},
    model::{Node, PowerState, PowerTarget, Timestamp},
    passthru, step,
};
use parking_lot::Mutex;

use crate::bmc::{State, Trouble, ask};

macro_rules! flaws {
    ($($Flaw:ident,)+) => {
        /// What is wrong with a driver.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Flaw { $($Flaw,)+ }
    };
}

flaws! {
    AcceptsAnything, AttachesAnywhere, AttachesNowhere, AttachesOnce, AttachesTwice, BlamesHardware, DetachesNothing, DetachesOthers,
    FitsNothing, Forgets, ForgetsAsked, ForgetsVifs, GoesOn, LeavesTaken, LosesVifs, NeedsMore, NeverBusy, NoReboot, NoTargets, OneForAll,
    OnlyOnce, OwnLock, OwnPatience, Panics, PanicsOfGroups, RefusesDescriptions, RefusesNames, RestartsAgain, ReturnsEarly, SurveyAsksFirst, SurveyFails,
    SurveyIsVague, SurveyNeverBusy, SurveyPanics, SurveySwallows, SurveyTells, SurveyUnexplained, SurveyWaits, Swallows,
    TakesAll, Tells, Undeclared, Undescribed, VifGoesOn, VifSwallows, ValidateAsks, WaitsForEver,
}

pub fn driver(services: &Services, flaw: Option<Flaw>) -> Driver {
    let rig = Arc::new(Rig {
        services: services.clone(),
        flaw,
        one: tokio::sync::Mutex::default(),
        places: Mutex::default(),
    });
    let offer = Offer::of(rig.clone()).with::<blink>().with::<flash>().with::<survey>();
    let offer = if flaw == Some(Flaw::Undescribed) { offer.with::<blink_undescribed>() } else { offer };
    let offer = if flaw == Some(Flaw::SurveyUnexplained) { offer.with::<survey_again>() } else { offer };
    Driver::new("rig")
        .network("rig", rig.clone())
        .power("rig", rig)
        .vendor("rig", offer)
        .hardware_type(HardwareType::generic("rig").network(["rig"]).power(["rig"]).vendor(["rig"]))
}

/// Machines of [`crate::bmc`].
pub struct Rig {
    services: Services,
    flaw: Option<Flaw>,
    one: tokio::sync::Mutex<()>,
    /// How far a step is, where that is a secret of the driver's.
    places: Mutex<BTreeMap<String, u32>>,
}

/// How requests are made.
#[derive(Clone, Copy)]
struct Manners {
    waits: bool,
    never_busy: bool,
    tells: bool,
}

impl Rig {
    pub fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn address(&self, node: &Node) -> Result<String> {
        let missing = |key: &str| Error::missing(format!("driver_info says no {key}; set it"));
        if self.has(Flaw::NeedsMore) && node.driver_info.text("rig_password").is_none() {
            return Err(missing("rig_password"));
        }
        match node.driver_info.get("rig_address") {
            None if self.has(Flaw::AcceptsAnything) => Ok(String::new()),
            None if self.has(Flaw::BlamesHardware) => Err(Error::hardware("there is no rig_address")),
            None => Err(missing("rig_address")),
            Some(value) if self.has(Flaw::Panics) => Ok(value.as_str().unwrap().to_owned()),
            Some(value) => value
                .as_str()
                .map(str::to_owned)
                .ok_or_else(|| Error::invalid(format!("rig_address is {value}; set a text"))),
        }
    }

    pub async fn ask<T>(&self, node: &Node, what: impl FnOnce(&mut State) -> T) -> Result<T> {
        let flaws = Manners {
            waits: self.has(Flaw::WaitsForEver),
            never_busy: self.has(Flaw::NeverBusy),
            tells: self.has(Flaw::Tells),
        };
        self.ask_at(&self.address(node)?, node.driver_info.text("rig_password"), flaws, what).await
    }

    async fn ask_at<T>(
        &self,
        address: &str,
        password: Option<&str>,
        manners: Manners,
        what: impl FnOnce(&mut State) -> T,
    ) -> Result<T> {
        let _all = if self.has(Flaw::OneForAll) { Some(self.one.lock().await) } else { None };
        let limit = if manners.waits { Duration::from_secs(3600) } else { Duration::from_millis(300) };
        let answer = tokio::time::timeout(limit, ask(address, what)).await;
        let answer = answer.map_err(|_| Error::hardware(format!("{address} does not answer; look at its network")))?;
        answer.map_err(|trouble| match trouble {
            Trouble::Busy if !manners.never_busy => Error::busy(format!("{address} is busy; try again later")),
            Trouble::Refused if manners.tells => {
                Error::hardware("it refuses").because(std::io::Error::other(password.unwrap_or("").to_owned()))
            }
            other => Error::hardware(format!("{address} says {other:?}; look at it")),
        })
    }

    /// Reads the power until it is there.
    async fn wait(&self, node: &Node, on: bool, began: Timestamp, patience: Duration) -> Result<()> {
        loop {
            if self.ask(node, |state| state.on).await? == on {
                return Ok(());
            }
            if self.services.now().duration_since(began).unsigned_abs() >= patience {
                return Err(Error::hardware("the power has not changed; look at the machine"));
            }
            self.services.sleep(Duration::from_secs(2)).await;
        }
    }
}

#[async_trait]
impl Interface for Rig {
    fn properties(&self) -> Vec<Property> {
        let mut all = vec![Property::required("rig_address", "Where the BMC is. Required.")];
        if !self.has(Flaw::Undeclared) {
            all.push(Property::optional("rig_password", "The password. Optional."));
        }
        all
    }

    async fn validate(&self, task: &SharedTask) -> Result<()> {
        let node = task.node();
        self.address(&node)?;
        if self.has(Flaw::ValidateAsks) {
            self.ask(&node, |_| ()).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Power for Rig {
    async fn power_state(&self, task: &SharedTask) -> Result<Option<PowerState>> {
        let _own = if self.has(Flaw::OwnLock) { Some(self.one.lock().await) } else { None };
        let on = self.ask(&task.node(), |state| state.on).await?;
        Ok(Some(if on { PowerState::On } else { PowerState::Off }))
    }

    async fn set_power(&self, task: &mut ExclusiveTask, target: PowerTarget, timeout: Option<Duration>) -> Result<()> {
        if matches!(target, PowerTarget::SoftOff | PowerTarget::SoftReboot) && !self.has(Flaw::TakesAll) {
            return Err(Error::unsupported(format!("there is no {target} here")));
        }
        let node = task.node();
        let _own = if self.has(Flaw::OwnLock) { Some(self.one.lock().await) } else { None };
        if self.has(Flaw::LeavesTaken) {
            let taken = self.ask(&node, |state| std::mem::replace(&mut state.taken, true)).await?;
            if taken {
                return Err(Error::hardware("somebody has a session; end it"));
            }
        }
        let began = self.services.now();
        let own = Duration::from_secs(3600);
        let patience = if self.has(Flaw::OwnPatience) { own } else { timeout.unwrap_or(Duration::from_secs(60)) };
        let on = target.reaches() == PowerState::On;
        let was = self.ask(&node, |state| state.on).await;
        if self.has(Flaw::Swallows) && was.is_err() {
            return Ok(());
        }
        let was = was?;
        if self.has(Flaw::OnlyOnce) && was == on && matches!(target, PowerTarget::On | PowerTarget::Off) {
            return Err(Error::invalid("it is so already"));
        }
        let reboots = matches!(target, PowerTarget::Reboot | PowerTarget::SoftReboot) && !self.has(Flaw::NoReboot);
        if was && (reboots || self.has(Flaw::RestartsAgain) && on) {
            self.ask(&node, |state| state.set_power(false)).await?;
            self.wait(&node, false, began, patience).await?;
        }
        if self.has(Flaw::ReturnsEarly) && on {
            return Ok(());
        }
        self.ask(&node, |state| state.set_power(on)).await?;
        self.wait(&node, on, began, patience).await?;
        if self.has(Flaw::LeavesTaken) {
            self.ask(&node, |state| state.taken = false).await?;
        }
        Ok(())
    }

    async fn supported_targets(&self, _: &SharedTask) -> Result<Vec<PowerTarget>> {
        Ok(if self.has(Flaw::NoTargets) {
            vec![PowerTarget::On]
        } else {
            vec![PowerTarget::On, PowerTarget::Off, PowerTarget::Reboot]
        })
    }
}

impl Vendor for Rig {}

/// Blinks.
#[passthru(POST)]
async fn blink(rig: &Rig, task: &mut ExclusiveTask, args: Blink) -> Result<u32> {
    let kept = task.remember("rig_blinks_for_s", args.seconds).await;
    if !rig.has(Flaw::GoesOn) {
        kept?;
    }
    rig.ask(&task.node(), |state| state.boots).await
}

/// For how long.
#[args]
struct Blink {
    /// The number of seconds.
    seconds: u32,
}

/// Blinks, too.
#[passthru(POST)]
async fn blink_undescribed(_: &Rig, _: &mut ExclusiveTask, args: Undescribed) -> Result<u32> {
    Ok(args.seconds)
}

#[args]
#[allow(missing_docs, reason = "that is the flaw")]
struct Undescribed {
    #[serde(default)]
    seconds: u32,
}

/// Tells how often a machine has booted, before there is a node.
#[driver_passthru(POST)]
async fn survey(rig: &Rig, _: &Caller, args: Site) -> Result<Option<u32>> {
    if rig.has(Flaw::SurveyFails) {
        return Err(Error::hardware("there is no survey today"));
    }
    let manners = Manners {
        waits: rig.has(Flaw::SurveyWaits),
        never_busy: rig.has(Flaw::SurveyNeverBusy),
        tells: rig.has(Flaw::SurveyTells),
    };
    if rig.has(Flaw::SurveyAsksFirst) {
        rig.ask_at(&args.address, None, manners, |_| ()).await?;
    }
    let depth = args.depth.unwrap_or_else(|| "1".to_owned()).parse::<u32>();
    let depth = if rig.has(Flaw::SurveyPanics) { Ok(depth.unwrap()) } else { depth };
    depth.map_err(|_| match rig.has(Flaw::SurveyIsVague) {
        true => Error::internal("something is odd"),
        false => Error::invalid("depth is no number; say one"),
    })?;
    let answer = rig.ask_at(&args.address, args.password.as_deref(), manners, |state| state.boots).await;
    if rig.has(Flaw::SurveySwallows) { Ok(answer.ok()) } else { answer.map(Some) }
}

/// Tells it again.
#[driver_passthru(POST)]
async fn survey_again(rig: &Rig, caller: &Caller, args: Site) -> Result<Option<u32>> {
    survey(rig, caller, args).await
}

/// Where the machine is.
#[args]
struct Site {
    /// Its address.
    address: String,
    /// Its password.
    password: Option<String>,
    /// How deep to look.
    depth: Option<String>,
}

/// Which firmware.
#[args]
struct Firmware {
    /// Its version.
    #[allow(dead_code, reason = "any will do")]
    version: String,
}

/// Flashes in three parts, then restarts.
#[step(clean, resume = cursor)]
async fn flash(rig: &Rig, task: &mut ExclusiveTask, _: Firmware, cursor: Option<Cursor>) -> Result<Progress> {
    let node = task.node();
    let said = cursor.as_ref().and_then(|Cursor(at)| at.as_u64()).unwrap_or(0);
    let at = if rig.has(Flaw::Forgets) {
        let address = rig.address(&node)?;
        let mut places = rig.places.lock();
        let place = places.entry(address).or_default();
        *place += 1;
        if *place == 1 && said > 0 {
            return Err(Error::internal("who are you?"));
        }
        u64::from(*place) - 1
    } else {
        said
    };
    match at {
        0..3 => {
            rig.ask(&node, |state| state.firmware += 1).await?;
            Ok(Progress::Poll { after: Duration::from_secs(5), cursor: Cursor((at + 1).into()) })
        }
        3 => Ok(Progress::Reboot { cursor: Cursor(4.into()) }),
        _ => Ok(Progress::Done),
    }
}
