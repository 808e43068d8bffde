//! The services beside the system: sensors, events, firmware updates with their tasks, the manager.

use std::sync::Arc;

use kamacite_sim::{
    Config, MediaHome, Rack, VENDORS,
    machine::{Event, Pace, PowerRequest},
};
use parking_lot::Mutex;
use redfish::{NewSubscription, ResetType};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::{
    plain::{ask, header, message, read, send, write},
    rack::{client, clock, eventually, instant, one, system},
};

#[tokio::test]
async fn sensors_are_of_the_generation_the_vendor_has() {
    for (name, power, sensors) in [("generic", 200, 200), ("hpe", 200, 404), ("lenovo", 404, 200)] {
        let (_rack, bmc) = one(name).await;
        for (path, status) in
            [("Power", power), ("Thermal", power), ("Sensors", sensors), ("ThermalSubsystem/Fans", sensors)]
        {
            let answer = ask(&bmc, Method::GET, &format!("/redfish/v1/Chassis/1/{path}")).send().await.unwrap();
            assert_eq!(answer.status(), status, "{name} {path}");
        }
    }
}

#[tokio::test]
async fn readings_follow_the_machine() {
    let (_rack, bmc) = one("generic").await;
    let fan = || read(&bmc, "/redfish/v1/Chassis/1/Sensors/Fan1");
    assert_eq!(fan().await["Reading"], 0);
    system(&bmc).await.reset(&ResetType::On).await.unwrap();
    let speed = fan().await["Reading"].as_f64().unwrap();
    assert!(speed > 4000.0, "{speed}");
    let thermal = read(&bmc, "/redfish/v1/Chassis/1/Thermal").await;
    assert_eq!(thermal["Fans"][0]["Reading"].as_f64().unwrap(), speed.round());
    // Something gets hot: both generations and the system's health tell.
    bmc.event(Event::Dictate(1, Some(99.0))).unwrap();
    let sensor = read(&bmc, "/redfish/v1/Chassis/1/Sensors/CPU1Temp").await;
    assert_eq!((&sensor["Reading"], &sensor["Status"]["Health"]), (&json!(99), &json!("Critical")));
    let thermal = read(&bmc, "/redfish/v1/Chassis/1/Thermal").await;
    assert_eq!(thermal["Temperatures"][1]["Status"]["Health"], "Critical");
    assert_eq!(system(&bmc).await.health().as_deref(), Some("Critical"));
}

fn new(destination: &str) -> NewSubscription {
    NewSubscription {
        destination: destination.to_owned(),
        protocol: "Redfish".to_owned(),
        context: "a story".to_owned(),
        event_types: vec![],
        http_headers: vec![json!({"X-Token": "s3cret"})],
    }
}

#[tokio::test]
async fn a_subscription_is_made_read_and_ended() {
    let (_rack, bmc) = one("generic").await;
    let events = client(&bmc).event_service().await.unwrap();
    assert!(events.event_types().unwrap().contains(&"Alert".to_owned()));
    let made = events.subscribe(&new("https://listener.example/events")).await.unwrap();
    assert_eq!(made.destination().as_deref(), Some("https://listener.example/events"));
    assert_eq!(made.context().as_deref(), Some("a story"));
    assert!(!made.resource().body().to_string().contains("s3cret"));
    let again = events.subscription(&made.id()).await.unwrap();
    assert_eq!(again.protocol().as_deref(), Some("Redfish"));
    assert_eq!(events.subscriptions().await.unwrap().members(), [made.path()]);
    events.unsubscribe(&made.id()).await.unwrap();
    assert_eq!(events.unsubscribe(&made.id()).await.unwrap_err().status(), Some(404));
}

#[tokio::test]
async fn subscriptions_run_out() {
    let (_rack, bmc) = one("generic").await;
    let events = client(&bmc).event_service().await.unwrap();
    for _ in 0..kamacite_sim::redfish::MOST_SUBSCRIPTIONS {
        events.subscribe(&new("http://127.0.0.1:9/")).await.unwrap();
    }
    assert_eq!(events.subscribe(&new("http://127.0.0.1:9/")).await.unwrap_err().status(), Some(400));
    let list = "/redfish/v1/EventService/Subscriptions";
    let wrong = send(&bmc, Method::POST, list, json!({"Destination": "nowhere", "Protocol": "Redfish"})).await;
    assert_eq!(message(wrong).await, "PropertyValueFormatError");
}

/// Takes posts, and keeps what they said.
async fn listener() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/events", listener.local_addr().unwrap());
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hears = heard.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut said = Vec::new();
            let mut chunk = [0; 4096];
            while !String::from_utf8_lossy(&said).trim_end().ends_with('}') {
                let read = stream.read(&mut chunk).await.unwrap();
                assert!(read > 0);
                said.extend_from_slice(&chunk[..read]);
            }
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
            hears.lock().push(String::from_utf8(said).unwrap());
        }
    });
    (address, heard)
}

