//! What only Acme's driver does, on a simulated blade.

mod simulated;

use kamacite_driver::{
    ErrorKind, Progress, Reply, StepKind, Verb,
    conformance::{Bench, Simulated},
    interfaces::BootDeviceSetting,
    model::{BootDevice, InterfaceKind, PowerState, PowerTarget},
    serde_json::{Value, json},
};
use simulated::{Blade, SECRET};

async fn blade() -> (Bench, Blade) {
    let bench = Bench::new(acme_driver::driver, &[("acme", "answer_timeout", "1")]);
    let blade = Blade::start(bench.clock.clone()).await;
    bench.change(|node| node.driver_info = blade.driver_info().into());
    (bench, blade)
}

#[tokio::test]
async fn a_blade_is_switched_on() {
    let (bench, blade) = blade().await;
    assert_eq!(bench.power_state("acme").await.unwrap(), Some(PowerState::Off));
    bench.set_power("acme", PowerTarget::On).await.unwrap();
    assert_eq!(bench.power_state("acme").await.unwrap(), Some(PowerState::On));
    assert_eq!(blade.power(), Some(PowerState::On));
}

#[tokio::test]
async fn a_led_blinks_for_as_long_as_it_is_told() {
    let (bench, _blade) = blade().await;
    bench.call("acme", "blink_led", Verb::POST, json!({"seconds": "5"})).await.unwrap();
    assert_eq!(bench.node().driver_internal_info["acme_blinks_for_s"], 5);
    let why = bench.call("acme", "blink_led", Verb::POST, json!({"seconds": 0})).await.unwrap_err();
    assert_eq!(why.kind(), ErrorKind::Invalid);
}

#[tokio::test]
async fn a_chassis_tells_its_version_before_there_is_a_node() {
    let (bench, blade) = blade().await;
    let place = json!({"address": blade.driver_info()["acme_address"], "token": SECRET});
    let told = bench.call_driver("acme", "chassis_version", Verb::GET, place).await.unwrap();
    assert_eq!(told, Reply::Json(Value::from("4.2")));
}

#[tokio::test]
async fn firmware_is_updated_once() {
    let (bench, _blade) = blade().await;
    for expected in [true, false] {
        let began = bench.clock.passed();
        let version = json!({"version": "2.0"});
        let done = bench.run_step(InterfaceKind::Vendor, "acme", StepKind::Clean, "update_firmware", version).await;
        assert_eq!(done.unwrap(), Progress::Done);
        assert_eq!(bench.clock.passed() > began, expected, "the second time there is nothing to do");
    }
}

#[tokio::test]
async fn a_boot_device_is_for_good_and_the_rest_of_management_is_redfish() {
    let (bench, _blade) = blade().await;
    let management = bench.management("acme");
    management.set_boot_device(&mut bench.exclusive(), BootDevice::Pxe, false).await.unwrap();
    let setting = management.boot_device(&bench.shared()).await.unwrap();
    assert_eq!(setting, BootDeviceSetting { device: Some(BootDevice::Pxe), persistent: Some(true) });
    let sensors = management.sensors().expect("Redfish has them").readings(&bench.shared()).await.unwrap();
    assert!(!sensors.is_empty());
}
