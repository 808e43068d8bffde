//! What was written is read back: BMCs that do not do what they say are found out, and those that take their time are not.

use std::time::Duration;

use kamacite_driver::{
    ErrorKind, Result,
    model::{BootDevice, BootMode, Component, IndicatorState, MediaDevice},
};
use kamacite_sim::{Fault, Rule, VENDORS, Vendor};

use super::{
    Simulated, of_every_vendor,
    support::{Way, both_ways, refusal},
};

both_ways!(
    a_bmc_that_does_nothing_is_found_out,
    a_light_is_worth_a_warning,
    a_site_has_quirks_of_its_own,
    nobody_looks_where_that_is_switched_off,
    what_waits_for_the_boot_holds,
);

/// What can be written, and what a failure is called.
const WRITES: [(&str, &str); 5] = [
    ("boot device", "boot device pxe for the next boot"),
    ("boot mode", "boot mode Legacy"),
    ("secure boot", "secure boot on"),
    ("insert", "an image into /redfish/v1/Managers/1/VirtualMedia/"),
    ("eject", "the ejection of /redfish/v1/Managers/1/VirtualMedia/"),
];

impl Simulated {
    async fn write(&self, what: &str) -> Result<()> {
        let (on, mut task) = (self.bench.on(), self.bench.exclusive());
        let management = &on.management;
        let media = management.virtual_media().unwrap();
        match what {
            "boot device" => management.set_boot_device(&mut task, BootDevice::Pxe, false).await,
            "boot mode" => management.boot_modes().unwrap().set_boot_mode(&mut task, BootMode::Bios).await,
            "secure boot" => management.secure_boot().unwrap().set_secure_boot(&mut task, true).await,
            "insert" => media.attach_media(&mut task, MediaDevice::Cdrom, "http://images/one.iso".to_owned()).await,
            "eject" => media.detach_media(&mut task, None).await,
            other => panic!("{other}?"),
        }
    }

    /// The next write is ignored: the BMC says that it has been done.
    async fn ignore_a_write(&self) {
        // Logging in is a write, too.
        self.power_state().await.unwrap();
        self.bmc().fault(Rule::from(Fault::IgnoredWrite));
    }
}

async fn a_bmc_that_does_nothing_is_found_out(way: Way) {
    for (what, wanted) in WRITES {
        let node = Simulated::of(way, &VENDORS[0]).await;
        if what == "eject" {
            node.write("insert").await.unwrap();
        }
        let began = node.bench.clock.passed();
        node.ignore_a_write().await;
        let (kind, words) = refusal(node.write(what).await);
        assert!(kind == ErrorKind::Hardware && words.contains(wanted), "{what}: {words}");
        let waited = node.bench.clock.passed() - began;
        assert!(waited >= Duration::from_secs(10) && waited <= Duration::from_secs(30), "{what}: {waited:?}");
        assert!(words.contains(&format!("{} s later", waited.as_secs())), "{what}: {words}");
        // It was for once.
        node.write(what).await.unwrap_or_else(|why| panic!("{what}: {why}"));
    }
}

async fn a_light_is_worth_a_warning(way: Way) {
    let node = Simulated::of(way, &VENDORS[0]).await;
    let on = node.bench.on();
    let all = on.management.indicators().unwrap().supported_indicators(&node.bench.shared()).await.unwrap();
    let light = all.iter().find(|one| one.component == Component::System).unwrap();
    node.ignore_a_write().await;
    let able = on.management.switch_indicators().unwrap();
    let mut task = node.bench.exclusive();
    let switched = able.set_indicator(&mut task, light.component, light.name.clone(), IndicatorState::On);
    switched.await.unwrap();
}

async fn what_waits_for_the_boot_holds(way: Way) {
    for (vendor, node) in of_every_vendor(way).await {
        let before = node.bench.clock.passed();
        node.write("boot device").await.unwrap_or_else(|why| panic!("{}: {why}", vendor.name));
        assert_eq!(node.bench.clock.passed(), before, "{}: it is seen at once", vendor.name);
        let told = node.bench.on().management.boot_device(&node.bench.shared()).await.unwrap();
        assert_eq!(told.device, Some(BootDevice::Pxe), "{}", vendor.name);
    }
    // It is not where nothing waits.
    let node = Simulated::of(way, Vendor::named("ami").unwrap()).await;
    node.bmc().fault(Rule { path: Some("/SD".to_owned()), ..Fault::IgnoredWrite.into() });
    assert!(refusal(node.write("boot device").await).1.contains("shows None (Disabled)"));
}

async fn nobody_looks_where_that_is_switched_off(way: Way) {
    for policy in ["off", "warn"] {
        let node = Simulated::with(way, &VENDORS[0], &[("kamacite", "redfish_read_back", policy)]).await;
        node.ignore_a_write().await;
        node.write("boot device").await.unwrap();
        assert_eq!(node.bench.clock.passed() > Duration::ZERO, policy == "warn", "it is waited for where it is told");
    }
}

async fn a_site_has_quirks_of_its_own(way: Way) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("quirks.json");
    let rows = serde_json::json!([
        {"name": "old firmware", "write": "boot-device", "vendor": "kamacite", "firmware": {"below": "1.0"}, "verdict": "fail", "settle_s": 0},
        {"name": "ours", "write": "boot-device", "firmware": {"from": "1.0"}, "verdict": "warn", "settle_s": 3},
    ]);
    std::fs::write(&file, rows.to_string()).unwrap();
    let node = Simulated::with(way, &VENDORS[0], &[("kamacite", "redfish_quirks", file.to_str().unwrap())]).await;
    node.ignore_a_write().await;
    node.write("boot device").await.unwrap();
    assert_eq!(node.bench.clock.passed(), Duration::from_secs(3));
    node.ignore_a_write().await;
    node.write("secure boot").await.unwrap_err();
}
