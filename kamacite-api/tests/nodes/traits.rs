//! `/v1/nodes/{node}/traits`

use serde_json::{Value, json};

use crate::support::Api;

const PATH: &str = "/v1/nodes/n/traits";

async fn traits(api: &Api) -> Value {
    api.get(PATH).await.is(200).json()["traits"].take()
}

#[tokio::test]
async fn traits_come_and_go() {
    let api = Api::start().await;
    api.enrol("n").await;
    assert_eq!(traits(&api).await, json!([]));
    api.put(PATH, json!({"traits": ["CUSTOM_B", "HW_CPU_X86_VMX"]})).await.is(204);
    let answer = api.send("PUT", &format!("{PATH}/CUSTOM_A"), "").await.is(204);
    assert_eq!(answer.header("location"), "http://api/v1/nodes/n/traits/CUSTOM_A");
    assert_eq!(traits(&api).await, json!(["CUSTOM_A", "CUSTOM_B", "HW_CPU_X86_VMX"]));
    assert_eq!(api.get("/v1/nodes/n").await.json()["traits"], traits(&api).await);
    api.delete(&format!("{PATH}/CUSTOM_A")).await.is(204);
    assert_eq!(traits(&api).await, json!(["CUSTOM_B", "HW_CPU_X86_VMX"]));
    api.delete(PATH).await.is(204);
    assert_eq!(traits(&api).await, json!([]));
}

#[tokio::test]
async fn what_is_no_trait_is_refused() {
    let api = Api::start().await;
    let uuid = api.enrol("n").await;
    let words = format!("Node {uuid} doesn't have a trait 'CUSTOM_A'");
    api.delete(&format!("{PATH}/CUSTOM_A")).await.refused(404, &words);
    let told = api.put(PATH, json!({"traits": ["nope"]})).await.is(400).words();
    assert!(told.starts_with("Schema error for body: 'nope' is not valid under any of the given schemas"), "{told}");
    let told = api.send("PUT", &format!("{PATH}/nope"), "").await.is(400).words();
    assert!(told.starts_with("Schema error for trait: 'nope' is not valid"), "{told}");
    let told = api.put(&format!("{PATH}/CUSTOM_A"), json!({"traits": ["CUSTOM_A"]})).await.is(400).words();
    assert!(told.starts_with("A single node trait may be added via PUT"), "{told}");
    let many: Vec<String> = (0..51).map(|i| format!("CUSTOM_{i}")).collect();
    let told = api.put(PATH, json!({ "traits": many })).await.is(400).words();
    assert!(told.contains("50"), "{told}");
}

#[tokio::test]
async fn older_clients_have_none() {
    let api = Api::start().await.at("1.36");
    api.enrol("n").await;
    api.get(PATH).await.refused(406, "Request not acceptable.");
    api.put(PATH, json!({"traits": []})).await.is(405);
    api.delete(PATH).await.refused(404, "Resource could not be found.");
}
