//! `/kamacite/v1/nodes/{node}/why` and `.../abandon`: what a node waits for, and the way out.

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::support::Api;

/// What is told of node `n`.
async fn why(api: &Api) -> Value {
    api.get("/kamacite/v1/nodes/n/why").await.is(200).document()
}

/// A node whose manual cleaning stands still.
async fn held() -> Api {
    let api = Api::start().await;
    api.enrol("n").await;
    api.provision("n", &["manage"]).await;
    let steps = json!([{"interface": "power", "step": "reboot"}, {"interface": "power", "step": "hold"},
                       {"interface": "power", "step": "power_off", "args": {"password": "calvin"}}]);
    let asked = json!({"target": "clean", "clean_steps": steps});
    api.put("/v1/nodes/n/states/provision", asked).await.is(202);
    api.settled("n").await;
    api
}

/// A node on which a vendor method hangs for ever; the operation's id.
async fn hanging() -> (Api, String) {
    let api = Api::start().await;
    api.enrol("n").await;
    let answer = api.post("/v1/nodes/n/vendor_passthru/hang", json!({"seconds": 86_400})).await.is(202);
    let operation = answer.header("x-kamacite-operation").to_owned();
    (api, operation)
}

#[tokio::test]
async fn of_a_node_at_rest_it_says_that_nothing_is_waited_for() {
    let api = Api::start().await;
    api.enrol("n").await;
    assert_json_snapshot!(why(&api).await);
}

#[tokio::test]
async fn of_a_hold_it_says_that_a_person_is_waited_for() {
    let api = held().await;
    let told = why(&api).await;
    assert!(!told.to_string().contains("calvin"));
    assert_json_snapshot!(told);
}

#[tokio::test]
async fn of_a_call_that_hangs_it_says_since_when_and_who_holds_the_lock() {
    let (api, _) = hanging().await;
    assert_json_snapshot!(why(&api).await);
}

#[tokio::test]
async fn a_node_is_abandoned_and_then_nothing_is_waited_for() {
    let api = held().await;
    let answer = api.post("/kamacite/v1/nodes/n/abandon", json!({"reason": "nobody comes to unhold it"})).await.is(200);
    assert_json_snapshot!("what_became_of_it", answer.document());
    let operation = api.get("/kamacite/v1/nodes/n/operations?limit=1").await.is(200).document();
    assert_eq!(operation["operations"][0]["state"], "aborted");
    assert_eq!(operation["operations"][0]["error"].as_str().map(|words| words.contains("nobody comes")), Some(true));
    let told = why(&api).await;
    assert_eq!((&told["waits_for"], &told["operation"], &told["lock"]), (&Value::Null, &Value::Null, &Value::Null));
    assert_eq!((&told["state"], &told["blocks"][0]["by"]), (&json!("clean failed"), &json!("maintenance")));
    let history = api.get("/v1/nodes/n/history?detail=true").await.is(200).json();
    let entries = history["history"].as_array().unwrap();
    let entry = entries.iter().find(|entry| entry["event_type"] == "abandon").unwrap();
    assert_eq!((&entry["severity"], &entry["state"]), (&json!("ERROR"), &json!("clean hold")));
    api.provision("n", &["manage"]).await;
    api.delete("/v1/nodes/n").await.is(204);
}

#[tokio::test]
async fn a_call_that_hangs_is_ended_and_its_operation_says_so() {
    let (api, operation) = hanging().await;
    api.post("/v1/nodes/n/vendor_passthru/power_cycle", json!({})).await.is(409);
    let answer = api.post("/kamacite/v1/nodes/n/abandon", json!({"reason": "it hangs"})).await.is(200).json();
    assert_eq!(
        (&answer["from"], &answer["to"], &answer["maintenance"]),
        (&json!("enroll"), &json!("enroll"), &json!(true))
    );
    assert_eq!(answer["ended"][0]["id"], json!(operation));
    assert_eq!(api.ended(&operation).await.json()["state"], "aborted");
    api.post("/v1/nodes/n/vendor_passthru/power_cycle", json!({})).await.is(202);
}

#[tokio::test]
async fn a_node_is_abandoned_to_its_beginning() {
    let api = Api::start().await;
    api.enrol("n").await;
    api.provision("n", &["manage", "provide", "active"]).await;
    let to = async |to: &str| {
        api.post("/kamacite/v1/nodes/n/abandon", json!({"reason": "the machine is gone", "to": to})).await
    };
    let refused = "to is active: say enroll to have what is on the node forgotten, or leave it out to have the node stay \
                   where its work ends";
    to("active").await.refused(400, refused);
    assert_eq!(to("enroll").await.is(200).json()["to"], "enroll");
    api.delete("/v1/nodes/n").await.is(204);
}

#[tokio::test]
async fn a_reason_is_wanted() {
    let api = Api::start().await;
    api.enrol("n").await;
    let path = "/kamacite/v1/nodes/n/abandon";
    api.post(path, json!({})).await.refused(400, "Missing mandatory parameter: reason");
    for reason in [json!(""), json!(null), json!("  ")] {
        let told = "a reason is missing; say in 'reason' why the node is abandoned";
        api.post(path, json!({"reason": reason})).await.refused(400, told);
    }
    api.post(path, json!({"reason": 7})).await.is(400);
    api.post(path, json!({"reason": "x", "because": "y"})).await.refused(400, "Unexpected arguments: because");
    let form = api.with("content-type", "application/x-www-form-urlencoded");
    form.send("POST", path, "reason=said+at+night").await.is(200);
}

#[tokio::test]
async fn nodes_that_are_not_there_are_not_found() {
    let api = Api::start().await;
    api.get("/kamacite/v1/nodes/nope/why").await.refused(404, "Node nope could not be found.");
    let answer = api.post("/kamacite/v1/nodes/nope/abandon", json!({"reason": "x"})).await;
    answer.refused(404, "Node nope could not be found.");
    api.post("/kamacite/v1/nodes/nope/why", json!({})).await.is(405);
}
