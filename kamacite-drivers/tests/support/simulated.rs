//! A node whose BMC is simulated, by whichever protocol.

use kamacite_driver::{Result, model::PowerState};
use kamacite_sim::{Rack, SimBmc};

use super::Bench;

/// A node, its BMC, and what it is in.
pub struct Simulated {
    pub bench: Bench,
    pub rack: Rack,
}

impl Simulated {
    pub fn bmc(&self) -> &SimBmc {
        &self.rack.bmcs()[0]
    }

    pub async fn power_state(&self) -> Result<Option<PowerState>> {
        self.bench.on().power.power_state(&self.bench.shared()).await
    }
}
