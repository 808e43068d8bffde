//! The redfish driver against simulated BMCs of every manufacturer's shape: what the emulator of `redfish.rs` lacks, and what
//! goes wrong. The BMCs and the driver share the test's clock, so nobody waits.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, missing_docs, reason = "a test")]

mod read_back;
#[path = "../support/mod.rs"]
mod support;

use kamacite_driver::{
    ErrorKind, Result, Verb,
    interfaces::BootDeviceSetting,
    model::{
        BootDevice, BootMode, Component, Health, IndicatorState, MediaDevice, PowerState, PowerTarget, SensorKind,
    },
};
use kamacite_sim::{BootModeRule, Config, Fault, LightMember, Rack, Rule, SensorModel, VENDORS, Vendor, machine};
use serde_json::json;
use support::{Bench, Way, both_ways, refusal, simulated::Simulated};

both_ways!(
    a_boot_device_holds_for_one_boot_or_for_good,
    a_boot_mode_is_read_and_changed_where_it_can_be,
    a_full_table_of_sessions_keeps_nobody_out,
    a_machine_goes_where_it_is_told,
    a_password_that_changes_is_tried_once,
    a_session_survives_the_restart_of_its_bmc,
    an_image_is_attached_and_detached,
    an_interrupt_arrives,
    health_and_maker_are_told,
    lights_are_switched,
    network_interfaces_are_told,
    secure_boot_is_read_and_changed,
    sensors_tell_what_they_measure,
    subscriptions_come_and_go,
    what_a_bmc_does_wrong_is_told_or_borne,
);

impl Simulated {
    async fn of(way: Way, vendor: &'static Vendor) -> Self {
        Self::with(way, vendor, &[]).await
    }

    async fn with(way: Way, vendor: &'static Vendor, options: &[(&str, &str, &str)]) -> Self {
        let own = [("redfish", "connection_retry_interval", "0.01"), ("redfish", "read_timeout", "2")];
        let bench = Bench::new(way, "redfish", &[&own, options].concat());
        bench.against(vendor.name);
        let rack = Rack::start(Config { vendors: vec![vendor], ..Config::new(1) }, bench.clock.clone()).await.unwrap();
        bench.machine.change(|node| {
            node.driver_info.insert("redfish_address".to_owned(), rack.bmcs()[0].address().into());
            node.driver_info.insert("redfish_username".to_owned(), "admin".into());
            node.driver_info.insert("redfish_password".to_owned(), "password".into());
            // As the power sweep learns it.
            node.properties.insert("vendor".to_owned(), vendor.manufacturer.into());
        });
        Self { bench, rack }
    }

    async fn power(&self, target: PowerTarget) -> Result<()> {
        self.bench.on().power.set_power(&mut self.bench.exclusive(), target, None).await
    }

    /// Long enough for a machine to have booted.
    fn a_while_later(&self) {
        self.bench.clock.pass(std::time::Duration::from_secs(10));
    }
}

/// One of each manufacturer.
async fn of_every_vendor(way: Way) -> Vec<(&'static Vendor, Simulated)> {
    let mut all = Vec::new();
    for vendor in VENDORS {
        all.push((vendor, Simulated::of(way, vendor).await));
    }
    all
}

async fn a_machine_goes_where_it_is_told(way: Way) {
    use PowerTarget::{Off, On, Reboot, SoftOff, SoftReboot};
    for (vendor, node) in of_every_vendor(way).await {
        for target in [On, On, Reboot, SoftReboot, SoftOff, Off, Reboot, Off, Off] {
            node.power(target).await.unwrap_or_else(|why| panic!("{} {target}: {why}", vendor.name));
            assert_eq!(node.power_state().await.unwrap(), Some(target.reaches()), "{} {target}", vendor.name);
            node.a_while_later();
        }
        assert!(node.bmc().machine(machine::Machine::boots) >= 4, "{}", vendor.name);
    }
}

