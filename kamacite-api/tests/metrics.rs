//! `/metrics`: what the service counts of itself.

use std::io::Write as _;

use serde_json::json;

use crate::support::{Answer, Api};

/// The value of one line.
#[track_caller]
fn value(page: &Answer, line: &str) -> f64 {
    let text = page.text();
    let found = text.lines().find_map(|known| known.strip_prefix(line)?.strip_prefix(' '));
    found.unwrap_or_else(|| panic!("no {line} in\n{text}")).parse().unwrap()
}

#[tokio::test]
async fn what_was_done_is_counted() {
    let api = Api::with_a_bmc().await;
    api.provision("n", &["manage"]).await;
    for path in ["/v1/nodes/n", "/nodes/n/", "/v1/nodes/nope", "/v1/no/such/path"] {
        api.get(path).await;
    }
    api.send("BREW", "/v1/nodes/n", "").await.is(405);
    api.get("/v1/nodes/n/states/nope").await.is(404);
    let page = api.get("/metrics").await.is(200);
    assert_eq!(page.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let requests = |route: &str, verb: &str, status: &str| {
        value(&page, &format!("kamacite_requests_total{{route=\"{route}\",verb=\"{verb}\",status=\"{status}\"}}"))
    };
    assert_eq!(requests("/v1/nodes/{ident}", "GET", "2xx"), 2.0);
    assert_eq!(requests("/v1/nodes/{ident}", "GET", "4xx"), 1.0);
    assert_eq!(requests("/v1/nodes/{ident}", "other", "4xx"), 1.0);
    assert_eq!(requests("/v1/nodes", "POST", "2xx"), 2.0);
    assert_eq!(requests("none", "GET", "4xx"), 2.0);
    let took = r#"kamacite_request_duration_seconds_count{route="/v1/nodes/{ident}",verb="GET"}"#;
    assert_eq!(value(&page, took), 3.0);
    assert_eq!(value(&page, r#"kamacite_nodes{provision_state="manageable"}"#), 1.0);
    assert_eq!(value(&page, r#"kamacite_nodes{provision_state="enroll"}"#), 1.0);
    let ended = r#"kamacite_operation_duration_seconds_count{kind="provision",outcome="succeeded"}"#;
    assert_eq!(value(&page, ended), 1.0);
    assert!(value(&page, r#"kamacite_database_commit_duration_seconds_count{durability="full"}"#) > 2.0);
    assert!(value(&page, r#"kamacite_node_cache_lookups_total{outcome="hit"}"#) > 0.0);
    assert_eq!(value(&page, "kamacite_database_queued_jobs"), 0.0);
    assert_eq!(value(&page, "kamacite_node_cache_nodes"), 2.0);
}

#[tokio::test]
async fn what_is_answered_at_the_door_is_counted_under_its_path() {
    let requests = |page: &Answer, route: &str, verb: &str, status: &str| {
        value(page, &format!("kamacite_requests_total{{route=\"{route}\",verb=\"{verb}\",status=\"{status}\"}}"))
    };
    let api = Api::configured(&[("healthcheck", "enabled", "true")]).await;
    api.get("/healthcheck").await.is(200);
    api.send("POST", "/healthcheck", "").await.is(405);
    api.get("/metrics").await.is(200);
    let page = api.get("/metrics").await.is(200);
    assert_eq!(requests(&page, "/healthcheck", "GET", "2xx"), 1.0);
    assert_eq!(requests(&page, "/healthcheck", "POST", "4xx"), 1.0);
    assert_eq!(requests(&page, "/metrics", "GET", "2xx"), 1.0);
    assert!(!page.text().contains("route=\"none\""), "{}", page.text());
    // Where it is off, the path leads nowhere.
    let api = Api::start().await;
    api.get("/healthcheck").await.is(404);
    let page = api.get("/metrics").await;
    assert_eq!(requests(&page, "none", "GET", "4xx"), 1.0);
}

#[tokio::test]
async fn operations_under_way_and_locks_are_told_as_they_are() {
    let api = Api::start().await;
    api.enrol("n").await;
    let waiting = json!({"target": "manage"});
    let operation = api.put("/v1/nodes/n/states/provision", waiting).await.is(202);
    api.ended(operation.header("x-kamacite-operation")).await;
    let quiet = api.get("/metrics").await.text();
    assert!(!quiet.contains("kamacite_operations{"), "{quiet}");
    // Somebody else has the lock.
    let node = api.settled("n").await;
    api.store.reserve(node.uuid, "somebody").await.unwrap();
    api.put("/v1/nodes/n/maintenance", json!({})).await.is(409);
    let page = api.get("/metrics").await;
    assert_eq!((value(&page, "kamacite_lock_refusals_total"), value(&page, "kamacite_lock_waiters")), (1.0, 0.0));
    assert_eq!((value(&page, "kamacite_lock_wait_seconds_count"), value(&page, "kamacite_locks_held")), (1.0, 0.0));
}

#[tokio::test]
async fn nothing_that_names_a_node_is_told() {
    let api = Api::with_a_bmc().await;
    let uuid = api.enrol("rack-7").await.to_string();
    api.put("/v1/nodes/rack-7/states/power", json!({"target": "power on"})).await.is(202);
    api.get("/v1/nodes/rack-7/vendor_passthru/methods?secret=1").await;
    let page = api.get("/metrics").await.text();
    for name in ["rack-7", uuid.as_str(), "secret", "127.0.0.1"] {
        assert!(!page.contains(name), "{name} in\n{page}");
    }
}

#[tokio::test]
async fn where_it_is_off_the_path_is_like_any_other() {
    let answer = async |options: &[(&str, &str, &str)], path: &str| {
        let answer = Api::configured(options).await.get(path).await;
        (answer.status, answer.text(), answer.headers.len())
    };
    let nothing = answer(&[], "/nothing").await;
    assert_eq!(answer(&[("kamacite", "metrics", "false")], "/metrics").await, nothing);
    assert_eq!(answer(&[("kamacite", "metrics_listen", "127.0.0.1:9385")], "/metrics").await, nothing);
    let api = Api::start().await;
    api.send("HEAD", "/metrics", "").await.is(200);
    api.post("/metrics", json!({})).await.is(405);
}

/// The parser of the Python client, where there is one: it is stricter than Prometheus.
#[tokio::test]
async fn a_real_parser_reads_it() {
    let Ok(python) = std::env::var("KAMACITE_CLIENTS_PYTHON") else { return };
    let api = Api::with_a_bmc().await;
    api.provision("n", &["manage"]).await;
    let page = api.get("/metrics").await.text();
    let program = "import sys; from prometheus_client.parser import text_string_to_metric_families as read\n\
                   for family in read(sys.stdin.read()): print(family.name, family.type, len(family.samples), family.documentation)";
    let mut command = std::process::Command::new(python);
    let piped = || std::process::Stdio::piped();
    let mut child = command.args(["-c", program]).stdin(piped()).stdout(piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let read = String::from_utf8(output.stdout).unwrap();
    let headers = page.lines().filter(|line| line.starts_with("# TYPE")).count();
    assert_eq!(read.lines().count(), headers, "{read}");
    assert!(!read.contains("unknown"), "{read}");
    assert!(read.contains("kamacite_requests counter "), "{read}");
    assert!(read.contains("kamacite_request_duration_seconds histogram "), "{read}");
}
