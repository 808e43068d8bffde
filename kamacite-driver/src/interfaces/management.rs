//! Management: boot device and boot mode, and the abilities that some BMCs have beside: interrupts, indicators, sensors,
//! health, virtual media, network interfaces.

use async_trait::async_trait;
use kamacite_model::{BootDevice, BootMode, Component, Health, IndicatorState, MediaDevice, MediaType, SensorKind};
use serde::{Deserialize, Serialize};

use super::Interface;
use crate::{ExclusiveTask, FromTask, Result, SharedTask, Task};

/// Where a machine boots from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootDeviceSetting {
    /// The device; `None` when the hardware does not say.
    pub device: Option<BootDevice>,
    /// Beyond the next boot; `None` when the hardware does not say.
    pub persistent: Option<bool>,
}

interface! {
    /// Chooses what a machine boots, and what else its BMC manages.
    pub trait Management, ManagementCall {
        /// The devices this machine can boot from.
        async fn supported_boot_devices(&self, task: &SharedTask) -> Result<Vec<BootDevice>>;

        /// Reads the boot device.
        async fn boot_device(&self, task: &SharedTask) -> Result<BootDeviceSetting>;

        /// Chooses the boot device, for the next boot or for good.
        async fn set_boot_device(&self, task: &mut ExclusiveTask, device: BootDevice, persistent: bool) -> Result<()>;
    }
    over ManagementOver
    abilities {
        /// The firmware's boot mode can be read and changed.
        boot_modes: BootModes,
        /// Secure boot can be read and changed.
        secure_boot: SecureBoot,
        /// A running system can be interrupted.
        nmi: InjectNmi,
        /// Indicators can be read.
        indicators: Indicators,
        /// Indicators can be told what to show.
        switch_indicators: SwitchIndicators,
        /// Sensors can be read.
        sensors: Sensors,
        /// The BMC sums up how the machine is.
        health: HealthReport,
        /// Images can be attached as if they were media.
        virtual_media: VirtualMedia,
        /// The hardware knows who made it.
        vendor_name: DetectVendor,
        /// The BMC knows the machine's network interfaces.
        nics: Nics,
    }
}

interface! {
    /// Reads and changes the firmware's boot mode; an ability of some [`Management`].
    pub trait BootModes, BootModesCall {
        /// The modes this machine knows.
        async fn supported_boot_modes(&self, task: &SharedTask) -> Result<Vec<BootMode>>;

        /// Reads the boot mode.
        async fn boot_mode(&self, task: &SharedTask) -> Result<BootMode>;

        /// Changes the boot mode.
        async fn set_boot_mode(&self, task: &mut ExclusiveTask, mode: BootMode) -> Result<()>;
    }
}

interface! {
    /// Reads and changes secure boot; an ability of some [`Management`].
    pub trait SecureBoot, SecureBootCall {
        /// Whether secure boot is on.
        async fn secure_boot_state(&self, task: &SharedTask) -> Result<bool>;

        /// Turns secure boot on or off.
        async fn set_secure_boot(&self, task: &mut ExclusiveTask, on: bool) -> Result<()>;
    }
}

interface! {
    /// Interrupts a running system that does not listen any more; an ability of some [`Management`].
    pub trait InjectNmi, InjectNmiCall {
        /// Raises a non-maskable interrupt, on which most systems dump their memory.
        async fn inject_nmi(&self, task: &mut ExclusiveTask) -> Result<()>;
    }
}

/// A light on a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Indicator {
    /// The part that it is on.
    pub component: Component,
    /// Its name, unique on that part.
    pub name: String,
    /// It shows what the hardware wants and nothing else.
    pub read_only: bool,
    /// What it can show.
    pub states: Vec<IndicatorState>,
}

interface! {
    /// Reads indicators; an ability of some [`Management`].
    pub trait Indicators, IndicatorsCall {
        /// The indicators that this machine has.
        async fn supported_indicators(&self, task: &SharedTask) -> Result<Vec<Indicator>>;

        /// What an indicator shows.
        ///
        /// # Errors
        /// [`crate::ErrorKind::Invalid`] when there is no such indicator.
        async fn indicator_state(&self, task: &SharedTask, component: Component, name: String) -> Result<IndicatorState>;
    }
}

