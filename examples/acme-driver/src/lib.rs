//! Acme's blades: powered by the controller of their chassis, managed by a Redfish BMC on each blade.

mod chassis;
mod management;
mod power;
mod vendor;

use std::sync::Arc;

use kamacite_driver::{Driver, HardwareType, Offer, Services};

/// The hardware type, and the implementations that are ours.
pub fn driver(services: &Services) -> Driver {
    let acme = Arc::new(chassis::Chassis::new(services));
    let vendor = Offer::of(acme.clone())
        .with::<vendor::blink_led>()
        .with::<vendor::chassis_version>()
        .with::<vendor::update_firmware>();
    Driver::new("acme")
        .options([chassis::ANSWER_TIMEOUT.spec()])
        .management("acme", Arc::new(management::AcmeManagement::new(services)))
        .power("acme", acme)
        .vendor("acme", vendor)
        .hardware_type(
            // Most preferred first. Names that are not ours are those of implementations that come with Kamacite.
            HardwareType::generic("acme")
                .management(["acme", "redfish", "noop"])
                .power(["acme"])
                .vendor(["acme", "no-vendor"]),
        )
}
