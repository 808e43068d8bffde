//! `ipmi`: servers whose BMC speaks IPMI 2.0 over LAN.
//!
//! Implementations have the reference's name, `ipmitool`, and speak for themselves (`libs/ipmi`). Only a node that asks for
//! it (`ipmi_client`) is driven by the program of that name (`program`). One `bmc` does whatever either of the two can,
//! past the governor; `bmcs` leads from a node to it.

#[cfg(test)]
mod bench;
mod bmc;
mod bmcs;
mod boot_device;
mod boot_mode;
mod driver_info;
mod failure;
mod flag;
mod management;
mod options;
mod password_file;
mod power;
mod program;
mod vendor;

use std::sync::Arc;

use kamacite_driver::{
    Driver, HardwareType, Services,
    interfaces::{Management, Power},
};

use crate::power_change;

/// The type and its implementations.
pub fn driver(services: &Services) -> Driver {
    let bmcs = services.shared(bmcs::Bmcs::new);
    Driver::new("ipmi")
        .options(options::all())
        .options(power_change::options())
        .management("ipmitool", Arc::new(management::IpmiManagement::new(&bmcs)))
        .power("ipmitool", Arc::new(power::IpmiPower::new(&bmcs, services)))
        .vendor("ipmitool", vendor::offer(&bmcs))
        .on_stop(move || {
            let bmcs = bmcs.clone();
            async move { bmcs.close().await }
        })
        .hardware_type(hardware_type())
}

/// The management implementation, for a driver that stands over it: with this family's client and sessions.
pub fn management(services: &Services) -> Arc<dyn Management> {
    Arc::new(management::IpmiManagement::new(&services.shared(bmcs::Bmcs::new)))
}

/// The power implementation, for a driver that stands over it: with this family's client and sessions.
pub fn power(services: &Services) -> Arc<dyn Power> {
    Arc::new(power::IpmiPower::new(&services.shared(bmcs::Bmcs::new), services))
}

fn hardware_type() -> HardwareType {
    HardwareType::generic("ipmi")
        .console(["ipmitool-socat", "no-console", "fake-graphical"])
        .management(["ipmitool", "noop"])
        .power(["ipmitool"])
        .vendor(["ipmitool", "no-vendor"])
}