async fn a_boot_device_holds_for_one_boot_or_for_good(way: Way) {
    for (vendor, node) in of_every_vendor(way).await {
        let management = node.bench.on().management.clone();
        let read = async || management.boot_device(&node.bench.shared()).await.unwrap();
        let set = |device, persistent| Some(device).map(|device| (device, persistent)).unwrap();
        for (device, persistent) in [set(BootDevice::Pxe, false), set(BootDevice::Disk, true)] {
            let chosen = management.set_boot_device(&mut node.bench.exclusive(), device, persistent).await;
            chosen.unwrap_or_else(|why| panic!("{} {device}: {why}", vendor.name));
            let expected = BootDeviceSetting { device: Some(device), persistent: Some(persistent) };
            assert_eq!(read().await, expected, "{}", vendor.name);
            for target in [PowerTarget::On, PowerTarget::Reboot] {
                node.power(target).await.unwrap();
                node.a_while_later();
            }
        }
        // For good is for more than one boot.
        assert_eq!(node.bmc().machine(machine::Machine::booted), Some(machine::Source::Disk), "{}", vendor.name);
    }
}

async fn a_boot_mode_is_read_and_changed_where_it_can_be(way: Way) {
    for (vendor, node) in of_every_vendor(way).await {
        let on = node.bench.on();
        let able = on.management.boot_modes().unwrap();
        assert_eq!(able.boot_mode(&node.bench.shared()).await.unwrap(), BootMode::Uefi, "{}", vendor.name);
        let changed = able.set_boot_mode(&mut node.bench.exclusive(), BootMode::Bios).await;
        match vendor.boot_mode {
            BootModeRule::ReadOnly => assert_eq!(changed.unwrap_err().kind(), ErrorKind::Hardware, "{}", vendor.name),
            _ => {
                changed.unwrap_or_else(|why| panic!("{}: {why}", vendor.name));
                node.power(PowerTarget::Reboot).await.unwrap();
                node.a_while_later();
                assert_eq!(able.boot_mode(&node.bench.shared()).await.unwrap(), BootMode::Bios, "{}", vendor.name);
            }
        }
    }
}

async fn secure_boot_is_read_and_changed(way: Way) {
    for (vendor, node) in of_every_vendor(way).await {
        let on = node.bench.on();
        let able = on.management.secure_boot().unwrap();
        let before = able.secure_boot_state(&node.bench.shared()).await.unwrap();
        let changed = able.set_secure_boot(&mut node.bench.exclusive(), !before).await;
        changed.unwrap_or_else(|why| panic!("{}: {why}", vendor.name));
        // Where it takes a boot, there was one, and the machine is off as before.
        let boots = node.bmc().machine(machine::Machine::boots);
        assert_eq!(boots, u32::from(vendor.secure_boot_waits), "{}", vendor.name);
        node.a_while_later();
        assert_eq!(node.power_state().await.unwrap(), Some(PowerState::Off), "{}", vendor.name);
        assert_eq!(able.secure_boot_state(&node.bench.shared()).await.unwrap(), !before, "{}", vendor.name);
    }
}

async fn an_interrupt_arrives(way: Way) {
    for (vendor, node) in of_every_vendor(way).await {
        node.power(PowerTarget::On).await.unwrap();
        node.a_while_later();
        let on = node.bench.on();
        on.management.nmi().unwrap().inject_nmi(&mut node.bench.exclusive()).await.unwrap();
        assert_eq!(node.bmc().machine(machine::Machine::interrupts), 1, "{}", vendor.name);
    }
}

async fn lights_are_switched(way: Way) {
    for (vendor, node) in of_every_vendor(way).await {
        let on = node.bench.on();
        let (reads, switches) = (on.management.indicators().unwrap(), on.management.switch_indicators().unwrap());
        let all = reads.supported_indicators(&node.bench.shared()).await.unwrap();
        let light = all.iter().find(|one| one.component == Component::System).expect("a light on the system");
        let can_blink = light.states.contains(&IndicatorState::Blinking);
        assert_eq!(can_blink, vendor.light == LightMember::Indicator, "{}", vendor.name);
        for state in [IndicatorState::On, IndicatorState::Off] {
            let name = light.name.clone();
            let switched = switches.set_indicator(&mut node.bench.exclusive(), Component::System, name, state).await;
            switched.unwrap_or_else(|why| panic!("{} {state}: {why}", vendor.name));
            let seen =
                reads.indicator_state(&node.bench.shared(), Component::System, light.name.clone()).await.unwrap();
            assert_eq!(seen, state, "{}", vendor.name);
        }
        let nowhere = reads.indicator_state(&node.bench.shared(), Component::Nic, "nope".to_owned()).await;
        assert_eq!(refusal(nowhere).0, ErrorKind::Invalid);
    }
}

