//! Events, followed with curl over a stop and a restart of the service.

use std::{path::PathBuf, process::Stdio, time::Duration};

use reqwest::Method;
use serde_json::json;
use tokio::process::{Child, Command};

use crate::site::{Running, Site};

/// A curl that writes what it is told into a file.
struct Curl {
    child: Child,
    file: PathBuf,
}

impl Curl {
    fn follow(service: &Running, args: &[&str]) -> Self {
        static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let file = std::env::temp_dir().join(format!("kamacite-events-{}-{number}", std::process::id()));
        let url = format!("http://127.0.0.1:{}/kamacite/v1/events", service.port);
        let out = std::fs::File::create(&file).unwrap();
        let mut command = Command::new("curl");
        command.args(["--silent", "--no-buffer", "--max-time", "120"]).args(args).arg(url);
        let child = command.stdin(Stdio::null()).stdout(out).kill_on_drop(true).spawn().expect("curl can be run");
        Self { child, file }
    }

    fn text(&self) -> String {
        std::fs::read_to_string(&self.file).unwrap()
    }

    async fn until(&self, wanted: &str) -> String {
        for _ in 0..6_000 {
            let text = self.text();
            if text.contains(wanted) {
                return text;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no {wanted} in {}", self.text());
    }
}

impl Drop for Curl {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.file);
    }
}

#[tokio::test]
async fn curl_follows_and_is_told_to_list_again_after_a_restart() {
    let site = Site::new("");
    let service = site.start().await;
    let mut curl = Curl::follow(&service, &[]);
    curl.until("id: ").await;
    service.api.change(Method::POST, "/v1/nodes", json!({"driver": "fake-hardware", "name": "n"})).await;
    service.api.change(Method::PUT, "/v1/nodes/n/states/provision", json!({"target": "manage"})).await;
    let told = curl.until("event: operation.ended").await;
    let events: Vec<_> = told.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    assert_eq!(events[..3], ["node.created", "operation.begun", "node.provision_state"], "{told}");
    // A stop does not wait for who follows, and tells it.
    assert!(service.terminate().await.success());
    assert!(curl.child.wait().await.unwrap().success());
    let told = curl.text();
    assert!(told.trim_end().lines().rev().nth(1).unwrap().starts_with("event: stopping"), "{told}");

    let last = told.lines().filter_map(|line| line.strip_prefix("id: ")).next_back().unwrap().to_owned();
    let service = site.start().await;
    let curl = Curl::follow(&service, &["--header", &format!("Last-Event-ID: {last}")]);
    let told = curl.until("event: reset").await;
    let first = told.lines().find_map(|line| line.strip_prefix("id: ")).unwrap();
    assert!(first.parse::<u64>().unwrap() > last.parse::<u64>().unwrap(), "{told}");
    service.api.change(Method::PUT, "/v1/nodes/n/maintenance", json!({})).await;
    curl.until("event: node.maintenance").await;
}
