//! The IPMI driver against simulated BMCs: what `ipmi_sim` lacks (suite 17, boot devices that are used up, sensors of every
//! maker, the interrupt), and what goes wrong on the way.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, missing_docs, reason = "a test")]

mod support;

use kamacite_driver::{
    ErrorKind, Result, Verb,
    interfaces::BootDeviceSetting,
    model::{BootDevice, PowerState, PowerTarget, SensorKind},
};
use kamacite_sim::{Config, Fault, Rack, Rule, VENDORS, Vendor, machine};
use serde_json::json;
use support::{Bench, Way, both_ways, refusal, simulated::Simulated};

both_ways!(
    a_bmc_is_reset,
    a_boot_device_is_for_one_boot_or_for_all,
    a_cipher_suite_is_chosen,
    a_machine_goes_where_it_is_told,
    a_network_that_loses_and_doubles_is_borne,
    an_interrupt_arrives,
    sensors_and_maker_are_told,
    what_must_not_happen_twice_does_not,
);

impl Simulated {
    async fn of(way: Way, vendor: &'static Vendor) -> Self {
        Self::patient(way, vendor, "5").await
    }

    /// A driver that waits so many seconds for an answer, in real time.
    async fn patient(way: Way, vendor: &'static Vendor, seconds: &str) -> Self {
        let bench = Bench::new(way, "ipmi", &[("ipmi", "command_retry_timeout", seconds)]);
        bench.against(vendor.name);
        let config = Config { vendors: vec![vendor], ipmi: 1, ..Config::new(0) };
        let rack = Rack::start(config, bench.clock.clone()).await.unwrap();
        let address = rack.bmcs()[0].ipmi_address().unwrap();
        bench.machine.change(|node| {
            node.driver_info.insert("ipmi_address".to_owned(), address.ip().to_string().into());
            node.driver_info.insert("ipmi_port".to_owned(), address.port().into());
            node.driver_info.insert("ipmi_username".to_owned(), "admin".into());
            node.driver_info.insert("ipmi_password".to_owned(), "password".into());
        });
        Self { bench, rack }
    }

    /// Changes the power, and lets the machine boot.
    async fn power(&self, target: PowerTarget) -> Result<()> {
        let changed = self.bench.on().power.set_power(&mut self.bench.exclusive(), target, None).await;
        self.bench.clock.pass(std::time::Duration::from_secs(10));
        changed
    }
}

async fn a_machine_goes_where_it_is_told(way: Way) {
    use PowerTarget::{Off, On, Reboot, SoftOff, SoftReboot};
    for vendor in VENDORS {
        let node = Simulated::of(way, vendor).await;
        for target in [On, On, Reboot, SoftReboot, SoftOff, Off, Reboot, Off] {
            node.power(target).await.unwrap_or_else(|why| panic!("{} {target}: {why}", vendor.name));
            assert_eq!(node.power_state().await.unwrap(), Some(target.reaches()), "{} {target}", vendor.name);
        }
        assert!(node.bmc().machine(machine::Machine::boots) >= 4, "{}", vendor.name);
    }
}

async fn a_bmc_is_reset(way: Way) {
    for warm in [true, false] {
        let node = Simulated::of(way, &VENDORS[0]).await;
        node.bench.ask("bmc_reset", Verb::POST, json!({ "warm": warm })).await.unwrap();
        assert!(node.bmc().with(|bmc, now| bmc.is_away(now)), "warm: {warm}");
        node.bmc().with(|bmc, _| bmc.come_back());
        assert_eq!(node.power_state().await.unwrap(), Some(PowerState::Off));
    }
}

