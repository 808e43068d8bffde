//! For the tests of this family: a node on the bench of all drivers, whose BMC does what a story tells it.

#[path = "../../../libs/ipmi/tests/stories/scripted.rs"]
#[allow(dead_code, clippy::disallowed_methods, reason = "the client's stories need more of it, and have no clock")]
mod scripted;

use std::sync::Arc;

pub use crate::support::{Bench, ManualClock, refusal};
pub use scripted::*;

use crate::support::Way;

pub const SET_BOOT_OPTIONS: (u8, u8) = (0x00, 0x08);
pub const BOOT_FLAGS: (u8, u8) = (0x00, 0x09);

/// A node and its BMC, whose machine is on.
pub async fn node_with_bmc(options: &[(&str, &str, &str)]) -> (Bench, Scripted) {
    let bmc = Scripted::start().await;
    bmc.on(SET_BOOT_OPTIONS, [Act::Answer(0, vec![])]);
    shows(&bmc, &[true]);
    (node_of(&bmc, options), bmc)
}

/// A node whose BMC is this one, managed by drivers that know nothing of it yet.
pub fn node_of(bmc: &Scripted, options: &[(&str, &str, &str)]) -> Bench {
    let bench = Bench::new(Way::Directly, "ipmi", options);
    let port = bmc.port;
    bench.machine.change(|node| {
        node.driver_info.insert("ipmi_address".to_owned(), "127.0.0.1".into());
        node.driver_info.insert("ipmi_port".to_owned(), port.into());
        node.driver_info.insert("ipmi_username".to_owned(), "admin".into());
        node.driver_info.insert("ipmi_password".to_owned(), PASSWORD.into());
    });
    bench
}

/// The BMC shows these powers one after the other, the last for ever.
pub fn shows(bmc: &Scripted, powers: &[bool]) {
    bmc.on(CHASSIS_STATUS, powers.iter().map(|on| Act::Answer(0, vec![u8::from(*on), 0, 0])));
}

/// What the chassis was told, in order.
pub fn controls(bmc: &Scripted) -> Vec<u8> {
    data(bmc, CHASSIS_CONTROL).into_iter().map(|data| data[0]).collect()
}

/// The boot options that were set, in order.
pub fn boot_options(bmc: &Scripted) -> Vec<Vec<u8>> {
    data(bmc, SET_BOOT_OPTIONS)
}

fn data(bmc: &Scripted, what: (u8, u8)) -> Vec<Vec<u8>> {
    bmc.calls().into_iter().filter(|call| (call.netfn, call.command) == what).map(|call| call.data).collect()
}

/// Time that a test owns.
pub fn clock() -> Arc<ManualClock> {
    ManualClock::new()
}
