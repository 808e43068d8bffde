//! Starting where somebody runs already, and stopping in order.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::site::{SOON, Site, free_port};

#[tokio::test]
async fn a_second_process_on_the_same_database_does_not_start() {
    let site = Site::new("");
    let service = site.start().await;
    let second = site.command().env("OS_API__PORT", free_port().to_string()).output().await.unwrap();
    let said = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(1), "{said}");
    assert!(said.contains(&format!("is held by process {}", service.pid())), "{said}");
    assert!(said.contains("stop the other"), "{said}");
    assert!(service.api.answers().await);
    // When the first has gone, another may.
    assert!(service.terminate().await.success());
    assert!(site.start().await.api.answers().await);
}

#[tokio::test]
async fn a_port_that_is_taken_is_told_with_the_remedy() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let site = Site::new("");
    let port = taken.local_addr().unwrap().port().to_string();
    let ended = site.command().env("OS_API__PORT", &port).output().await.unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(!ended.status.success() && said.contains(&port) && said.contains("[api]port"), "{said}");
}

#[tokio::test]
async fn who_is_being_served_is_served_to_the_end() {
    let site = Site::new("");
    let service = site.start().await;
    let node = json!({"driver": "fake-hardware", "vendor_interface": "fake-extra", "name": "n"});
    service.api.change(Method::POST, "/v1/nodes", node).await;
    let api = service.api.clone();
    let hang = "/v1/nodes/n/vendor_passthru/hang_sync";
    let asked = tokio::spawn(async move { api.send(Method::POST, hang, Some(&json!({"seconds": 2}))).await });
    // Until it has arrived.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let began = Instant::now();
    assert!(service.terminate().await.success());
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(asked.await.unwrap(), (200, Value::Null));
}

#[tokio::test]
async fn neither_work_without_end_nor_a_silent_client_keeps_it_from_stopping() {
    let site = Site::new("[DEFAULT]\ngraceful_shutdown_timeout = 1\n");
    let service = site.start().await;
    let node = json!({"driver": "fake-hardware", "vendor_interface": "fake-extra", "name": "n"});
    service.api.change(Method::POST, "/v1/nodes", node).await;
    service.api.change(Method::POST, "/v1/nodes/n/vendor_passthru/hang", json!({})).await;
    let mut silent = tokio::net::TcpStream::connect(("127.0.0.1", service.port)).await.unwrap();
    silent.write_all(b"GET /v1/nodes HTTP/1.1\r\nHost:").await.unwrap();
    let began = Instant::now();
    assert!(service.terminate().await.success());
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[tokio::test]
async fn systemd_is_told_when_it_serves_and_when_it_stops() {
    let site = Site::new("");
    let socket = site.file("notify");
    let systemd = tokio::net::UnixDatagram::bind(&socket).unwrap();
    let port = free_port();
    let mut command = site.command();
    command.env("NOTIFY_SOCKET", &socket).env("OS_API__PORT", port.to_string());
    let mut child = command.stderr(std::process::Stdio::null()).spawn().unwrap();
    let heard = async || {
        let mut text = [0; 64];
        let length = tokio::time::timeout(SOON, systemd.recv(&mut text)).await.expect("it tells").unwrap();
        String::from_utf8(text[..length].to_vec()).unwrap()
    };
    assert_eq!(heard().await, "READY=1");
    // It is no empty promise.
    assert!(crate::api::Api::new(&format!("http://127.0.0.1:{port}")).answers().await);
    let pid = child.id().unwrap().to_string();
    assert!(tokio::process::Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
    assert_eq!(heard().await, "STOPPING=1");
    assert!(tokio::time::timeout(SOON, child.wait()).await.unwrap().unwrap().success());
}
