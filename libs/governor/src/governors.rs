//! All governors of a program, by the address of their BMC.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::circuit::Settings;
use crate::gate::Governor;

/// One governor for each BMC. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Governors(Arc<Inner>);

struct Inner {
    settings: Settings,
    known: Mutex<HashMap<Arc<str>, Governor>>,
}

/// Ports that the same BMC answers on by standard: HTTPS (DSP0266) and RMCP (IPMI 2.0, 13.1.2).
const STANDARD_PORTS: [&str; 2] = [":443", ":623"];

impl Governors {
    /// None yet; each will treat its BMC by these settings.
    pub fn new(settings: Settings) -> Self {
        Self(Arc::new(Inner { settings, known: Mutex::default() }))
    }

    /// The governor of the BMC at a host, or at a host and port.
    ///
    /// On its standard ports a BMC is one, whatever it is spoken to in; anywhere else the port tells BMCs apart, as
    /// behind a gateway.
    pub fn of(&self, address: &str) -> Governor {
        let host = STANDARD_PORTS.iter().find_map(|port| address.strip_suffix(port)).unwrap_or(address);
        let mut known = self.0.known.lock();
        if let Some(governor) = known.get(host) {
            return governor.clone();
        }
        let governor = Governor::new(host, self.0.settings.clone());
        known.insert(governor.address().clone(), governor.clone());
        governor
    }

    /// All of them, in no order.
    pub fn all(&self) -> Vec<Governor> {
        self.0.known.lock().values().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bmc_is_one_on_its_standard_ports_and_its_own_elsewhere() {
        let governors = Governors::new(Settings::default());
        for address in ["10.0.0.5", "10.0.0.5:443", "10.0.0.5:623", "10.0.0.5:8000", "10.0.0.5:8001", "10.0.0.50"] {
            governors.of(address);
        }
        let mut known: Vec<_> = governors.all().iter().map(|one| one.address().to_string()).collect();
        known.sort();
        assert_eq!(known, ["10.0.0.5", "10.0.0.50", "10.0.0.5:8000", "10.0.0.5:8001"]);
    }
}
