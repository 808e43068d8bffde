//! A walk reads everything, writes nothing, and is enough to look at the machine again.

use std::os::unix::fs::PermissionsExt;

use kamacite_sim::{Config, Fault, Method, Rack, Rule, VENDORS, record};
use redfish::PowerState;

use super::{PASSWORD, Recorder, Tape, args, bmc_of, client_at};
use crate::{
    rack::{clock, instant},
    sushy::run_at,
};

fn walk(address: &str, tape: &Tape) -> record::Args {
    record::Args { username: Some("admin".to_owned()), ..args(address, tape) }
}

#[tokio::test]
async fn every_vendor_is_walked_and_looked_at_again() {
    for vendor in VENDORS {
        let (_rack, bmc) = bmc_of(vendor.name).await;
        let tape = Tape::new();
        let said = Recorder::start(walk(&bmc.address(), &tape)).ends().await.unwrap();
        assert!(said.last().unwrap().contains(" resources of http://127.0.0.1:"), "{said:?}");
        assert_eq!(bmc.with(|bmc, now| bmc.redfish_sessions(now)), 0, "it logs out");
        let recording = tape.read();
        assert!(recording.exchanges.iter().all(|exchange| exchange.method == "GET"), "{}", vendor.name);
        let mut paths: Vec<&str> =
            recording.exchanges.iter().map(|exchange| exchange.path.trim_end_matches('/')).collect();
        let all = paths.len();
        paths.sort_unstable();
        paths.dedup();
        assert!(all == paths.len() && all > 50, "{}: {all} of which {} differ", vendor.name, paths.len());
        tape.keeps_secret(&[PASSWORD, "battery"]);
        let (players, address) = tape.play().await;
        let client = client_at(&address, "whatever");
        let system = client.system().await.unwrap();
        assert_eq!(system.manufacturer().as_deref(), Some(vendor.manufacturer));
        assert_eq!(system.power_state(), Some(PowerState::Off));
        assert!(!system.virtual_media().await.unwrap().is_empty(), "{}", vendor.name);
        drop((client, system));
        players.stop().await;
    }
}

#[tokio::test]
async fn sushy_looks_at_a_walk() {
    const LOOK: &str = r#"
print(system.uuid, system.manufacturer, system.power_state.value)
print(len(system.processors.get_members()), len(system.ethernet_interfaces.summary), system.memory_summary.size_gib)
print(manager.firmware_version, chassis.chassis_type.value, len(chassis.thermal.fans))
print(sorted(system.bios.attributes))
"#;
    let (_rack, bmc) = crate::rack::one("generic").await;
    let real = run_at(&bmc.address(), "basic", LOOK).await;
    let tape = Tape::new();
    let password = Tape::new();
    std::fs::write(password.path(), "password\n").unwrap();
    let with_file = record::Args { password_file: Some(password.path().to_owned()), ..walk(&bmc.address(), &tape) };
    Recorder::start(with_file).ends().await.unwrap();
    let (_players, address) = tape.play().await;
    for how in ["session", "basic"] {
        assert_eq!(run_at(&address, how, LOOK).await, real, "{how}");
    }
}

#[tokio::test]
async fn a_bmc_behind_a_gateway_is_walked_within_its_part() {
    let rack = Rack::start(Config { one_listener: true, ..instant(2) }, clock()).await.unwrap();
    let tape = Tape::new();
    let password = Tape::new();
    std::fs::write(password.path(), "password").unwrap();
    let address = rack.bmcs()[1].address();
    let with_file = record::Args { password_file: Some(password.path().to_owned()), ..walk(&address, &tape) };
    Recorder::start(with_file).ends().await.unwrap();
    assert!(tape.read().exchanges.iter().all(|exchange| exchange.path.starts_with("/bmc-00001/redfish/v1")));
    let (_players, address) = tape.play().await;
    assert!(address.ends_with("/bmc-00001/redfish/v1/"), "{address}");
    let system = client_at(&address, "whatever").system().await.unwrap();
    assert_eq!(system.power_state(), Some(PowerState::Off));
}

#[tokio::test]
async fn what_goes_wrong_on_the_way_is_recorded_or_told() {
    let (_rack, bmc) = bmc_of("generic").await;
    let tape = Tape::new();
    bmc.fault(Rule::from(Fault::Status { status: 500 }).on(Method::Get, "/Chassis/1"));
    bmc.fault(Rule::from(Fault::Unavailable { retry_after_s: Some(0) }).on(Method::Get, "/UpdateService"));
    bmc.fault(Rule::from(Fault::Drop).on(Method::Get, "/TaskService"));
    bmc.fault(Rule::from(Fault::Truncated).on(Method::Get, "/AccountService"));
    let said = Recorder::start(walk(&bmc.address(), &tape)).ends().await.unwrap();
    assert!(said.last().unwrap().contains("; 1 were not answered"), "{said:?}");
    let recording = tape.read();
    let of = |path: &str| recording.exchanges.iter().find(|exchange| exchange.path == path);
    assert_eq!(of("/redfish/v1/Chassis/1").unwrap().status, 500);
    assert_eq!(of("/redfish/v1/UpdateService").unwrap().status, 200, "asked again");
    assert!(of("/redfish/v1/TaskService").is_none());
    let cut = of("/redfish/v1/AccountService").unwrap();
    assert!(cut.body.is_none() && cut.text.is_some(), "{cut:?}");
}

#[tokio::test]
async fn what_is_no_bmc_is_told() {
    let (_rack, bmc) = bmc_of("generic").await;
    let tape = Tape::new();
    let elsewhere = args(&format!("{}/elsewhere/v1", bmc.address()), &tape);
    let said = Recorder::start(elsewhere).ends().await.unwrap();
    assert!(said[0].contains("the service root is answered with 404; look whether http://"), "{said:?}");
}

#[tokio::test]
async fn a_limit_is_kept_and_told() {
    let (_rack, bmc) = bmc_of("generic").await;
    let tape = Tape::new();
    let said = Recorder::start(record::Args { limit: 7, ..walk(&bmc.address(), &tape) }).ends().await.unwrap();
    assert!(said.last().unwrap().contains("raise --limit"), "{said:?}");
    assert_eq!(tape.read().exchanges.len(), 7);
    assert_eq!(std::fs::metadata(tape.path()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn what_keeps_it_from_recording_is_said() {
    let (_rack, bmc) = bmc_of("generic").await;
    let tape = Tape::new();
    let refused = async |args: record::Args| {
        let error = Recorder::start(args).ends().await.unwrap_err();
        let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        format!("{error}: {cause}")
    };
    // Nothing listens where something has just stopped to.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = record::Args { password_file: Some("no/such/file".into()), ..walk(&bmc.address(), &tape) };
    assert!(refused(nobody).await.contains("cannot read the password from no/such/file"));
    let password = Tape::new();
    std::fs::write(password.path(), "wrong").unwrap();
    let wrong = record::Args { password_file: Some(password.path().to_owned()), ..walk(&bmc.address(), &tape) };
    let text = refused(wrong).await;
    assert!(text.contains("here these are --username and --password-file"), "{text}");
    assert!(!tape.path().exists(), "nothing is left of what did not begin");
    std::fs::write(tape.path(), "precious").unwrap();
    let text = refused(walk(&format!("http://{gone}"), &tape)).await;
    assert!(text.contains("choose another file with --output"), "{text}");
    assert_eq!(tape.bytes(), "precious");
}