#[tokio::test]
async fn a_subscriber_is_told_of_power_and_of_tests() {
    let mut config = instant(1);
    // The machine is on only some time after the request: nobody asks again, and the event comes all the same.
    config.setup.pace = Pace { on_ms: 50, ..Pace::INSTANT };
    let rack = Rack::start(config, clock()).await.unwrap();
    let bmc = &rack.bmcs()[0];
    let (address, heard) = listener().await;
    let events = client(bmc).event_service().await.unwrap();
    events.subscribe(&new(&address)).await.unwrap();
    let test = "/redfish/v1/EventService/Actions/EventService.SubmitTestEvent";
    assert_eq!(write(bmc, Method::POST, test, json!({"Message": "hello", "EventType": "Alert"})).await, 204);
    eventually("the test event", || heard.lock().iter().any(|said| said.contains("hello"))).await;
    let first = heard.lock()[0].to_lowercase();
    assert!(first.contains("x-token: s3cret") && first.contains("\"context\":\"a story\""), "{first}");
    system(bmc).await.reset(&ResetType::On).await.unwrap();
    eventually("the power event", || heard.lock().iter().any(|said| said.contains("ResourcePoweredOn"))).await;
    // Not only what clients do is told.
    bmc.event(Event::Power(PowerRequest::Off)).unwrap();
    eventually("its end", || heard.lock().iter().any(|said| said.contains("ResourcePoweredOff"))).await;
}

#[tokio::test]
async fn an_update_is_a_task_to_wait_for() {
    let mut config = instant(1);
    config.setup.pace = Pace { update_ms: 200, ..Pace::INSTANT };
    let rack = Rack::start(config, clock()).await.unwrap();
    let bmc = &rack.bmcs()[0];
    let action = "/redfish/v1/UpdateService/Actions/UpdateService.SimpleUpdate";
    let bios = "/redfish/v1/UpdateService/FirmwareInventory/BIOS";
    let body = json!({"ImageURI": "http://10.0.0.1/bios-2.4.1.bin", "Targets": [bios]});
    let begun = send(bmc, Method::POST, action, body).await;
    assert_eq!(begun.status(), 202);
    let monitor = header(&begun, "location").to_owned();
    let task: Value = begun.json().await.unwrap();
    assert_eq!(task["TaskState"], "Running");
    let waiting = ask(bmc, Method::GET, &monitor).send().await.unwrap();
    assert_eq!((waiting.status().as_u16(), header(&waiting, "location")), (202, &*monitor));
    assert_ne!(read(bmc, bios).await["Version"], "2.4.1");
    let mut status = 202;
    while status == 202 {
        status = ask(bmc, Method::GET, &monitor).send().await.unwrap().status().as_u16();
    }
    assert_eq!(status, 200);
    assert_eq!(read(bmc, bios).await["Version"], "2.4.1");
    assert_eq!(read(bmc, "/redfish/v1/Systems/1").await["BiosVersion"], "2.4.1");
    let task = read(bmc, task["@odata.id"].as_str().unwrap()).await;
    assert_eq!((&task["TaskState"], &task["PercentComplete"]), (&json!("Completed"), &json!(100)));
    assert_eq!(ask(bmc, Method::GET, "/redfish/v1/TaskService/TaskMonitors/999").send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_reset_may_be_a_task_too() {
    let (_rack, bmc) = one("ami").await;
    let reset = "/redfish/v1/Systems/Self/Actions/ComputerSystem.Reset";
    let begun = send(&bmc, Method::POST, reset, json!({"ResetType": "On"})).await;
    assert_eq!(begun.status(), 202);
    let done = ask(&bmc, Method::GET, header(&begun, "location")).send().await.unwrap();
    assert_eq!(done.status(), 200);
}

#[tokio::test]
async fn the_manager_minds_the_system_and_can_restart() {
    let mut config = Config { vendors: VENDORS.iter().collect(), ..instant(u32::try_from(VENDORS.len()).unwrap()) };
    config.setup.pace = Pace { bmc_ms: 100, ..Pace::INSTANT };
    let rack = Rack::start(config, clock()).await.unwrap();
    for (bmc, vendor) in rack.bmcs().iter().zip(VENDORS) {
        let managers = system(bmc).await.managers().await.unwrap();
        assert_eq!(managers.len(), 1);
        assert_eq!(managers[0].firmware_version().as_deref(), Some(vendor.bmc_version));
        let media = managers[0].resource().link("/VirtualMedia");
        assert_eq!(media.is_some(), vendor.media == MediaHome::Manager, "{}", vendor.name);
        let reset = managers[0].resource().link("/Actions/#Manager.Reset/target").unwrap();
        assert_eq!(write(bmc, Method::POST, &reset, json!({"ResetType": "GracefulRestart"})).await, 204);
        assert!(ask(bmc, Method::GET, "/redfish/v1").send().await.is_err(), "{} is away", vendor.name);
        eventually("it is back", || !bmc.with(|bmc, now| bmc.is_away(now))).await;
        read(bmc, "/redfish/v1").await;
    }
}
