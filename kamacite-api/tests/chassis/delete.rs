//! `DELETE /v1/chassis/{chassis}`

use serde_json::json;

use super::{FIRST, NOBODY, SECOND, start};

#[tokio::test]
async fn a_chassis_goes_when_no_node_stands_in_it() {
    let api = start().await;
    api.enrol_with("n", json!({"chassis_uuid": FIRST})).await;
    let path = format!("/v1/chassis/{FIRST}");
    let words = format!("Cannot complete the requested action because chassis {FIRST} contains nodes.");
    api.delete(&path).await.refused(400, &words);
    api.delete("/v1/nodes/n").await.is(204);
    assert!(api.delete(&path).await.is(204).body.is_empty());
    api.delete(&path).await.refused(404, &format!("Chassis {FIRST} could not be found."));
    api.delete(&format!("/v1/chassis/{SECOND}")).await.is(204);
}

#[tokio::test]
async fn what_names_no_chassis_is_refused() {
    let api = start().await;
    api.delete("/v1/chassis").await.refused(400, "Missing mandatory parameter: chassis_uuid");
    api.delete("/v1/chassis/x").await.refused(400, "Expected UUID for chassis_uuid: x");
    api.delete(&format!("/v1/chassis/{NOBODY}")).await.refused(404, &format!("Chassis {NOBODY} could not be found."));
    api.delete(&format!("/v1/chassis/{FIRST}?force=1")).await.refused(400, "Unexpected arguments: force");
}
