//! The waits between attempts belong to tokio's clock, so that tests can own the time.

use std::sync::mpsc;
use std::time::Duration;

use redfish::{Client, Limits};
use serde_json::json;

use crate::scripted::{Scripted, error, ok};

const GET: &str = "GET /redfish/v1/Systems/1";

#[tokio::test]
async fn half_a_minute_of_waiting_takes_no_time() {
    let rack = Scripted::start().await;
    let busy = || error(503, "").header("Retry-After", "30");
    rack.on(GET, [busy(), busy(), ok(json!({"Id": "1"}))]);
    let limits = Limits { longest_wait: Duration::from_secs(30), ..Limits::default() };
    let bmc = Client::new(limits).bmc(rack.target()).unwrap();

    // A paused clock jumps ahead whenever all tasks wait, for the network too. A blocking task
    // keeps it still, so that only the test moves it.
    tokio::time::pause();
    let (release, held) = mpsc::channel::<()>();
    let holder = tokio::task::spawn_blocking(move || held.recv());
    let began = tokio::time::Instant::now();
    let reading = tokio::spawn(async move { bmc.get("/redfish/v1/Systems/1").await });
    while !reading.is_finished() {
        tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(1))).await.unwrap();
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    let waited = began.elapsed();
    drop(release);
    let _ = holder.await;

    reading.await.unwrap().unwrap();
    assert_eq!(rack.count(GET), 3);
    // Two waits of 30 s, and the steps in which the network answered.
    assert!((60..120).contains(&waited.as_secs()), "{waited:?}");
}
