//! The IPMI face, and from the other side Debian's `ipmitool` and the `ipmi` crate's client.

mod boot;
mod faults;
mod looks;
mod power;
mod sessions;
mod tool;

use std::time::Duration;

use ipmi::{Bmc, Client, Limits, Password, Target};
use kamacite_sim::{Config, Rack, SimBmc};

use crate::rack::{clock, instant};

/// Machines that take no time for anything, and speak IPMI only.
fn ipmi(bmcs: u32) -> Config {
    Config { ipmi: bmcs, ..instant(0) }
}

/// One BMC.
async fn one() -> (Rack, SimBmc) {
    started(ipmi(1)).await
}

/// The first BMC of this rack.
async fn started(config: Config) -> (Rack, SimBmc) {
    let rack = Rack::start(config, clock()).await.unwrap();
    let bmc = rack.bmcs()[0].clone();
    (rack, bmc)
}

fn target(bmc: &SimBmc) -> Target {
    let address = bmc.ipmi_address().unwrap();
    Target { port: address.port(), ..Target::new(address.ip().to_string(), "admin", Password::new("password")) }
}

/// The `ipmi` crate's client.
fn client(bmc: &SimBmc) -> Bmc {
    client_of(target(bmc))
}

/// Five attempts, patient enough for machines that are busy otherwise.
fn client_of(target: Target) -> Bmc {
    let limits = Limits {
        command_timeout: Duration::from_secs(20),
        first_wait: Duration::from_millis(150),
        longest_wait: Duration::from_millis(600),
        ..Limits::default()
    };
    Client::new(limits).bmc(target).unwrap()
}
