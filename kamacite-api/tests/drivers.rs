//! `/v1/drivers`: hardware types, and what their vendor interfaces can do without a node.

use insta::assert_json_snapshot;
use serde_json::json;

use crate::support::Api;

#[tokio::test]
async fn hardware_types_are_listed() {
    let api = Api::start().await;
    assert_json_snapshot!("in_short", api.get("/v1/drivers").await.document());
    assert_json_snapshot!("in_detail", api.get("/v1/drivers?detail=true").await.document());
    assert_json_snapshot!("to_the_first_clients", api.at("1.1").get("/v1/drivers").await.document());
    assert_eq!(api.get("/v1/drivers?type=classic").await.json(), json!({"drivers": []}));
    let words = "\"type\" filter must be one of \"classic\" or \"dynamic\", if specified.";
    api.get("/v1/drivers?type=nope").await.refused(400, words);
    let words = "Request not acceptable. The minimal required API version should be 1.30";
    api.at("1.29").get("/v1/drivers?detail=true").await.refused(406, words);
    let words = "Can not specify ?detail=True and fields in the same request.";
    api.get("/v1/drivers?detail=true&fields=name").await.refused(400, words);
    let told = api.get("/v1/drivers?detail=true&fields=nope").await.is(400).text();
    assert!(told.contains("'nope' is not one of"), "{told}");
}

#[tokio::test]
async fn a_hardware_type_is_shown() {
    let api = Api::start().await;
    assert_json_snapshot!("whole", api.get("/v1/drivers/fake-hardware").await.document());
    assert_json_snapshot!("properties", api.get("/v1/drivers/fake-hardware/properties").await.document());
    let words = "Could not find the following driver(s) or hardware type(s): nope.";
    api.get("/v1/drivers/nope").await.refused(404, words);
    for path in ["/v1/drivers/properties", "/v1/drivers//properties", "/v1/drivers/vendor_passthru/methods"] {
        api.get(path).await.refused(400, "Missing mandatory parameter: driver_name");
    }
}

const EXTRA: &str = "interface=fake-extra";

#[tokio::test]
async fn methods_of_any_vendor_interface_are_listed() {
    let api = Api::start().await;
    let path = "/v1/drivers/fake-hardware/vendor_passthru/methods";
    assert_eq!(api.get(path).await.is(200).json(), json!({}));
    assert_json_snapshot!(api.get(&format!("{path}?{EXTRA}")).await.document());
}

#[tokio::test]
async fn a_method_is_called_by_path_or_by_query() {
    let api = Api::start().await;
    let passthru = "/v1/drivers/fake-hardware/vendor_passthru";
    for path in [format!("{passthru}/ping?{EXTRA}"), format!("{passthru}?method=ping&{EXTRA}")] {
        for verb in ["POST", "PUT", "PATCH"] {
            let answer = api.send_json(verb, &path, json!({"a": [1]})).await.is(200);
            assert_eq!(answer.json(), json!({"verb": verb, "user": null, "said": {"a": [1]}}), "{path}");
        }
        for verb in ["GET", "DELETE"] {
            let answer = api.send(verb, &format!("{path}&b=2"), "").await.is(200);
            assert_eq!(answer.json(), json!({"verb": verb, "user": null, "said": {"b": "2"}}), "{path}");
        }
    }
}

#[tokio::test]
async fn a_driver_hands_out_a_file() {
    let api = Api::start().await;
    let answer = api.get(&format!("/v1/drivers/fake-hardware/vendor_passthru/manual?{EXTRA}")).await.is(200);
    assert_eq!(answer.header("content-type"), "text/markdown; charset=utf-8");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"fake-hardware.md\"");
    assert!(answer.text().contains("fake-hardware"));
}

#[tokio::test]
async fn an_asynchronous_method_names_its_operation() {
    let api = Api::start().await;
    let path = format!("/v1/drivers/fake-hardware/vendor_passthru/announce?{EXTRA}");
    let answer = api.post(&path, json!({"message": "hello"})).await.is(202);
    let operation = api.ended(answer.header("x-kamacite-operation")).await.json();
    assert_eq!(operation["state"], "succeeded");
    assert_eq!((&operation["driver"], &operation["node"]), (&json!("fake-hardware"), &json!(null)));
}

#[tokio::test]
async fn calls_that_make_no_sense_are_the_clients_fault() {
    let api = Api::start().await;
    let path = |rest: &str| format!("/v1/drivers/fake-hardware/vendor_passthru{rest}");
    api.post(&path("/ping"), json!({})).await.refused(400, "No handler for method ping");
    api.post(&path(""), json!({})).await.refused(400, "Missing mandatory parameter: method");
    let words = "The argument 'task' is reserved: the service gives it to the method itself; leave it out";
    api.post(&path(&format!("/ping?{EXTRA}")), json!({"task": 1})).await.refused(400, words);
    let said = api.post(&path(&format!("/ping?{EXTRA}")), json!([1])).await.is(400).words();
    assert!(said.starts_with("The body of a vendor passthru call must be a JSON object"), "{said}");
    let words = "The method announce does not support HTTP PUT";
    api.put(&path(&format!("/announce?{EXTRA}")), json!({"message": "m"})).await.refused(400, words);
    api.post(&path("/ping?interface=nope"), json!({})).await.is(400);
    api.post("/v1/drivers/nope/vendor_passthru/ping", json!({})).await.is(404);
}
