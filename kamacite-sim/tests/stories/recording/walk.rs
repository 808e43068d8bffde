//! A walk reads everything, writes nothing, and is enough to look at the machine again.

use std::os::unix::fs::PermissionsExt;

use kamacite_sim::{Config, Fault, Method, Rack, Rule, VENDORS, record};
use redfish::PowerState;
use serde_json::json;

use super::{
    PASSWORD, Recorder, Tape, args, bmc_of, client_at,
    scripted::{Asked, Said, saying},
};
use crate::{
    plain::http,
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

fn no_slash_leads_to_one_with(asked: &Asked) -> Said {
    let link = |path: &str| (200, "", json!({"Systems": {"@odata.id": path}}).to_string());
    match asked.path.as_str() {
        "/redfish/v1/" => link("/redfish/v1/Systems"),
        "/redfish/v1/Systems" => (301, "/redfish/v1/Systems/", String::new()),
        "/redfish/v1/Systems/" => link("/redfish/v1/Systems/1/"),
        "/redfish/v1/Systems/1/" => (200, "", json!({"Id": "1"}).to_string()),
        _ => (404, "", String::new()),
    }
}

#[tokio::test]
async fn a_redirect_to_another_spelling_is_followed() {
    let tape = Tape::new();
    Recorder::start(args(&saying(no_slash_leads_to_one_with).await, &tape)).ends().await.unwrap();
    let recording = tape.read();
    let asked: Vec<_> = recording.exchanges.iter().map(|exchange| (exchange.status, exchange.path.as_str())).collect();
    assert_eq!(asked, [(200, "/redfish/v1/"), (200, "/redfish/v1/Systems/"), (200, "/redfish/v1/Systems/1/")]);
    let (_players, address) = tape.play().await;
    assert_eq!(http().get(format!("{address}/redfish/v1/Systems")).send().await.unwrap().status(), 200);
}

fn elsewhere(_: &Asked) -> Said {
    (301, "https://bmc.example.org/redfish/v1/", String::new())
}

#[tokio::test]
async fn a_bmc_that_is_elsewhere_is_told() {
    let tape = Tape::new();
    let error = Recorder::start(args(&saying(elsewhere).await, &tape)).ends().await.unwrap_err();
    assert!(error.to_string().contains("record https://bmc.example.org/redfish/v1/ instead"), "{error}");
    assert!(!tape.path().exists(), "nothing is left of what did not begin");
}

fn nobody_is_let_in(_: &Asked) -> Said {
    (401, "", String::new())
}

#[tokio::test]
async fn a_stranger_who_is_not_let_in_is_told_to_log_in() {
    let tape = Tape::new();
    let said = Recorder::start(args(&saying(nobody_is_let_in).await, &tape)).ends().await.unwrap();
    assert!(said[0].contains("log in with --username"), "{said:?}");
}

fn quotes_whoever_asks(asked: &Asked) -> Said {
    let pair = asked.authorization.split(' ').next_back().unwrap();
    (200, "", json!({"Message": format!("hello {pair}"), "Text": PASSWORD}).to_string())
}

#[tokio::test]
async fn a_bmc_that_quotes_credentials_is_not_quoted() {
    let tape = Tape::new();
    Recorder::start(walk(&saying(quotes_whoever_asks).await, &tape)).ends().await.unwrap();
    tape.keeps_secret(&[PASSWORD, "battery", "YWRtaW46"]);
    assert!(tape.bytes().contains("hello ******"), "{}", tape.bytes());
}

fn says_secrets_without_end(_: &Asked) -> Said {
    let tokens: Vec<_> = (0..5000).map(|number| json!({"Token": format!("{number:08}")})).collect();
    (200, "", json!({"Members": tokens}).to_string())
}

#[tokio::test]
async fn a_bmc_that_says_secrets_without_end_is_given_up() {
    let tape = Tape::new();
    let error = Recorder::start(args(&saying(says_secrets_without_end).await, &tape)).ends().await.unwrap_err();
    assert!(error.to_string().contains("there are more secrets than can be kept out of"), "{error}");
    assert_eq!(tape.bytes().lines().count(), 1);
}

#[tokio::test]
async fn nobody_has_to_type_a_password() {
    let (tape, terminal) = (Tape::new(), Tape::new());
    assert!(std::process::Command::new("mkfifo").arg(terminal.path()).status().unwrap().success());
    let asks = record::Args { password_file: Some(terminal.path().to_owned()), ..walk("http://127.0.0.1:1", &tape) };
    assert!(Recorder::start(asks).stop().await.is_empty());
}

fn root_of_its_own(asked: &Asked) -> Said {
    match asked.path.as_str() {
        "/bmc7/" => (200, "", json!({"Id": "Root"}).to_string()),
        _ => (404, "", String::new()),
    }
}

#[tokio::test]
async fn a_service_root_may_be_anywhere() {
    let tape = Tape::new();
    Recorder::start(args(&format!("{}/bmc7", saying(root_of_its_own).await), &tape)).ends().await.unwrap();
    let (_players, address) = tape.play().await;
    assert!(address.ends_with("/bmc7/"), "{address}");
    assert_eq!(http().get(address).send().await.unwrap().status(), 200);
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
    std::fs::write(password.path(), "\nsecond line").unwrap();
    let empty = record::Args { password_file: Some(password.path().to_owned()), ..walk(&bmc.address(), &tape) };
    assert!(refused(empty).await.contains("there is no password on the first line of"));
    let text = refused(args("https://root:calvin@h", &tape)).await;
    assert!(text.contains("here these are --username and --password-file") && !text.contains("calvin"), "{text}");
    assert!(!tape.path().exists(), "nothing is left of what did not begin");
    std::fs::write(tape.path(), "precious").unwrap();
    let text = refused(walk(&format!("http://{gone}"), &tape)).await;
    assert!(text.contains("choose another file with --output"), "{text}");
    assert_eq!(tape.bytes(), "precious");
}
