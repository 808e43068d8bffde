//! What goes through the proxy is recorded, and can be said again to the recording.

use kamacite_sim::{Fault, Method, Rule, VENDORS, machine};
use redfish::{Bmc, BootChange, BootEnabled, BootTarget, Image, MediaType, Password, ResetType, VirtualMedia};
use serde_json::{Value, json};

use super::{PASSWORD, Recorder, Tape, args, between, bmc_of, client_at};
use crate::{plain::http, sushy::run_at};

const IMAGE: &str = "http://images:0pen-sesame@10.0.0.1/boot.iso?token=t0ken-of-image";

async fn cd(bmc: &Bmc) -> VirtualMedia {
    let slots = bmc.system().await.unwrap().virtual_media().await.unwrap();
    slots.into_iter().find(|slot| slot.media_types().contains(&MediaType::Cd)).unwrap()
}

/// What a driver does with a machine, and what it sees of it.
async fn story(bmc: &Bmc) -> Vec<String> {
    let mut seen = Vec::new();
    let mut system = bmc.system().await.unwrap();
    seen.push(format!("{:?} {:?}", system.manufacturer(), system.power_state()));
    let once = BootChange { target: Some(BootTarget::Pxe), enabled: Some(BootEnabled::Once), mode: None };
    system.set_boot(&once).await.unwrap();
    system.refresh().await.unwrap();
    seen.push(format!("{:?}", system.boot()));
    system.reset(&ResetType::On).await.unwrap();
    system.refresh().await.unwrap();
    seen.push(format!("{:?} {:?}", system.power_state(), system.boot()));
    cd(bmc)
        .await
        .insert(&Image { url: IMAGE.to_owned(), account: Some(("images".to_owned(), Password::new("m0unt-me"))) })
        .await
        .unwrap();
    seen.push(format!("{}", cd(bmc).await.inserted()));
    cd(bmc).await.eject().await.unwrap();
    seen.push(format!("{}", cd(bmc).await.inserted()));
    seen.push(format!("{:?}", system.reset(&ResetType::Other("Melt".to_owned())).await.map_err(|e| e.status())));
    system.reset(&ResetType::ForceOff).await.unwrap();
    system.refresh().await.unwrap();
    seen.push(format!("{:?}", system.power_state()));
    bmc.close().await;
    seen
}

#[tokio::test]
async fn a_client_does_the_same_with_the_recording_of_every_vendor() {
    for vendor in VENDORS {
        let (_rack, bmc) = bmc_of(vendor.name).await;
        let tape = Tape::new();
        let (recorder, address) = between(&bmc, &tape).await;
        let real = story(&client_at(&address, PASSWORD)).await;
        assert_eq!(bmc.with(|bmc, _| bmc.machine.booted()), Some(machine::Source::Network), "{}", vendor.name);
        let said = recorder.stop().await;
        assert!(said[0].contains(" exchanges in "), "{said:?}");
        tape.keeps_secret(&[PASSWORD, "battery", "0pen-sesame", "t0ken-of-image", "m0unt-me"]);
        let (players, address) = tape.play().await;
        assert_eq!(story(&client_at(&address, "another")).await, real, "{}", vendor.name);
        // And again: it may be played as often as one likes.
        assert_eq!(story(&client_at(&address, "another")).await[1..], real[1..], "{}", vendor.name);
        players.stop().await;
    }
}

