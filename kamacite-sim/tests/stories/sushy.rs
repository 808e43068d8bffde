//! PyPI's sushy, the client that Ironic uses, against every vendor: what it sees, and what the machine then does.

use kamacite_sim::{Fault, Rack, Rule, SimBmc, VENDORS, machine};
use tokio::process::Command;

use crate::rack::{clock, of, one};

const VARIABLE: &str = "KAMACITE_CLIENTS_PYTHON";

/// Makes `root`, `system`, `manager` and `chassis` of a BMC; `basic` or `session` is how it logs in.
const OPENING: &str = r#"
import sys, time, warnings
warnings.simplefilter("ignore")
import sushy
from sushy import auth as ways
url, how, system_id = sys.argv[1:4]
way = {"basic": ways.BasicAuth, "session": ways.SessionAuth}[how](username="admin", password="password")
root = sushy.Sushy(url, auth=way, server_side_retries=1, server_side_retries_delay=0)
system = root.get_system()
manager = root.get_manager()
chassis = root.get_chassis()
"#;

/// Runs a script of sushy's user, to its end; what it prints is returned by line.
async fn run(bmc: &SimBmc, how: &str, script: &str) -> Vec<String> {
    run_at(&bmc.address(), how, script).await
}

/// The same with a BMC at an address.
pub async fn run_at(address: &str, how: &str, script: &str) -> Vec<String> {
    let python = std::env::var(VARIABLE).unwrap_or_else(|_| {
        panic!(
            "{VARIABLE} is not set: install the client (python3 -m venv VENV && VENV/bin/pip install sushy) and set \
             {VARIABLE}=VENV/bin/python, or run `cargo xtask test`"
        )
    });
    let program = format!("{OPENING}{script}");
    let mut command = Command::new(&python);
    for (name, _) in std::env::vars().filter(|(name, _)| name.to_lowercase().ends_with("_proxy")) {
        command.env_remove(name);
    }
    command.args(["-c", &program, address, how, "-"]).kill_on_drop(true);
    let output = command.output().await.unwrap_or_else(|e| panic!("cannot run {python} ({VARIABLE}): {e}"));
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{address} {how}:\n{script}\n{out}\n{err}");
    out.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn it_sees_what_there_is_by_session_and_by_basic() {
    const LOOK: &str = r#"
print(system.uuid, system.manufacturer, system.power_state.value)
print(len(system.processors.get_members()), len(system.ethernet_interfaces.summary), system.memory_summary.size_gib)
print(manager.firmware_version, chassis.chassis_type.value)
print(sorted(system.get_allowed_reset_system_values(), key=lambda v: v.value)[0].value)
"#;
    for vendor in VENDORS {
        for how in ["basic", "session"] {
            let (_rack, bmc) = one(vendor.name).await;
            let said = run(&bmc, how, LOOK).await;
            let uuid = bmc.with(|bmc, _| bmc.machine.uuid());
            assert_eq!(said[0], format!("{uuid} {} Off", vendor.manufacturer));
            // Interfaces without a link are not in its summary's way.
            assert_eq!(said[1], "2 2 128", "{}", vendor.name);
            assert_eq!(said[2], format!("{} RackMount", vendor.bmc_version));
        }
    }
}

#[tokio::test]
async fn it_turns_machines_on_and_off() {
    const POWER: &str = r#"
system.reset_system(sushy.ResetType.ON)
system.refresh(force=True)
print(system.power_state.value)
system.reset_system(sushy.ResetType.FORCE_RESTART)
system.reset_system(sushy.ResetType.NMI)
system.reset_system(sushy.ResetType.GRACEFUL_SHUTDOWN)
system.refresh(force=True)
print(system.power_state.value)
"#;
    for vendor in VENDORS {
        let (_rack, bmc) = one(vendor.name).await;
        assert_eq!(run(&bmc, "session", POWER).await, ["On", "Off"], "{}", vendor.name);
        let seen = bmc.with(|bmc, _| (bmc.machine.boots(), bmc.machine.interrupts()));
        assert_eq!(seen, (2, 1), "{}", vendor.name);
    }
}

#[tokio::test]
async fn it_sets_the_boot_override_of_every_vendor() {
    const BOOT: &str = r#"
system.set_system_boot_options(sushy.BootSource.PXE, sushy.BootSourceOverrideEnabled.ONCE)
system.refresh(force=True)
print(system.boot.target.value, system.boot.enabled.value)
system.reset_system(sushy.ResetType.ON)
system.refresh(force=True)
print(system.boot.enabled.value)
system.set_system_boot_options(sushy.BootSource.CD, sushy.BootSourceOverrideEnabled.CONTINUOUS)
system.refresh(force=True)
print(system.boot.target.value, system.boot.enabled.value)
"#;
    for vendor in VENDORS {
        let (_rack, bmc) = one(vendor.name).await;
        // Where virtual media are USB drives, it asks for those.
        let cd = if vendor.name == "supermicro" { "UsbCd Continuous" } else { "Cd Continuous" };
        let shown = if vendor.settings.is_some() {
            // What waits for the next boot is not shown yet.
            ["None Disabled", "Disabled", "None Disabled"]
        } else {
            ["Pxe Once", "Disabled", cd]
        };
        assert_eq!(run(&bmc, "basic", BOOT).await, shown, "{}", vendor.name);
        assert_eq!(bmc.with(|bmc, _| bmc.machine.booted()), Some(machine::Source::Network), "{}", vendor.name);
    }
}

#[tokio::test]
async fn it_changes_the_boot_mode_where_it_may() {
    const MODE: &str = r#"
try:
    system.set_system_boot_options(mode=sushy.BootSourceOverrideMode.LEGACY)
    system.refresh(force=True)
    print(system.boot.mode.value)
except sushy.exceptions.BadRequestError as e:
    print(e.status_code)
"#;
    use machine::Mode::{Legacy, Uefi};
    for (name, said, next) in [("generic", "Legacy", Legacy), ("ami", "UEFI", Legacy), ("dell", "400", Uefi)] {
        let (_rack, bmc) = one(name).await;
        assert_eq!(run(&bmc, "basic", MODE).await, [said], "{name}");
        assert_eq!(bmc.with(|bmc, _| bmc.machine.boot().mode.unwrap_or(Uefi)), next, "{name}");
    }
}

#[tokio::test]
async fn it_puts_images_in_and_out_with_every_vendor() {
    const MEDIA: &str = r#"
try:
    slots = system.virtual_media.get_members()
except sushy.exceptions.MissingAttributeError:
    slots = manager.virtual_media.get_members()
cd = [slot for slot in slots if sushy.VirtualMediaType.CD in slot.media_types][0]
cd.insert_media("http://10.0.0.1/boot.iso")
cd.refresh(force=True)
print(cd.inserted, cd.image)
cd.eject_media()
cd.refresh(force=True)
print(cd.inserted)
"#;
    for vendor in VENDORS {
        let (_rack, bmc) = one(vendor.name).await;
        let said = run(&bmc, "session", MEDIA).await;
        assert_eq!(said, ["True http://10.0.0.1/boot.iso", "False"], "{}", vendor.name);
    }
}

#[tokio::test]
async fn it_sets_firmware_settings_secure_boot_and_the_light() {
    const SETTINGS: &str = r#"
system.bios.set_attributes({"ProcVirtualization": "Disabled", "BootDelay": 9})
print(system.bios.pending_attributes)
system.secure_boot.set_enabled(True)
system.reset_system(sushy.ResetType.ON)
system.bios.refresh(force=True)
print(system.bios.attributes["ProcVirtualization"], system.bios.attributes["BootDelay"])
system.secure_boot.refresh(force=True)
print(system.secure_boot.enabled, system.secure_boot.current_boot.value)
system.secure_boot.reset_keys(sushy.SecureBootResetKeysType.DELETE_ALL_KEYS)
system.secure_boot.refresh(force=True)
print(system.secure_boot.mode.value)
system.bios.reset_bios()
"#;
    const LIGHT: &str = r#"
system.set_indicator_led(sushy.INDICATOR_LED_BLINKING)
system.refresh(force=True)
print(system.indicator_led.value)
"#;
    for vendor in VENDORS {
        let (_rack, bmc) = one(vendor.name).await;
        let said = run(&bmc, "session", SETTINGS).await;
        let expected =
            ["{'ProcVirtualization': 'Disabled', 'BootDelay': 9}", "Disabled 9", "True Enabled", "SetupMode"];
        assert_eq!(said, expected, "{}", vendor.name);
    }
    for name in ["generic", "hpe", "ami"] {
        let (_rack, bmc) = one(name).await;
        assert_eq!(run(&bmc, "basic", LIGHT).await, ["Blinking"], "{name}");
        assert_eq!(bmc.with(|bmc, _| bmc.machine.light()), machine::Light::Blinking);
    }
}

#[tokio::test]
async fn it_reads_sensors_subscribes_and_updates() {
    const SERVICES: &str = r#"
print([round(t.reading_celsius) > 0 for t in chassis.thermal.temperatures][:1], len(chassis.thermal.fans))
print(len(chassis.power.power_supplies))
events = root.get_event_service()
made = events.subscriptions.create({"Destination": "https://x.example/", "Protocol": "Redfish", "Context": "c",
                                    "EventTypes": ["Alert"]})
print(made.destination, made.context)
events.submit_test_event("1", "2026-01-01T00:00:00Z", "Alert", "hello", [], "ResourceEvent.1.0.TestMessage",
                         "/redfish/v1/Systems/1", "OK")
made.delete()
events.subscriptions.refresh(force=True)
print(len(events.subscriptions.members_identities))
update = root.get_update_service()
task = update.simple_update("http://10.0.0.1/bmc-9.9.9.bin")
# It takes the task for its monitor when the answer holds both, and stumbles over Retry-After in wait().
monitor = root.get_task_monitor(task.task_monitor_uri.replace("/Tasks/", "/TaskMonitors/"))
print(monitor.is_processing)
while monitor.check_is_processing:
    time.sleep(0.05)
print(monitor.is_processing)
manager.refresh(force=True)
print(manager.firmware_version)
"#;
    for name in ["generic", "supermicro"] {
        let mut config = of(name);
        config.setup.pace = machine::Pace { update_ms: 300, ..machine::Pace::INSTANT };
        let rack = Rack::start(config, clock()).await.unwrap();
        let said = run(&rack.bmcs()[0], "session", SERVICES).await;
        let expected = ["[True] 2", "2", "https://x.example/ c", "0", "True", "False", "9.9.9"];
        assert_eq!(said, expected, "{name}");
    }
}

#[tokio::test]
async fn it_falls_back_renews_and_gives_up() {
    let (_rack, bmc) = one("generic").await;
    // A session that the BMC forgets is opened anew.
    const RENEW: &str = r#"
token = root._conn._session.headers["X-Auth-Token"]
for session in list(root.get_session_service().sessions.get_members()):
    session.delete()
system.refresh(force=True)
print(system.power_state.value, root._conn._session.headers["X-Auth-Token"] != token)
"#;
    assert_eq!(run(&bmc, "session", RENEW).await, ["Off True"]);
    // 503 is asked again, an answer that breaks off is not.
    bmc.fault(Rule::from(Fault::Unavailable { retry_after_s: None }).on(kamacite_sim::Method::Get, "/EventService"));
    assert_eq!(run(&bmc, "basic", "print(root.get_event_service().identity)").await, ["EventService"]);
    bmc.fault(Rule::from(Fault::Cut).on(kamacite_sim::Method::Get, "/EventService").times(0));
    const BROKEN: &str = r#"
try:
    root.get_event_service()
except Exception as e:
    print(type(e).__name__)
"#;
    let said = run(&bmc, "basic", BROKEN).await;
    assert!(["ConnectionError", "ChunkedEncodingError"].contains(&said[0].as_str()), "{said:?}");
}
