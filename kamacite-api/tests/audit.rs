//! The audit log: a line for each request that would change something.

use std::{
    collections::BTreeSet,
    io,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;

use crate::support::Api;

/// What is logged while this lives, on this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn begin(&self) -> tracing::subscriber::DefaultGuard {
        let lines = tracing_subscriber::fmt().json().flatten_event(true).with_writer(self.clone());
        tracing::subscriber::set_default(lines.with_max_level(tracing::Level::INFO).finish())
    }

    /// Lines of the audit log since the last time.
    fn take(&self) -> Vec<Value> {
        let text = String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["target"] == "kamacite::audit").collect()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Every route that answers to an acting verb, from the tables of routes themselves.
fn acting() -> BTreeSet<(&'static str, String)> {
    let sources = [
        "nodes/mod.rs",
        "nodes/vendor_passthru.rs",
        "drivers/mod.rs",
        "drivers/vendor_passthru.rs",
        "conductors/mod.rs",
        "kamacite_v1/mod.rs",
        "nodes/allocation.rs",
        "nodes/ports.rs",
        "ports/mod.rs",
        "portgroups/mod.rs",
        "portgroups/ports.rs",
        "chassis/mod.rs",
        "chassis/nodes.rs",
        "allocations/mod.rs",
        "volume/mod.rs",
        "volume/of_node.rs",
    ];
    let mut found = BTreeSet::new();
    for source in sources {
        let text = std::fs::read_to_string(format!("{}/src/{source}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        for route in text.split(".route(").skip(1) {
            let path = route.split('"').nth(1).unwrap().to_owned();
            for (verb, call) in [
                ("POST", ".post("),
                ("PUT", ".put("),
                ("PATCH", ".patch("),
                ("DELETE", ".delete("),
                ("POST", "any("),
                ("POST", ".fallback("),
            ] {
                if route.contains(call) {
                    found.insert((verb, path.clone()));
                }
            }
        }
    }
    found
}

/// A path of a route, with something in each gap.
fn filled(route: &str) -> String {
    let gaps = [
        ("{ident}", "n"),
        ("{driver}", "fake-hardware"),
        ("{method}", "fail_later"),
        ("{component}", "system"),
        ("{last}", "x1"),
        ("{chassis}", "c1"),
        ("{allocation}", "a1"),
        ("{port}", "p1"),
    ];
    gaps.iter().fold(route.to_owned(), |path, (gap, what)| path.replace(gap, what))
}

#[tokio::test]
async fn each_acting_endpoint_writes_one_line_and_no_argument() {
    let api = Api::start().await;
    let log = Log::default();
    let _logging = log.begin();
    let routes = acting();
    assert!(routes.len() > 25, "{routes:?}");
    for (verb, route) in routes {
        let arguments = json!({
            "target": "calvin", "password": "calvin", "name": "calvin", "reason": "calvin", "driver": "calvin",
            "rescue_password": "calvin", "configdrive": "calvin", "message": "calvin", "image_url": "http://u:calvin@h/",
        });
        if api.store.node_named("n").await.unwrap().is_none() {
            api.enrol("n").await;
        }
        api.settled("n").await;
        log.take();
        let path = format!("{}?token=calvin", filled(&route));
        let answer = api.send_json(verb, &path, arguments).await;
        let lines = log.take();
        assert_eq!(lines.len(), 1, "{verb} {route}: {lines:?}");
        let line = &lines[0];
        assert_eq!((line["verb"].as_str(), line["route"].as_str()), (Some(verb), Some(route.as_str())));
        assert_eq!(line["status"], answer.status, "{line}");
        assert_eq!(line["request_id"], answer.header("x-openstack-request-id"));
        assert!(!line.to_string().contains("calvin"), "{line}");
    }
}

#[tokio::test]
async fn a_line_says_what_was_asked_of_which_node() {
    let api = Api::start().await;
    let log = Log::default();
    let _logging = log.begin();
    let node = api.enrol("n").await.to_string();
    let made = log.take().remove(0);
    assert_eq!((&made["node"], &made["status"], &made["action"]), (&json!(node), &json!(201), &Value::Null));
    let put = async |path: &str, target: &str| {
        let answer = api.put(&format!("/v1/nodes/n/states/{path}"), json!({"target": target})).await;
        (answer.header("x-kamacite-operation").to_owned(), log.take().remove(0))
    };
    let (operation, line) = put("provision", "manage").await;
    assert_eq!((&line["node"], &line["named"], &line["action"]), (&json!(node), &json!("n"), &json!("manage")));
    assert_eq!((&line["status"], &line["operation"]), (&json!(202), &json!(operation)));
    api.settled("n").await;
    // Refused ones too; what is no verb may be anything.
    assert_eq!(put("provision", "rescue").await.1["action"], "rescue");
    assert_eq!(put("provision", "hunter2").await.1["action"], Value::Null);
    let (_, line) = put("power", "power on").await;
    assert_eq!((&line["action"], &line["status"]), (&json!("power on"), &json!(202)));
    api.settled("n").await;
    api.post("/v1/nodes/nope/vendor_passthru/power_cycle", json!({})).await.is(404);
    let line = log.take().remove(0);
    assert_eq!((&line["named"], &line["node"], &line["action"]), (&json!("nope"), &Value::Null, &json!("power_cycle")));
    // A child is made, and its parent is only an argument.
    let child = api.enrol_with("child", json!({"parent_node": "n"})).await;
    assert_eq!(log.take().remove(0)["node"], child.to_string());
}

#[tokio::test]
async fn what_belongs_to_a_node_is_named_and_its_node_is_told() {
    let api = Api::start().await;
    let (node, other) = (api.enrol("n").await.to_string(), api.enrol("other").await.to_string());
    let log = Log::default();
    let _logging = log.begin();
    let line = || {
        let line = log.take().remove(0);
        (line["named"].as_str().map(str::to_owned), line["node"].as_str().map(str::to_owned))
    };
    let named = |name: &str, node: &str| (Some(name.to_owned()), Some(node.to_owned()));
    api.post("/v1/ports", json!({"node_uuid": node, "address": "52:54:00:00:00:01", "name": "p"})).await.is(201);
    assert_eq!(line(), (None, Some(node.clone())));
    // The other node is an argument.
    let moved = json!([{"op": "replace", "path": "/node_uuid", "value": other}]);
    api.patch("/v1/ports/p", moved).await.is(200);
    assert_eq!(line(), named("p", &node));
    api.delete("/v1/ports/p").await.is(400);
    log.take();
    let port = api.get("/v1/ports/p").await.json()["uuid"].as_str().unwrap().to_owned();
    api.delete(&format!("/v1/ports/{port}")).await.is(204);
    assert_eq!(line(), named(&port, &other));
    api.delete(&format!("/v1/ports/{port}")).await.is(404);
    assert_eq!(line(), (Some(port), None));
    let target = json!({"node_uuid": node, "volume_type": "iscsi", "volume_id": "v", "boot_index": 0});
    let target = api.post("/v1/volume/targets", target).await.is(201).json()["uuid"].as_str().unwrap().to_owned();
    assert_eq!(line(), (None, Some(node.clone())));
    api.delete(&format!("/v1/volume/targets/{target}")).await.is(204);
    assert_eq!(line(), named(&target, &node));
    api.delete("/v1/allocations/a").await.is(404);
    assert_eq!(line(), (Some("a".to_owned()), None));
    let child = json!({"driver": "fake-hardware", "parent_node": "n", "name": "no name"});
    api.post("/v1/nodes", child).await.is(400);
    assert_eq!(line(), (None, None));
}

#[tokio::test]
async fn who_only_looks_writes_none() {
    let api = Api::start().await;
    api.enrol("n").await;
    let log = Log::default();
    let _logging = log.begin();
    for path in ["/v1/nodes", "/v1/nodes/n", "/v1/nodes/n/vendor_passthru/methods", "/metrics", "/healthcheck"] {
        api.get(path).await;
    }
    // Nor does what leads nowhere.
    api.post("/v1/no/such/path", json!({})).await.is(404);
    assert_eq!(log.take(), Vec::<Value>::new());
}
