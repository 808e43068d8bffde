//! Whether firmware starts only what is signed.

use kamacite_driver::{Error, ExclusiveTask, Result, SharedTask, async_trait, interfaces::SecureBoot};

use redfish::System;

use super::RedfishManagement;
use crate::redfish::{
    bmcs::failed,
    quirks::Write,
    read_back::{Seen, Written},
};

#[async_trait]
impl SecureBoot for RedfishManagement {
    async fn secure_boot_state(&self, task: &SharedTask) -> Result<bool> {
        let found = self.bmcs.system(task).await?.secure_boot().await.map_err(failed)?;
        found.enabled.ok_or_else(|| Error::unsupported("the BMC does not tell whether secure boot is on"))
    }

    async fn set_secure_boot(&self, task: &mut ExclusiveTask, on: bool) -> Result<()> {
        let system = self.bmcs.system(task).await?;
        system.set_secure_boot(on).await.map_err(failed)?;
        let switched = Switched { system: system.clone(), on };
        self.bmcs.read_back.confirm_with_a_boot(task, &system, switched).await
    }
}

/// Secure boot that was turned on or off from the next boot, to be read back.
struct Switched {
    system: System,
    on: bool,
}

impl Written for Switched {
    const WRITE: Write = Write::SecureBoot;

    fn wanted(&self) -> String {
        format!("secure boot {}", word(self.on))
    }

    async fn look(&mut self) -> redfish::Result<Seen> {
        Ok(match self.system.secure_boot().await?.enabled {
            Some(on) if on == self.on => Seen::Holds,
            Some(on) => Seen::Differs(word(on).to_owned()),
            None => Seen::Untold,
        })
    }
}

const fn word(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}