/// Everything of a BMC where somebody says a secret.
#[tokio::test]
async fn no_secret_is_anywhere_in_the_file() {
    let (_rack, bmc) = bmc_of("generic").await;
    let tape = Tape::new();
    let (recorder, address) = between(&bmc, &tape).await;
    let send = async |method: reqwest::Method, path: &str, body: Value, token: &str| {
        let request = http().request(method, format!("{address}/redfish/v1{path}")).json(&body);
        let request = if token.is_empty() {
            request.basic_auth("admin", Some(PASSWORD))
        } else {
            request.header("x-auth-token", token)
        };
        request.send().await.unwrap()
    };
    let log_in = json!({"UserName": "admin", "Password": PASSWORD});
    let made = send(reqwest::Method::POST, "/SessionService/Sessions", log_in, "none-of-theirs").await;
    assert_eq!(made.status(), 201);
    let header = |name: &str| made.headers()[name].to_str().unwrap().to_owned();
    let (token, session) = (header("x-auth-token"), header("location"));
    // A client that hands on what it should not.
    let leaks = format!("/Systems/1?token={token}");
    assert_eq!(send(reqwest::Method::GET, &leaks, json!({}), &token).await.status(), 200);
    assert_eq!(send(reqwest::Method::GET, &format!("/{token}"), json!({}), &token).await.status(), 404);
    // The BMC quotes what it does not take.
    let wrong = json!({"IndicatorLED": "melt-d0wn", "AssetTag": PASSWORD});
    let quoted = send(reqwest::Method::PATCH, "/Systems/1", wrong, &token).await.text().await.unwrap();
    assert!(quoted.contains("melt-d0wn") || quoted.contains("battery"), "{quoted}");
    let import = json!({"AssetTag": "<Attribute Name=\"Users.2#Password\">corr3ct horse</Attribute>"});
    send(reqwest::Method::PATCH, "/Systems/1", import, &token).await;
    let subscription = json!({
        "Destination": "https://events:fr1day@10.0.0.1/", "Protocol": "Redfish", "Context": "story",
        "HttpHeaders": [{"X-Site": "s1te-secret"}],
    });
    assert_eq!(send(reqwest::Method::POST, "/EventService/Subscriptions", subscription, &token).await.status(), 201);
    let change = json!({"Password": "a-new-passw0rd"});
    let account = send(reqwest::Method::PATCH, "/AccountService/Accounts/1", change, &token).await;
    assert!(account.status().is_success(), "{account:?}");
    let wrong = http().get(format!("{address}/redfish/v1/Systems")).basic_auth("admin", Some("a-wr0ng-one"));
    assert_eq!(wrong.send().await.unwrap().status(), 401);
    let form = http()
        .post(format!("{address}/redfish/v1/EventService/Subscriptions"))
        .basic_auth("admin", Some("a-new-passw0rd"));
    assert_eq!(form.body("UserName=admin&Secret=f0rm-secret").send().await.unwrap().status(), 400);
    let path = session.strip_prefix("/redfish/v1").unwrap();
    assert_eq!(send(reqwest::Method::DELETE, path, json!({}), &token).await.status(), 204);
    recorder.stop().await;
    let secrets = [
        PASSWORD,
        "c0rrect",
        "battery",
        &token,
        &session,
        "none-of-theirs",
        "fr1day",
        "s1te-secret",
        "a-new-passw0rd",
        "a-wr0ng-one",
        "corr3ct",
        "horse",
        "f0rm-secret",
        "YWRtaW46",
    ];
    tape.keeps_secret(&secrets);
    // What is no secret is there.
    let kept = tape.bytes();
    for word in ["melt-d0wn", "\"UserName\":\"admin\"", "\"x-auth-token\":\"******\"", "https://******@10.0.0.1/"] {
        assert!(kept.contains(word), "{word}: {kept}");
    }
}

#[tokio::test]
async fn sushy_does_the_same_with_its_recording() {
    const SCRIPT: &str = r#"
print(system.power_state.value, manager.firmware_version, chassis.chassis_type.value)
system.set_system_boot_options(sushy.BootSource.PXE, sushy.BootSourceOverrideEnabled.ONCE)
system.reset_system(sushy.ResetType.ON)
system.refresh(force=True)
print(system.power_state.value, system.boot.target.value)
system.bios.set_attributes({"BootDelay": 9})
print(system.bios.pending_attributes)
"#;
    for (vendor, how) in [("generic", "session"), ("ami", "basic"), ("supermicro", "session")] {
        let (_rack, bmc) = crate::rack::one(vendor).await;
        let tape = Tape::new();
        let (recorder, address) = between(&bmc, &tape).await;
        let real = run_at(&address, how, SCRIPT).await;
        recorder.stop().await;
        for how in ["session", "basic"] {
            let (_players, address) = tape.play().await;
            assert_eq!(run_at(&address, how, SCRIPT).await, real, "{vendor} {how}");
        }
    }
}

