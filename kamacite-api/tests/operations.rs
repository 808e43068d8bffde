//! `/kamacite/v1`: operations, and the schemas of vendor methods.

use insta::assert_json_snapshot;
use serde_json::json;

use crate::support::Api;

#[tokio::test]
async fn the_root_says_what_there_is() {
    assert_json_snapshot!(Api::start().await.get("/kamacite/v1").await.shown());
}

#[tokio::test]
async fn an_operation_tells_how_it_ended() {
    let api = Api::start().await;
    api.enrol("n").await;
    let passthru = async |method: &str, args| {
        let answer = api.post(&format!("/v1/nodes/n/vendor_passthru/{method}"), args).await.is(202);
        assert_eq!(answer.text(), "");
        api.ended(answer.header("x-kamacite-operation")).await.document()
    };
    assert_json_snapshot!("one_that_succeeded", passthru("power_cycle", json!({})).await);
    assert_json_snapshot!("one_that_failed", passthru("fail_later", json!({"message": "no iron"})).await);
}

#[tokio::test]
async fn nothing_that_was_said_in_confidence_is_told() {
    let api = Api::start().await;
    api.enrol_with("n", json!({"vendor_interface": "fake"})).await;
    let said = json!({"password": "calvin", "pin": "hobbes"});
    let answer = api.post("/v1/nodes/n/vendor_passthru/log_passthrough", said).await.is(202);
    let one = api.ended(answer.header("x-kamacite-operation")).await.text();
    let all = api.get("/kamacite/v1/nodes/n/operations").await.is(200).text();
    for told in [one, all] {
        assert!(!told.contains("calvin") && !told.contains("hobbes"), "{told}");
    }
}

#[tokio::test]
async fn a_node_lists_its_operations_the_latest_first() {
    let api = Api::start().await;
    let uuid = api.enrol("n").await;
    api.provision("n", &["manage", "provide"]).await;
    let answer = api.post("/v1/nodes/n/vendor_passthru/power_cycle", json!({})).await.is(202);
    api.ended(answer.header("x-kamacite-operation")).await;
    let names = async |ident: &str| {
        let listed = api.get(&format!("/kamacite/v1/nodes/{ident}/operations")).await.is(200).json();
        listed["operations"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect::<Vec<_>>()
    };
    assert_json_snapshot!(names("n").await);
    assert_eq!(names("n").await, names(&uuid.to_string()).await);
    api.get("/kamacite/v1/nodes/nope/operations").await.refused(404, "Node nope could not be found.");
}

#[tokio::test]
async fn methods_are_described_by_schemas() {
    let api = Api::start().await;
    assert_json_snapshot!(api.get("/kamacite/v1/drivers/fake-hardware/vendor_methods").await.document());
    api.get("/kamacite/v1/drivers/nope/vendor_methods").await.is(404);
}

#[tokio::test]
async fn operations_that_are_not_there_are_not_found() {
    let api = Api::start().await;
    let uuid = "11111111-2222-4333-8444-555555555555";
    api.get(&format!("/kamacite/v1/operations/{uuid}")).await.is(404);
    api.get("/kamacite/v1/operations/nope").await.is(404);
    api.send("DELETE", &format!("/kamacite/v1/operations/{uuid}"), "").await.is(405);
}
