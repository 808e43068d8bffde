//! The demo's machines: a row for each.

use std::sync::Arc;

use kamacite_model::Clock;
use kamacite_sim::{Account, Config, Rack, Setup, SimBmc, StartError, VENDORS, Vendor};
use serde_json::{Value, json};

/// The account of every simulated BMC.
const USERNAME: &str = "admin";
/// It keeps nobody out: the BMCs listen on loopback, and end with the demo.
const PASSWORD: &str = "demo";

/// A machine of the demo.
pub(super) struct Machine {
    /// The node's name.
    pub(super) name: &'static str,
    /// Whose BMC the simulated one is like, as the simulator names them.
    pub(super) like: &'static str,
    /// What its BMC speaks.
    pub(super) speaks: &'static Protocol,
}

/// How a node says what its BMC speaks, and where it is.
pub(super) struct Protocol {
    /// For people.
    pub(super) name: &'static str,
    /// The interface for power, management and vendor methods alike.
    interface: &'static str,
    driver_info: fn(&SimBmc) -> Value,
}

const REDFISH: Protocol = Protocol { name: "Redfish", interface: "redfish", driver_info: redfish };
const IPMI: Protocol = Protocol { name: "IPMI", interface: "ipmitool", driver_info: ipmi };

/// Those that speak Redfish come first, as in the simulator's rack.
pub(super) const MACHINES: &[Machine] = &[
    Machine { name: "dell-1", like: "dell", speaks: &REDFISH },
    Machine { name: "hpe-1", like: "hpe", speaks: &REDFISH },
    Machine { name: "lenovo-1", like: "lenovo", speaks: &REDFISH },
    Machine { name: "ipmi-1", like: "supermicro", speaks: &IPMI },
];

fn redfish(bmc: &SimBmc) -> Value {
    json!({"redfish_address": bmc.address(), "redfish_username": USERNAME, "redfish_password": PASSWORD})
}

fn ipmi(bmc: &SimBmc) -> Value {
    let address = bmc.ipmi_address();
    json!({
        "ipmi_address": address.map(|address| address.ip().to_string()),
        "ipmi_port": address.map(|address| address.port()),
        "ipmi_username": USERNAME,
        "ipmi_password": PASSWORD,
    })
}

impl Machine {
    /// The node as the API takes it. The hardware type takes any interface; what cannot be shown on a simulated machine, to
    /// boot and to be written to, is `fake`.
    pub(super) fn node(&self, bmc: &SimBmc) -> Value {
        let interface = self.speaks.interface;
        json!({
            "name": self.name,
            "driver": "fake-hardware",
            "power_interface": interface,
            "management_interface": interface,
            "vendor_interface": interface,
            "boot_interface": "fake",
            "deploy_interface": "fake",
            "driver_info": (self.speaks.driver_info)(bmc),
        })
    }
}

/// Simulates the machines, each BMC on a free port of loopback.
pub(super) async fn start(clock: Arc<dyn Clock>) -> Result<Rack, StartError> {
    let vendors = MACHINES.iter().map(|machine| Vendor::named(machine.like).unwrap_or(&VENDORS[0])).collect();
    let setup = Setup { account: Account::new(USERNAME, PASSWORD), ..Setup::default() };
    let that_speak =
        |protocol: &Protocol| MACHINES.iter().filter(|machine| machine.speaks.name == protocol.name).count();
    let [redfish, ipmi] = [REDFISH, IPMI].map(|protocol| u32::try_from(that_speak(&protocol)).unwrap_or(u32::MAX));
    Rack::start(Config { vendors, setup, ipmi, ..Config::new(redfish) }, clock).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_like_a_vendor_that_the_simulator_knows() {
        for machine in MACHINES {
            assert!(Vendor::named(machine.like).is_some(), "{}", machine.like);
        }
        assert!(MACHINES.is_sorted_by_key(|machine| machine.speaks.name != REDFISH.name), "as in the rack");
    }
}