#[tokio::test]
async fn the_file_is_whole_while_it_is_written() {
    let (_rack, bmc) = bmc_of("generic").await;
    let tape = Tape::new();
    let (recorder, address) = between(&bmc, &tape).await;
    let client = client_at(&address, PASSWORD);
    // Nobody stops it, and whatever was answered is in the file.
    let before = tape.read().exchanges.len();
    client.get("/redfish/v1/Chassis").await.unwrap();
    let recording = tape.read();
    assert_eq!((recording.exchanges.len() - before, recording.cut_off), (3, false), "root, log-in, chassis");
    assert_eq!(recording.header.bmc.vendor.as_deref(), bmc.with(|bmc, _| Some(bmc.vendor.manufacturer)));
    drop(recorder);
}

#[tokio::test]
async fn a_bmc_that_does_not_answer_is_told_and_not_recorded() {
    let (_rack, bmc) = bmc_of("generic").await;
    let tape = Tape::new();
    let (recorder, address) = between(&bmc, &tape).await;
    bmc.fault(Rule::from(Fault::Drop).on(Method::Get, "/Chassis"));
    let lost = http().get(format!("{address}/redfish/v1/Chassis")).send().await.unwrap();
    assert_eq!(lost.status(), 502);
    let text = lost.text().await.unwrap();
    assert!(text.contains("the connection was lost"), "{text}");
    recorder.stop().await;
    assert_eq!(tape.read().exchanges.len(), 1);
}

#[tokio::test]
async fn what_is_under_way_when_it_ends_is_recorded() {
    let (_rack, bmc) = bmc_of("generic").await;
    let tape = Tape::new();
    let (recorder, address) = between(&bmc, &tape).await;
    bmc.fault(Rule::from(Fault::Delay { ms: 500 }).on(Method::Get, "/redfish/v1"));
    let _asked = tokio::spawn(http().get(format!("{address}/redfish/v1/?slow")).send());
    while bmc.with(|bmc, _| bmc.requests) < 2 {
        tokio::task::yield_now().await;
    }
    let said = recorder.stop().await;
    assert!(said[0].starts_with("1 exchanges in "), "{said:?}");
    assert_eq!(tape.read().exchanges.last().unwrap().path, "/redfish/v1/?slow");
}

#[tokio::test]
async fn what_cannot_be_recorded_is_refused() {
    let (_rack, bmc) = bmc_of("generic").await;
    let tape = Tape::new();
    let (_recorder, address) = between(&bmc, &tape).await;
    let stream = http().get(format!("{address}/redfish/v1/Events")).header("Accept", "text/event-stream");
    for asked in [stream, http().get(format!("{address}/redfish/v1/EventService/SSE"))] {
        let refused = asked.send().await.unwrap();
        assert_eq!(refused.status(), 501);
        assert!(refused.text().await.unwrap().contains("A stream of events cannot be recorded"));
    }
    assert_eq!(tape.read().exchanges.len(), 1);
}

#[tokio::test]
async fn a_walk_may_come_before() {
    let (_rack, bmc) = bmc_of("generic").await;
    let tape = Tape::new();
    let listen = Some("127.0.0.1:0".parse().unwrap());
    let username = Some("admin".to_owned());
    let both = kamacite_sim::record::Args { listen, username, walk: true, ..args(&bmc.address(), &tape) };
    let mut recorder = Recorder::start(both);
    let mut said = recorder.says().await;
    while !said.contains("recording what is said") {
        said = recorder.says().await;
    }
    let address = said.trim().rsplit(' ').next().unwrap();
    let real = story(&client_at(address, PASSWORD)).await;
    recorder.stop().await;
    assert!(tape.read().exchanges.len() > 100);
    tape.keeps_secret(&[PASSWORD, "battery"]);
    let (_players, address) = tape.play().await;
    assert_eq!(story(&client_at(&address, "another")).await, real);
}
