//! What was written is read back: BMCs that do not do what they say are found out, and those that take their time are not.

use std::{path::Path, time::Duration};

use kamacite_driver::{
    ErrorKind, Result,
    model::{BootDevice, BootMode, Component, IndicatorState, MediaDevice},
};
use kamacite_sim::{
    Fault, Rule, VENDORS, Vendor, machine,
    recording::{Players, Recording, Replay, Stage},
};
use serde_json::{Value, json};

use super::{
    Simulated, of_every_vendor,
    support::{Bench, Way, both_ways, refusal},
};

both_ways!(
    a_bmc_that_does_nothing_is_found_out,
    a_device_matters_more_than_its_duration,
    a_drive_that_keeps_its_image_is_found_out,
    a_light_is_worth_a_warning,
    a_site_has_quirks_of_its_own,
    each_quirk_is_judged_as_its_row_says,
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

async fn write(bench: &Bench, what: &str) -> Result<()> {
    let (on, mut task) = (bench.on(), bench.exclusive());
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

impl Simulated {
    async fn write(&self, what: &str) -> Result<()> {
        write(&self.bench, what).await
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
        // Boot mode and secure boot are given a boot, and fifteen minutes.
        let expected = match what {
            "boot device" => 10..=10,
            "insert" | "eject" => 30..=30,
            _ => 903..=920,
        };
        let waited = (node.bench.clock.passed() - began).as_secs();
        assert!(expected.contains(&waited), "{what}: {waited} s");
        let booted = node.bmc().machine(machine::Machine::boots);
        assert_eq!(booted, u32::from(waited > 900), "{what}");
        // It was for once.
        node.write(what).await.unwrap_or_else(|why| panic!("{what}: {why}"));
    }
}

/// Of BMCs that have their own way with how long a device is chosen for.
async fn a_device_matters_more_than_its_duration(way: Way) {
    for (persistent, shown) in [(false, "Continuous"), (true, "Once")] {
        let boot = |target: &str, enabled: &str| json!({"Boot": {"BootSourceOverrideTarget": target, "BootSourceOverrideEnabled": enabled}});
        let (system, asked) = ("/redfish/v1/Systems/1", if persistent { "Continuous" } else { "Once" });
        let link = |path: &str| json!({"@odata.id": path});
        let get =
            |path: &str, body: Value| json!({"method": "GET", "path": path, "status": 200, "body": body, "ms": 1});
        let exchanges = [
            json!({"kamacite": "recording", "format": 1, "recorded_at": "2026-01-01T00:00:00Z", "recorded_by": "hand", "bmc": {}}),
            get("/redfish/v1/", json!({"Systems": link("/redfish/v1/Systems")})),
            get("/redfish/v1/Systems", json!({"Members": [link(system)]})),
            get(system, boot("None", "Disabled")),
            json!({"method": "PATCH", "path": system, "request_body": boot("Pxe", asked), "status": 204, "ms": 1}),
            get(system, boot("Pxe", shown)),
        ];
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bmc.jsonl");
        std::fs::write(&file, exchanges.map(|line| format!("{line}\n")).concat()).unwrap();
        let (bench, players) = played(way, &file).await;
        let management = bench.on().management.clone();
        management.set_boot_device(&mut bench.exclusive(), BootDevice::Pxe, persistent).await.unwrap();
        assert_eq!(bench.clock.passed(), Duration::from_secs(2), "it might have become right");
        // What is not kept for good is chosen anew before each boot.
        let kept = bench.node().driver_internal_info.text("redfish_boot_device").map(str::to_owned);
        assert_eq!(kept, persistent.then(|| "pxe".to_owned()));
        players.stop().await;
    }
}

async fn a_drive_that_keeps_its_image_is_found_out(way: Way) {
    let node = Simulated::of(way, Vendor::named("lenovo").unwrap()).await;
    let attach = async |image: &str| {
        let on = node.bench.on();
        let media = on.management.virtual_media().unwrap();
        media.attach_media(&mut node.bench.exclusive(), MediaDevice::Cdrom, format!("http://images/{image}.iso")).await
    };
    let slots = node.bmc().with(|bmc, _| bmc.machine.media().len());
    for n in 0..slots {
        attach(&n.to_string()).await.unwrap();
    }
    node.power_state().await.unwrap();
    node.bmc().fault(Rule::from(Fault::IgnoredWrite).times(2));
    let (kind, words) = refusal(attach("another").await);
    assert!(kind == ErrorKind::Hardware && words.contains("the image that was in it before"), "{words}");
    attach("another").await.unwrap();
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

/// Each row of the table, with the exchange that is kept beside it.
async fn each_quirk_is_judged_as_its_row_says(way: Way) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/redfish");
    let rows: Value = serde_json::from_str(&std::fs::read_to_string(format!("{folder}/quirks.json")).unwrap()).unwrap();
    let rows = rows.as_array().unwrap();
    assert_eq!(std::fs::read_dir(format!("{folder}/quirks")).unwrap().count(), rows.len(), "an exchange for each row");
    for row in rows {
        let name = row["name"].as_str().unwrap();
        let (bench, players) = played(way, format!("{folder}/quirks/{name}.jsonl").as_ref()).await;
        // As the power sweep learns it.
        bench.machine.change(|node| drop(node.properties.insert("vendor".to_owned(), row["vendor"].clone())));
        let outcome = match row["write"].as_str().unwrap() {
            "boot-device" if name.contains("uefihttp") => {
                bench.on().management.set_boot_device(&mut bench.exclusive(), BootDevice::UefiHttp, true).await
            }
            "boot-device" => write(&bench, "boot device").await,
            "boot-mode" => {
                bench.on().management.boot_modes().unwrap().set_boot_mode(&mut bench.exclusive(), BootMode::Uefi).await
            }
            other => panic!("say how to write {other}"),
        };
        match row["verdict"].as_str().unwrap() {
            "fail" => assert!(refusal(outcome).1.contains(row["because"].as_str().unwrap()), "{name}"),
            _ => outcome.unwrap_or_else(|why| panic!("{name}: {why}")),
        }
        assert_eq!(bench.clock.passed(), Duration::from_secs(row["settle_s"].as_u64().unwrap()), "{name}");
        players.stop().await;
    }
}

/// A node whose BMC is a recording.
async fn played(way: Way, file: &Path) -> (Bench, Players) {
    let bench = Bench::new(way, "redfish", &[]);
    bench.against("recorded");
    let replays = vec![Replay::new("bmc", Recording::read(file).unwrap())];
    let players = Players::start(replays, Stage::new(), bench.clock.clone()).await.unwrap();
    let address = players.players()[0].address().to_owned();
    bench.machine.change(|node| drop(node.driver_info.insert("redfish_address".to_owned(), address.into())));
    (bench, players)
}
