//! `redfish`: servers whose BMC speaks DMTF Redfish.
//!
//! One client serves all nodes (`bmcs`); what a node says of its BMC is read in one place (`driver_info`). Power,
//! management and vendor methods are thin on top of the `redfish` client library, which knows how BMCs bend the
//! standard.

#[cfg(test)]
mod bench;
mod bmcs;
mod boot_device;
mod driver_info;
mod management;
mod media;
mod options;
mod power;
mod quirks;
mod read_back;
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
    Driver::new("redfish")
        .options(options::all())
        .options(power_change::options())
        .management("redfish", Arc::new(management::RedfishManagement::new(&bmcs)))
        .power("redfish", Arc::new(power::RedfishPower::new(&bmcs, services)))
        .vendor("redfish", vendor::offer(&bmcs))
        .chapter("Known quirks", quirks::chapter)
        .on_stop(move || {
            let bmcs = bmcs.clone();
            async move { bmcs.close().await }
        })
        .hardware_type(hardware_type())
}

/// The management implementation, for a driver that stands over it: with this family's client and sessions.
pub fn management(services: &Services) -> Arc<dyn Management> {
    Arc::new(management::RedfishManagement::new(&services.shared(bmcs::Bmcs::new)))
}

/// The power implementation, for a driver that stands over it: with this family's client and sessions.
pub fn power(services: &Services) -> Arc<dyn Power> {
    Arc::new(power::RedfishPower::new(&services.shared(bmcs::Bmcs::new), services))
}

fn hardware_type() -> HardwareType {
    HardwareType::generic("redfish")
        .bios(["redfish", "no-bios"])
        .boot(["ipxe", "pxe", "http-ipxe", "http", "redfish-virtual-media", "redfish-https", "no-boot"])
        .console(["redfish-graphical", "ipmitool-socat", "no-console", "fake-graphical"])
        .firmware(["redfish", "no-firmware"])
        .inspect(["redfish", "agent", "no-inspect"])
        .management(["redfish", "noop"])
        .power(["redfish"])
        .raid(["redfish", "no-raid", "agent"])
        .vendor(["redfish", "no-vendor"])
}
