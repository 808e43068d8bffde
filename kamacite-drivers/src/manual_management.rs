//! `manual-management`: machines that a person turns on and off, without a BMC that could be asked.

use kamacite_driver::{Driver, HardwareType, Services};

/// The type alone: what it lists comes from other drivers.
pub fn driver(_: &Services) -> Driver {
    Driver::new("manual-management").hardware_type(
        HardwareType::generic("manual-management").power(["agent", "fake"]).management(["noop", "fake"]).deploy([
            "autodetect",
            "direct",
            "ansible",
            "ramdisk",
            "anaconda",
            "bootc",
            "custom-agent",
            "noop",
            "no-deploy",
        ]),
    )
}
