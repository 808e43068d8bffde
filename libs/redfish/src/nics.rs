//! The network interfaces of a system (DSP0268, EthernetInterface).

use crate::error::{Error, Result};
use crate::system::System;

/// A network interface as it was when read; what the BMC does not tell is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nic {
    /// Its `Id`, unique among those of the system.
    pub id: Option<String>,
    /// The hardware address it came with, else the one it uses, as the BMC writes it.
    pub mac: String,
    /// Whether there is a link; BMCs of machines that are off often do not know.
    pub link: Option<bool>,
    /// Megabits per second.
    pub speed_mbps: Option<u64>,
}

impl System {
    /// The network interfaces that have a hardware address and are not absent.
    ///
    /// # Errors
    ///
    /// Those of reading them. A system whose BMC knows of none has none.
    pub async fn nics(&self) -> Result<Vec<Nic>> {
        let Some(link) = self.resource.link("/EthernetInterfaces") else { return Ok(Vec::new()) };
        let collection = match self.bmc.get(&link).await {
            Ok(collection) => collection,
            Err(Error::NotFound { .. }) => return Ok(Vec::new()),
            Err(e) => return Err(e),
        };
        let all = self.bmc.read_members(&collection).await?;
        Ok(all
            .iter()
            .filter(|nic| nic.text("/Status/State").as_deref() != Some("Absent"))
            .filter_map(Nic::of)
            .collect())
    }
}

impl Nic {
    fn of(resource: &crate::Resource) -> Option<Self> {
        let link = match resource.text("/LinkStatus").as_deref() {
            Some("LinkUp") => Some(true),
            Some("LinkDown" | "NoLink") => Some(false),
            Some(_) | None => None,
        };
        Some(Self {
            id: resource.text("/Id"),
            mac: resource.text("/PermanentMACAddress").or_else(|| resource.text("/MACAddress"))?,
            link,
            speed_mbps: resource
                .body()
                .pointer("/SpeedMbps")
                .and_then(serde_json::Value::as_u64)
                .filter(|speed| *speed > 0),
        })
    }
}
