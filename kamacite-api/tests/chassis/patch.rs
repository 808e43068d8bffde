//! `PATCH /v1/chassis/{chassis}`

use serde_json::{Value, json};

use super::{FIRST, NOBODY, start};

#[tokio::test]
async fn a_patch_changes_what_it_names() {
    let api = start().await;
    let path = format!("/v1/chassis/{FIRST}");
    let patch = async |op: &str, at: &str, value: Value| {
        api.patch(&path, json!([{"op": op, "path": at, "value": value}])).await.is(200).json()
    };
    assert_eq!(api.get(&path).await.json()["updated_at"], json!(null));
    let changed = patch("replace", "/description", json!("rack 7")).await;
    assert_eq!((&changed["description"], &changed["extra"]), (&json!("rack 7"), &json!({"a": 1})));
    assert!(changed["updated_at"].is_string());
    assert_eq!(patch("add", "/extra/b", json!(2)).await["extra"], json!({"a": 1, "b": 2}));
    assert_eq!(patch("replace", "/extra", json!(null)).await["extra"], json!({}));
    assert_eq!(patch("remove", "/description", json!(null)).await["description"], json!(null));
    patch("replace", "/uuid", json!(FIRST)).await;
}

#[tokio::test]
async fn patches_that_make_no_sense_are_refused() {
    let api = start().await;
    let path = format!("/v1/chassis/{FIRST}");
    let refused = async |said: Value, words: &str| api.patch(&path, said).await.refused(400, words);
    let overwrites = "Cannot overwrite UUID for an existing Chassis.";
    refused(json!([{"op": "replace", "path": "/uuid", "value": NOBODY}]), overwrites).await;
    refused(json!([{"op": "remove", "path": "/uuid"}]), overwrites).await;
    refused(json!([{"op": "replace", "path": "/uuid", "value": "x"}]), "Expected UUID for uuid: x").await;
    let words = "Cannot patch /nodes. Only the following can be updated: uuid, extra, description";
    refused(json!([{"op": "replace", "path": "/nodes", "value": []}]), words).await;
    refused(json!({}), "Schema error for patch: {} is not of type 'array'").await;
    refused(json!(null), "Schema error: None is not of type 'array'").await;
    api.patch("/v1/chassis/x", json!([])).await.refused(400, "Schema error: 'x' is not a 'uuid'");
    api.patch("/v1/chassis", json!([])).await.refused(400, "Missing mandatory parameter: chassis_uuid");
    let missing = format!("Chassis {NOBODY} could not be found.");
    api.patch(&format!("/v1/chassis/{NOBODY}"), json!([])).await.refused(404, &missing);
}
