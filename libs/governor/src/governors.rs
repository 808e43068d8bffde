//! All governors of a program, by the address of their BMC.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parking_lot::Mutex;

use crate::calls::Calls;
use crate::circuit::Settings;
use crate::gate::Governor;

/// One governor for each BMC. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Governors(Arc<Inner>);

struct Inner {
    settings: Settings,
    known: Mutex<HashMap<Arc<str>, Governor>>,
    calls: Mutex<BTreeMap<&'static str, Arc<Calls>>>,
}

/// Ports that the same BMC answers on by standard: HTTPS (DSP0266) and RMCP (IPMI 2.0, 13.1.2).
const STANDARD_PORTS: [&str; 2] = [":443", ":623"];

impl Governors {
    /// None yet; each will treat its BMC by these settings.
    pub fn new(settings: Settings) -> Self {
        Self(Arc::new(Inner { settings, known: Mutex::default(), calls: Mutex::default() }))
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

    /// [`Governors::of`] for requests in a protocol, which are counted apart from those in others.
    pub fn speaking(&self, protocol: &'static str, address: &str) -> Governor {
        let calls = self.0.calls.lock().entry(protocol).or_default().clone();
        self.of(address).counting(calls)
    }

    /// What became of all requests in each protocol.
    pub fn calls(&self) -> Vec<(&'static str, Arc<Calls>)> {
        self.0.calls.lock().iter().map(|(protocol, calls)| (*protocol, calls.clone())).collect()
    }

    /// All of them, in no order.
    pub fn all(&self) -> Vec<Governor> {
        self.0.known.lock().values().cloned().collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{Credentials, Outcome};

    #[tokio::test(start_paused = true)]
    async fn requests_are_counted_by_their_protocol_whichever_the_bmc() {
        let governors = Governors::new(Settings { silences: 1, ..Settings::default() });
        let who = Credentials::none();
        for address in ["10.0.0.5", "10.0.0.6"] {
            let permit = governors.speaking("redfish", address).enter(who, "GET /").await.unwrap();
            tokio::time::sleep(std::time::Duration::from_secs(2)).await;
            permit.done(Outcome::Answered("200".to_owned()));
        }
        let ipmi = governors.speaking("ipmi", "10.0.0.5");
        ipmi.enter(who, "GET /").await.unwrap().done(Outcome::Silent("no answer".to_owned()));
        ipmi.enter(who, "GET /").await.unwrap_err();
        // The silence is that of the BMC, whatever it is spoken to in.
        governors.speaking("redfish", "10.0.0.5").enter(who, "GET /").await.unwrap_err();
        let told: Vec<_> = governors
            .calls()
            .iter()
            .map(|(protocol, calls)| {
                let counts =
                    [&calls.answered, &calls.silent, &calls.refused, &calls.broken].map(|one| one.read().count);
                (*protocol, counts, calls.answered.read().sum_s, calls.withheld.read())
            })
            .collect();
        assert_eq!(told, [("ipmi", [0, 1, 0, 0], 0.0, 1), ("redfish", [2, 0, 0, 0], 4.0, 1)]);
    }

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
