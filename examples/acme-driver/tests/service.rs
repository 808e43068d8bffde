//! The whole program: Kamacite with Acme's driver in it, asked over HTTP.

mod simulated;

use std::{
    process::{Child, Command},
    time::Duration,
};

use kamacite_driver::{
    conformance::{ManualClock, Simulated},
    serde_json::{Value, json},
};
use reqwest::{Client, Method};
use simulated::Blade;

/// A service that runs; dropped, it is gone.
struct Service {
    child: Child,
    client: Client,
    url: String,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Service {
    async fn start(folder: &std::path::Path) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
        let child = Command::new(env!("CARGO_BIN_EXE_acme-driver"))
            .args(["serve", "--config-file", concat!(env!("CARGO_MANIFEST_DIR"), "/acme.conf")])
            .envs([("OS_API__PORT", port.as_str()), ("OS_API__HOST_IP", "127.0.0.1")])
            .env("OS_DATABASE__CONNECTION", format!("sqlite:///{}/acme.sqlite", folder.display()))
            .spawn()
            .unwrap();
        let service = Self {
            child,
            client: Client::builder().no_proxy().build().unwrap(),
            url: format!("http://127.0.0.1:{port}"),
        };
        for _ in 0..600 {
            if service.client.get(&service.url).send().await.is_ok() {
                return service;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("it does not serve");
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> Value {
        let request = self.client.request(method, format!("{}{path}", self.url)).json(&body);
        let answer = request.header("X-OpenStack-Ironic-API-Version", "1.82").send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        text.parse().unwrap_or(Value::Null)
    }
}

#[tokio::test]
async fn a_node_is_driven_over_the_api() {
    let folder = std::env::temp_dir().join(format!("acme-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let clock = ManualClock::new();
    let blade = Blade::start(clock.clone()).await;
    let service = Service::start(&folder).await;

    let node = json!({"driver": "acme", "name": "blade-3", "driver_info": blade.driver_info()});
    let node = service.ask(Method::POST, "/v1/nodes", node).await;
    assert_eq!([&node["power_interface"], &node["management_interface"]], ["acme", "acme"]);
    service.ask(Method::POST, "/v1/nodes/blade-3/vendor_passthru?method=blink_led", json!({"seconds": 5})).await;
    service.ask(Method::PUT, "/v1/nodes/blade-3/states/power", json!({"target": "power on"})).await;
    let mut power = Value::Null;
    for _ in 0..200 {
        clock.pass(Duration::from_secs(1));
        power = service.ask(Method::GET, "/v1/nodes/blade-3/states", Value::Null).await["power_state"].clone();
        if power == "power on" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(power, "power on");
    let _ = std::fs::remove_dir_all(&folder);
}
