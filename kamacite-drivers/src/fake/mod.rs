//! `fake-hardware`: machines that do not exist, for trying things out and for tests.
//!
//! Every interface takes as long as the `[fake]` options say and then succeeds. The vendor interface `fake` has the
//! reference's methods; `fake-extra` has one of every sort that the reference's fakes lack.

mod bios;
mod boot;
mod console;
mod delay;
mod deploy;
mod extra;
mod firmware;
mod inspect;
mod management;
mod power;
mod raid;
mod rescue;
mod storage;
mod vendor;

pub use delay::Delay;

use std::sync::Arc;

use kamacite_driver::{Driver, HardwareType, Services};

/// The type and its implementations.
pub fn driver(services: &Services) -> Driver {
    Driver::new("fake")
        .options(delay::options())
        .bios("fake", bios::offer(services))
        .boot("fake", Arc::new(boot::FakeBoot))
        .console("fake", Arc::new(console::FakeConsole))
        .deploy("fake", deploy::offer(services))
        .firmware("fake", firmware::offer(services))
        .inspect("fake", Arc::new(inspect::FakeInspect::new(services)))
        .management("fake", Arc::new(management::FakeManagement::new(services)))
        .power("fake", Arc::new(power::FakePower::new(services)))
        .raid("fake", Arc::new(raid::FakeRaid))
        .rescue("fake", Arc::new(rescue::FakeRescue::new(services)))
        .storage("fake", Arc::new(storage::FakeStorage::new(services)))
        .vendor("fake", vendor::offer(services))
        .vendor("fake-extra", extra::offer(services))
        .hardware_type(hardware_type())
}

fn hardware_type() -> HardwareType {
    HardwareType::generic("fake-hardware")
        .bios(["fake", "no-bios"])
        .boot(["fake", "ipxe", "pxe", "http-ipxe", "http", "no-boot"])
        .console(["fake", "no-console", "fake-graphical"])
        .deploy([
            "fake",
            "autodetect",
            "direct",
            "ansible",
            "ramdisk",
            "anaconda",
            "bootc",
            "custom-agent",
            "no-deploy",
        ])
        .firmware(["fake", "no-firmware"])
        .inspect(["fake", "agent", "no-inspect"])
        .management(["fake"])
        .power(["fake"])
        .raid(["fake", "no-raid", "agent"])
        .rescue(["fake", "no-rescue", "agent"])
        .storage(["fake", "noop", "cinder", "external"])
        .vendor(["fake", "fake-extra", "no-vendor"])
        .take_anything()
        .fake()
}
