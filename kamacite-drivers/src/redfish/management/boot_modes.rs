//! BIOS or UEFI: the mode of the boot override (DSP0268, `BootSourceOverrideMode`).

use kamacite_driver::{
    Error, ExclusiveTask, Result, SharedTask, async_trait, interfaces::BootModes, model::BootMode as Mode,
};
use redfish::{BootChange, BootMode, System};

use super::RedfishManagement;
use crate::redfish::{
    bmcs::failed,
    quirks::Write,
    read_back::{Seen, Written},
};

#[async_trait]
impl BootModes for RedfishManagement {
    async fn supported_boot_modes(&self, task: &SharedTask) -> Result<Vec<Mode>> {
        let told = self.bmcs.system(task).await?.boot().modes;
        Ok(match told {
            Some(modes) => modes.iter().filter_map(from_redfish).collect(),
            None => vec![Mode::Bios, Mode::Uefi],
        })
    }

    async fn boot_mode(&self, task: &SharedTask) -> Result<Mode> {
        let mode = self.bmcs.system(task).await?.boot().mode;
        mode.as_ref().and_then(from_redfish).ok_or_else(|| Error::unsupported("the BMC does not tell its boot mode"))
    }

    async fn set_boot_mode(&self, task: &mut ExclusiveTask, mode: Mode) -> Result<()> {
        let system = self.bmcs.system(task).await?;
        let wanted = match mode {
            Mode::Bios => BootMode::Legacy,
            Mode::Uefi => BootMode::Uefi,
        };
        let now = system.boot();
        if now.mode.as_ref() == Some(&wanted) {
            // Some refuse to be told what is so already.
            return Ok(());
        }
        // The override as it is, for some take a mode only together with it.
        let change = BootChange { target: now.target, enabled: now.enabled, mode: Some(wanted.clone()) };
        system.set_boot(&change).await.map_err(failed)?;
        let switched = Switched { system: system.clone(), wanted };
        self.bmcs.read_back.confirm_with_a_boot(task, &system, switched).await
    }
}

/// A boot mode that was chosen, to be read back.
struct Switched {
    system: System,
    wanted: BootMode,
}

impl Written for Switched {
    const WRITE: Write = Write::BootMode;

    fn wanted(&self) -> String {
        format!("boot mode {}", self.wanted)
    }

    async fn look(&mut self) -> redfish::Result<Seen> {
        self.system.refresh().await?;
        let shown = self.system.boot().mode;
        let pending = async || self.system.pending_boot().await.and_then(|boot| boot.mode);
        Ok(match shown {
            Some(mode) if mode == self.wanted => Seen::Holds,
            _ if pending().await.as_ref() == Some(&self.wanted) => Seen::Holds,
            None => Seen::Untold,
            Some(other) => Seen::Differs(other.to_string()),
        })
    }
}

fn from_redfish(mode: &BootMode) -> Option<Mode> {
    match mode {
        BootMode::Legacy => Some(Mode::Bios),
        BootMode::Uefi => Some(Mode::Uefi),
        BootMode::Other(_) => None,
    }
}