async fn network_interfaces_are_told(way: Way) {
    for (vendor, node) in of_every_vendor(way).await {
        let on = node.bench.on();
        let nics = on.management.nics().unwrap().nics(&node.bench.shared()).await.unwrap();
        let expected =
            node.bmc().machine(|machine| machine.nics().map(|nic| nic.to_string().to_lowercase()).collect::<Vec<_>>());
        assert_eq!(nics.iter().map(|nic| nic.mac.clone()).collect::<Vec<_>>(), expected, "{}", vendor.name);
        assert!(nics.iter().all(|nic| nic.link.is_some() && nic.speed_mbps.is_some()), "{}", vendor.name);
    }
}

async fn sensors_tell_what_they_measure(way: Way) {
    for (vendor, node) in of_every_vendor(way).await {
        let on = node.bench.on();
        let readings = on.management.sensors().unwrap().readings(&node.bench.shared()).await.unwrap();
        for kind in [SensorKind::Temperature, SensorKind::Fan, SensorKind::Voltage, SensorKind::Power] {
            let one = readings.iter().find(|one| one.kind == kind);
            let one = one.unwrap_or_else(|| panic!("{} ({:?}) has no {kind}", vendor.name, vendor.sensors));
            assert!(one.reading.is_some() && one.unit.is_some(), "{}: {one:?}", vendor.name);
        }
        assert!(readings.iter().any(|one| one.thresholds.upper_critical.is_some()), "{}", vendor.name);
        // A BMC that has both generations does not tell everything twice.
        let mut names: Vec<_> = readings.iter().map(|one| &one.name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), readings.len(), "{} {:?}", vendor.name, SensorModel::Both);
    }
}

async fn health_and_maker_are_told(way: Way) {
    for (vendor, node) in of_every_vendor(way).await {
        let on = node.bench.on();
        let able = on.management.health().unwrap();
        assert_eq!(able.read_health(&node.bench.shared()).await.unwrap(), Some(Health::Ok), "{}", vendor.name);
        let maker = on.management.vendor_name().unwrap().detect_vendor(&node.bench.shared()).await.unwrap();
        assert_eq!(maker.as_deref(), Some(vendor.manufacturer));
    }
}

async fn an_image_is_attached_and_detached(way: Way) {
    for (vendor, node) in of_every_vendor(way).await {
        let on = node.bench.on();
        let able = on.management.virtual_media().unwrap();
        let images = async || {
            let slots = able.media_slots(&node.bench.shared()).await.unwrap();
            slots.into_iter().filter_map(|slot| slot.image).collect::<Vec<_>>()
        };
        let attach =
            async |device, url: &str| able.attach_media(&mut node.bench.exclusive(), device, url.to_owned()).await;
        assert_eq!(images().await, Vec::<String>::new());
        attach(MediaDevice::Cdrom, "http://images/one.iso")
            .await
            .unwrap_or_else(|why| panic!("{}: {why}", vendor.name));
        assert_eq!(images().await, ["http://images/one.iso"], "{}", vendor.name);
        able.detach_media(&mut node.bench.exclusive(), Some(vec![MediaDevice::Floppy])).await.unwrap();
        able.detach_media(&mut node.bench.exclusive(), Some(vec![MediaDevice::Cdrom])).await.unwrap();
        able.detach_media(&mut node.bench.exclusive(), None).await.unwrap();
        assert_eq!(images().await, Vec::<String>::new(), "{}", vendor.name);
        // As often as there are slots, and once more in the place of another.
        for n in 0..=vendor.slots.len() {
            attach(MediaDevice::Cdrom, &format!("http://images/{n}.iso")).await.unwrap();
        }
        assert!(images().await.contains(&format!("http://images/{}.iso", vendor.slots.len())), "{}", vendor.name);
        let ejected = node.bench.ask("eject_vmedia", Verb::POST, json!({})).await.unwrap();
        assert!(!ejected.as_array().unwrap().is_empty() && images().await.is_empty(), "{}", vendor.name);
    }
}

