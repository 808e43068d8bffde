//! Lights by which a person finds a machine (DSP0268, `LocationIndicatorActive` and the older `IndicatorLED`).

use serde_json::json;

use crate::bmc::Bmc;
use crate::error::{Error, Result};
use crate::resource::Resource;
use crate::system::System;

/// What an indicator shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Light {
    /// Its light is out.
    Off,
    /// Its light is on.
    On,
    /// Its light goes on and off.
    Blinking,
}

/// The indicator of a system, of a chassis, or of a drive, as it was when read.
#[derive(Clone, Debug)]
pub struct Indicator {
    bmc: Bmc,
    resource: Resource,
    kind: Kind,
}

/// How the BMC writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// `LocationIndicatorActive`: active or not, and the BMC decides whether that blinks.
    Active,
    /// `IndicatorLED`: lit, blinking or off.
    Led,
}

impl Indicator {
    /// The indicator that a resource has, if any. One with both members is written by the newer.
    pub(crate) fn of(bmc: &Bmc, resource: Resource) -> Option<Self> {
        let has = |member: &str| resource.body().get(member).is_some();
        let kind = match (has("LocationIndicatorActive"), has("IndicatorLED")) {
            (true, _) => Kind::Active,
            (false, true) => Kind::Led,
            (false, false) => return None,
        };
        Some(Self { bmc: bmc.clone(), resource, kind })
    }

    /// What has the indicator.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// Reads it anew.
    ///
    /// # Errors
    ///
    /// Those of [`Bmc::get`].
    pub async fn refresh(&mut self) -> Result<()> {
        self.resource = self.bmc.get(self.resource.path()).await?;
        Ok(())
    }

    /// What it shows; `None` when the BMC does not tell.
    pub fn light(&self) -> Option<Light> {
        let led = || match self.resource.text("/IndicatorLED")?.as_str() {
            "Off" => Some(Light::Off),
            "Lit" => Some(Light::On),
            "Blinking" => Some(Light::Blinking),
            _ => None,
        };
        match (self.kind, self.resource.flag("/LocationIndicatorActive")) {
            // Whether that blinks is the BMC's affair, also where the older member still tells.
            (Kind::Active, Some(true)) => Some(Light::On),
            (Kind::Active, Some(false)) => Some(Light::Off),
            (Kind::Active, None) | (Kind::Led, _) => led(),
        }
    }

    /// What it can show.
    pub fn lights(&self) -> &'static [Light] {
        match self.kind {
            Kind::Active => &[Light::Off, Light::On],
            Kind::Led => &[Light::Off, Light::On, Light::Blinking],
        }
    }

    /// Has it show something.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] for what it cannot show; those of [`Bmc::patch`].
    pub async fn show(&self, light: Light) -> Result<()> {
        let change = match (self.kind, light) {
            (Kind::Active, Light::Off) => json!({ "LocationIndicatorActive": false }),
            (Kind::Active, Light::On) => json!({ "LocationIndicatorActive": true }),
            (Kind::Active, Light::Blinking) => {
                return Err(self.bmc.unsupported(&format!("a blinking indicator of {}", self.resource.path())));
            }
            (Kind::Led, Light::Off) => json!({ "IndicatorLED": "Off" }),
            (Kind::Led, Light::On) => json!({ "IndicatorLED": "Lit" }),
            (Kind::Led, Light::Blinking) => json!({ "IndicatorLED": "Blinking" }),
        };
        let reply = self.bmc.patch(self.resource.path(), &change).await?;
        self.bmc.finish(reply).await.map(drop)
    }
}

impl System {
    /// The indicator of the system itself, if it has one.
    pub fn indicator(&self) -> Option<Indicator> {
        Indicator::of(&self.bmc, self.resource.clone())
    }

    /// The chassis that the system is in: those it links to.
    ///
    /// # Errors
    ///
    /// Those of reading them; a link to one that does not exist is passed over.
    pub async fn chassis(&self) -> Result<Vec<Resource>> {
        let mut all = Vec::new();
        for path in self.resource.links("/Links/Chassis") {
            match self.bmc.get(&path).await {
                Ok(chassis) => all.push(chassis),
                Err(Error::NotFound { asked, .. }) => {
                    tracing::debug!(%asked, "the system names a chassis that is not there")
                }
                Err(e) => return Err(e),
            }
        }
        Ok(all)
    }

    /// The indicators of the chassis that the system is in.
    ///
    /// # Errors
    ///
    /// Those of [`System::chassis`].
    pub async fn chassis_indicators(&self) -> Result<Vec<Indicator>> {
        Ok(self.chassis().await?.into_iter().filter_map(|chassis| Indicator::of(&self.bmc, chassis)).collect())
    }

    /// The indicators of the drives that the system has (DSP0268, Storage `Drives`).
    ///
    /// # Errors
    ///
    /// Those of reading them; a system without storage has none.
    pub async fn drive_indicators(&self) -> Result<Vec<Indicator>> {
        let Some(link) = self.resource.link("/Storage") else { return Ok(Vec::new()) };
        let storage = match self.bmc.get(&link).await {
            Ok(collection) => self.bmc.read_members(&collection).await?,
            Err(Error::NotFound { .. }) => return Ok(Vec::new()),
            Err(e) => return Err(e),
        };
        let mut all = Vec::new();
        for path in storage.iter().flat_map(|one| one.links("/Drives")) {
            match self.bmc.get(&path).await {
                Ok(drive) => all.extend(Indicator::of(&self.bmc, drive)),
                Err(Error::NotFound { asked, .. }) => {
                    tracing::debug!(%asked, "storage names a drive that is not there")
                }
                Err(e) => return Err(e),
            }
        }
        Ok(all)
    }
}
