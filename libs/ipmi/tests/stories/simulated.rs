//! The client against a real simulator of somebody else's making.

use ipmi::{ChassisControl, CipherSuite};

use crate::simulator::Simulator;

#[tokio::test]
async fn a_machine_is_switched_on_and_off() {
    let simulator = Simulator::start();
    let bmc = simulator.client();
    assert!(!bmc.chassis_status().await.unwrap().power_on);
    // It has no suite 17.
    assert_eq!(bmc.suite().await, Some(CipherSuite::HmacSha1));
    for (control, on) in [
        (ChassisControl::On, true),
        (ChassisControl::Soft, false),
        (ChassisControl::On, true),
        (ChassisControl::Off, false),
    ] {
        bmc.chassis_control(control).await.unwrap();
        assert_eq!(bmc.chassis_status().await.unwrap().power_on, on, "{control}");
        let said = simulator.ipmitool(&["chassis", "power", "status"]);
        assert_eq!(said.trim(), if on { "Chassis Power is on" } else { "Chassis Power is off" });
    }
}