interface! {
    /// Tells indicators what to show; an ability of some [`Management`], which reads them as well.
    pub trait SwitchIndicators, SwitchIndicatorsCall {
        /// Makes an indicator show `state`.
        ///
        /// # Errors
        /// [`crate::ErrorKind::Invalid`] when there is no such indicator or it cannot show that.
        async fn set_indicator(
            &self,
            task: &mut ExclusiveTask,
            component: Component,
            name: String,
            state: IndicatorState,
        ) -> Result<()>;
    }
}

/// What a sensor measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sensor {
    /// What it measures.
    pub kind: SensorKind,
    /// Its name, as the hardware calls it.
    pub name: String,
    /// The value; `None` when it gives none now.
    pub reading: Option<f64>,
    /// The unit of the value and its thresholds: `Cel`, `RPM`, `V`, `W`, `A`, `%` (UCUM, as in DSP0268), where known.
    pub unit: Option<String>,
    /// Where it begins to be too little or too much.
    pub thresholds: Thresholds,
    /// How the hardware judges the value; `None` when it does not.
    pub status: Option<Health>,
}

/// The values beyond which something is wrong, as far as the hardware says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// Below this it may not work for long.
    pub lower_fatal: Option<f64>,
    /// Below this somebody must act.
    pub lower_critical: Option<f64>,
    /// Below this it is unusual.
    pub lower_warning: Option<f64>,
    /// Above this it is unusual.
    pub upper_warning: Option<f64>,
    /// Above this somebody must act.
    pub upper_critical: Option<f64>,
    /// Above this it may not work for long.
    pub upper_fatal: Option<f64>,
}

interface! {
    /// Reads sensors; an ability of some [`Management`].
    pub trait Sensors, SensorsCall {
        /// Every sensor of this machine with what it measures now.
        async fn readings(&self, task: &SharedTask) -> Result<Vec<Sensor>>;
    }
}

interface! {
    /// Sums up how a machine is; an ability of some [`Management`].
    pub trait HealthReport, HealthReportCall {
        /// How the machine is; `None` when the BMC does not say.
        async fn read_health(&self, task: &SharedTask) -> Result<Option<Health>>;
    }
}

/// Where an image can be attached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaSlot {
    /// What fits.
    pub media_types: Vec<MediaType>,
    /// Something is attached; `None` when the hardware does not say.
    pub inserted: Option<bool>,
    /// The address of what is attached; it holds no credentials.
    pub image: Option<String>,
}

interface! {
    /// Attaches images as if they were media; an ability of some [`Management`].
    pub trait VirtualMedia, VirtualMediaCall {
        /// The slots of this machine and what is in them.
        async fn media_slots(&self, task: &SharedTask) -> Result<Vec<MediaSlot>>;

        /// Attaches the image at `image_url`, which the BMC fetches itself, as `device`; what was there before goes.
        async fn attach_media(&self, task: &mut ExclusiveTask, device: MediaDevice, image_url: String) -> Result<()>;

        /// Detaches what is attached as one of `devices`; `None` is whatever is attached. Nothing there is no error.
        async fn detach_media(&self, task: &mut ExclusiveTask, devices: Option<Vec<MediaDevice>>) -> Result<()>;
    }
}

interface! {
    /// Finds out who made a machine; an ability of some [`Management`].
    pub trait DetectVendor, DetectVendorCall {
        /// The maker's name as the hardware says it; `None` when it does not.
        async fn detect_vendor(&self, task: &SharedTask) -> Result<Option<String>>;
    }
}

/// A network interface of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nic {
    /// What the hardware calls it; `None` when it has no name.
    pub name: Option<String>,
    /// Its hardware address, six bytes in lower-case hexadecimal with colons, as ports have it.
    pub mac: String,
    /// Whether there is a link; `None` when the BMC does not know, as often while a machine is off.
    pub link: Option<bool>,
    /// How fast it is, in megabits per second.
    pub speed_mbps: Option<u64>,
}

interface! {
    /// Tells the machine's network interfaces, without the machine's own help; an ability of some [`Management`].
    pub trait Nics, NicsCall {
        /// The network interfaces of this machine.
        async fn nics(&self, task: &SharedTask) -> Result<Vec<Nic>>;
    }
}