async fn a_boot_device_is_for_one_boot_or_for_all(way: Way) {
    for vendor in VENDORS {
        let node = Simulated::of(way, vendor).await;
        let management = node.bench.on().management.clone();
        let read = async || management.boot_device(&node.bench.shared()).await.unwrap();
        management.set_boot_device(&mut node.bench.exclusive(), BootDevice::Pxe, false).await.unwrap();
        let once = BootDeviceSetting { device: Some(BootDevice::Pxe), persistent: Some(false) };
        assert_eq!(read().await, once, "{}", vendor.name);
        node.power(PowerTarget::On).await.unwrap();
        assert_eq!(node.bmc().machine(machine::Machine::booted), Some(machine::Source::Network), "{}", vendor.name);
        management.set_boot_device(&mut node.bench.exclusive(), BootDevice::Disk, true).await.unwrap();
        node.power(PowerTarget::Reboot).await.unwrap();
        let for_good = BootDeviceSetting { device: Some(BootDevice::Disk), persistent: Some(true) };
        assert_eq!(read().await, for_good, "{}", vendor.name);
    }
}

async fn a_cipher_suite_is_chosen(way: Way) {
    for suite in [json!(17), json!(3), json!(null)] {
        let node = Simulated::of(way, &VENDORS[0]).await;
        node.bench.machine.change(|node| {
            node.driver_info.insert("ipmi_cipher_suite".to_owned(), suite.clone());
        });
        assert_eq!(node.power_state().await.unwrap(), Some(PowerState::Off), "{suite}");
    }
}

async fn an_interrupt_arrives(way: Way) {
    for vendor in VENDORS {
        let node = Simulated::of(way, vendor).await;
        node.power(PowerTarget::On).await.unwrap();
        node.bench.on().management.nmi().unwrap().inject_nmi(&mut node.bench.exclusive()).await.unwrap();
        assert_eq!(node.bmc().machine(machine::Machine::interrupts), 1, "{}", vendor.name);
    }
}

async fn sensors_and_maker_are_told(way: Way) {
    for (name, maker) in [("dell", "Dell"), ("supermicro", "Supermicro")] {
        let node = Simulated::of(way, Vendor::named(name).unwrap()).await;
        let on = node.bench.on();
        let readings = on.management.sensors().unwrap().readings(&node.bench.shared()).await.unwrap();
        for kind in [SensorKind::Temperature, SensorKind::Fan, SensorKind::Voltage] {
            let one = readings.iter().find(|one| one.kind == kind).unwrap_or_else(|| panic!("{name} has no {kind}"));
            assert!(one.reading.is_some() && one.unit.is_some(), "{name}: {one:?}");
        }
        let told = on.management.vendor_name().unwrap().detect_vendor(&node.bench.shared()).await.unwrap();
        assert!(told.as_deref().is_some_and(|told| told.contains(maker)), "{told:?}");
    }
}

async fn a_network_that_loses_and_doubles_is_borne(way: Way) {
    let node = Simulated::of(way, &VENDORS[0]).await;
    node.power_state().await.unwrap();
    for fault in [Fault::Drop, Fault::LostAnswer, Fault::Twice] {
        node.bmc().fault(fault.clone());
        node.power_state().await.unwrap_or_else(|why| panic!("{fault:?}: {why}"));
    }
    node.power(PowerTarget::On).await.unwrap();
}

async fn what_must_not_happen_twice_does_not(way: Way) {
    let node = Simulated::patient(way, &VENDORS[0], "1").await;
    node.power(PowerTarget::On).await.unwrap();
    node.bmc().fault(Rule::from(Fault::LostAnswer).on_command("chassis-control"));
    let (kind, words) =
        refusal(node.bench.on().management.nmi().unwrap().inject_nmi(&mut node.bench.exclusive()).await);
    assert!(kind == ErrorKind::Hardware && words.contains("not known whether it was carried out"), "{words}");
    assert_eq!(node.bmc().machine(machine::Machine::interrupts), 1);
    // So with a raw command.
    node.bmc().fault(Rule::from(Fault::LostAnswer).on_command("chassis-control"));
    let (_, words) = refusal(node.bench.ask("send_raw", Verb::POST, json!({"raw_bytes": "0x00 0x02 0x04"})).await);
    assert!(words.contains("not known whether it was carried out"), "{words}");
    assert_eq!(node.bmc().machine(machine::Machine::interrupts), 2);
}