async fn subscriptions_come_and_go(way: Way) {
    for (vendor, node) in of_every_vendor(way).await {
        let said = json!({"Destination": "http://127.0.0.1:9/events", "Context": "rack 4"});
        let made = node.bench.ask("create_subscription", Verb::POST, said).await;
        let made = made.unwrap_or_else(|why| panic!("{}: {why}", vendor.name));
        let id = json!({ "id": made["Id"] });
        assert_eq!(made["Context"], "rack 4");
        let all = node.bench.ask("get_all_subscriptions", Verb::GET, json!({})).await.unwrap();
        assert_eq!(all["Members"].as_array().unwrap().len(), 1, "{}", vendor.name);
        assert_eq!(node.bench.ask("get_subscription", Verb::GET, id.clone()).await.unwrap(), made);
        node.bench.ask("delete_subscription", Verb::DELETE, id.clone()).await.unwrap();
        assert_eq!(refusal(node.bench.ask("get_subscription", Verb::GET, id).await).0, ErrorKind::NotFound);
    }
}

async fn a_session_survives_the_restart_of_its_bmc(way: Way) {
    let node = Simulated::of(way, &VENDORS[0]).await;
    node.power_state().await.unwrap();
    node.bmc().fault(Fault::Away { seconds: 30 });
    node.power_state().await.unwrap_err();
    node.bench.clock.pass(std::time::Duration::from_secs(31));
    // Its sessions are gone; another is made without anybody noticing.
    assert_eq!(node.power_state().await.unwrap(), Some(PowerState::Off));
}

async fn a_full_table_of_sessions_keeps_nobody_out(way: Way) {
    let node = Simulated::of(way, &VENDORS[0]).await;
    node.bmc().fault(Fault::SessionsFull);
    node.power(PowerTarget::On).await.unwrap();
    let node = Simulated::of(way, &VENDORS[0]).await;
    node.bench.machine.change(|node| {
        node.driver_info.insert("redfish_auth_type".to_owned(), "session".into());
    });
    node.bmc().fault(Fault::SessionsFull);
    let (kind, words) = refusal(node.power_state().await);
    assert!(kind == ErrorKind::Busy && words.contains("redfish_auth_type"), "{words}");
}

async fn a_password_that_changes_is_tried_once(way: Way) {
    let node = Simulated::of(way, Vendor::named("supermicro").unwrap()).await;
    node.power_state().await.unwrap();
    let other = "another".to_owned();
    node.bmc().fault(Fault::Password { password: kamacite_driver::model::Secret::new(other.clone()) });
    let _ = node.power_state().await;
    node.bmc().with(|bmc, now| bmc.go_away(now, std::time::Duration::from_secs(1)));
    node.bench.clock.pass(std::time::Duration::from_secs(2));
    for _ in 0..10 {
        let (kind, words) = refusal(node.power_state().await);
        assert!(kind == ErrorKind::Hardware && !words.contains("password\""), "{words}");
    }
    // It locks accounts after five tries: they were not made.
    node.bench.machine.change(|node| {
        node.driver_info.insert("redfish_password".to_owned(), other.as_str().into());
    });
    assert_eq!(node.power_state().await.unwrap(), Some(PowerState::Off));
}

async fn what_a_bmc_does_wrong_is_told_or_borne(way: Way) {
    let node = Simulated::of(way, &VENDORS[0]).await;
    node.power_state().await.unwrap();
    // Reads are made again.
    for fault in
        [Fault::Drop, Fault::Cut, Fault::Unavailable { retry_after_s: Some(0) }, Fault::TooMany { retry_after_s: None }]
    {
        node.bmc().fault(fault.clone());
        node.power_state().await.unwrap_or_else(|why| panic!("{fault:?}: {why}"));
    }
    // A content type says nothing; half an answer is none.
    node.bmc().fault(Fault::WrongType);
    node.power_state().await.unwrap();
    for fault in [Fault::Truncated, Fault::WrongJson] {
        node.bmc().fault(fault.clone());
        let (kind, words) = refusal(node.power_state().await);
        assert!(kind == ErrorKind::Hardware && words.contains("cannot be read"), "{fault:?}: {words}");
    }
    // A change that did not happen is not taken for one that did.
    node.bmc().fault(Rule { method: Some("POST".to_owned()), ..Fault::IgnoredWrite.into() });
    let (kind, words) = refusal(node.power(PowerTarget::On).await);
    assert!(kind == ErrorKind::Hardware && words.contains("still reports Off"), "{words}");
    node.power(PowerTarget::On).await.unwrap();
    node.a_while_later();
    node.bmc().fault(Fault::PowerStuck { seconds: 3600 });
    let (kind, words) = refusal(node.power(PowerTarget::Off).await);
    assert!(kind == ErrorKind::Hardware && words.contains("still reports PoweringOff"), "{words}");
}
