//! `PATCH /v1/volume/connectors/{connector}` and `PATCH /v1/volume/targets/{target}`

use serde_json::{Value, json};

use super::{CONNECTOR, NOBODY, TARGET, make_connector, make_target, power, start};

fn replace(path: &str, value: impl Into<Value>) -> Value {
    json!([{"op": "replace", "path": path, "value": value.into()}])
}

#[tokio::test]
async fn a_machine_that_is_off_may_be_given_others() {
    let (api, node) = start().await;
    power(&api, "power off").await;
    let (connector, target) = (format!("/v1/volume/connectors/{CONNECTOR}"), format!("/v1/volume/targets/{TARGET}"));
    assert_eq!(api.patch(&connector, json!([])).await.is(200).json()["updated_at"], json!(null));
    let changed = api.patch(&connector, replace("/type", "wwpn")).await.is(200).json();
    assert_eq!((&changed["type"], &changed["extra"]), (&json!("wwpn"), &json!({"a": 1})));
    assert!(changed["updated_at"].is_string());
    let changed = api.patch(&target, replace("/properties/target_iqn", "iqn.u")).await.is(200).json();
    assert_eq!(changed["properties"], json!({"auth_password": "******", "target_iqn": "iqn.u"}));
    let kept = api.store.volume_target(TARGET.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(kept.properties.text("auth_password"), Some("hidden"), "a patch of something else keeps the secret");
    let changed = api.patch(&target, json!([{"op": "remove", "path": "/properties"}])).await.is(200).json();
    assert_eq!(changed["properties"], json!({}));

    make_connector(&api, node, "b", json!({})).await.is(201);
    make_target(&api, node, 1, json!({})).await.is(201);
    api.patch(&connector, replace("/type", "iqn")).await.is(200);
    let words = "A volume connector with type iqn and connector ID b already exists.";
    api.patch(&connector, replace("/connector_id", "b")).await.refused(409, words);
    let words = "A volume target with boot index '1' for the same node already exists.";
    api.patch(&target, replace("/boot_index", 1)).await.refused(409, words);
}

#[tokio::test]
async fn a_machine_that_runs_keeps_what_it_has() {
    let (api, node) = start().await;
    let words = |what, state| {
        format!(
            "The requested action \"volume {what} update\" can not be performed on node \"{node}\" while it is in state \
             \"{state}\"."
        )
    };
    let (connector, target) = (format!("/v1/volume/connectors/{CONNECTOR}"), format!("/v1/volume/targets/{TARGET}"));
    api.patch(&connector, json!([])).await.refused(400, &words("connector", "None"));
    power(&api, "power on").await;
    api.patch(&target, replace("/volume_id", "w")).await.refused(400, &words("target", "power on"));
}

#[tokio::test]
async fn a_connector_goes_to_another_node_that_is_off() {
    let (api, node) = start().await;
    let other = api.enrol("m").await;
    power(&api, "power off").await;
    let path = format!("/v1/volume/connectors/{CONNECTOR}");
    let words = format!("on node \"{other}\" while it is in state \"None\".");
    let told = api.patch(&path, replace("/node_uuid", other.to_string())).await.is(400).words();
    assert!(told.ends_with(&words), "{told}");
    api.put("/v1/nodes/m/states/power", json!({"target": "power off"})).await.is(202);
    api.settled("m").await;
    let moved = api.patch(&path, replace("/node_uuid", other.to_string())).await.is(200).json();
    assert_eq!(moved["node_uuid"], other.to_string());
    let left = api.get(&format!("/v1/volume/connectors?node={node}")).await.is(200).json();
    assert_eq!(left, json!({"connectors": []}));
}

#[tokio::test]
async fn patches_that_make_no_sense_are_refused() {
    let (api, _) = start().await;
    let (connector, target) = (format!("/v1/volume/connectors/{CONNECTOR}"), format!("/v1/volume/targets/{TARGET}"));
    let words = "Cannot patch /uuid. Only the following can be updated: connector_id, extra, node_uuid, type";
    api.patch(&connector, replace("/uuid", NOBODY)).await.refused(400, words);
    let words = "Cannot patch /bogus. Only the following can be updated: boot_index, extra, node_uuid, properties, \
                 volume_id, volume_type";
    api.patch(&target, replace("/bogus", 1)).await.refused(400, words);
    let words = "Expected a UUID for node_uuid, but received n.";
    api.patch(&connector, replace("/node_uuid", "n")).await.refused(400, words);
    let words = format!("Unable to apply the requested node_uuid '{NOBODY}'. Requested value was invalid.");
    api.patch(&connector, replace("/node_uuid", NOBODY)).await.refused(400, &words);
    let words = "Schema error for patch: 'type' is a required property";
    api.patch(&connector, json!([{"op": "remove", "path": "/type"}])).await.refused(400, words);
    let words = "Schema error for patch: '0' is not of type 'integer'";
    api.patch(&target, replace("/boot_index", "0")).await.refused(400, words);
    api.patch(&target, json!(null)).await.refused(400, "Schema error: None is not of type 'array'");
    api.patch("/v1/volume/targets", json!([])).await.refused(400, "Missing mandatory parameter: target_uuid");
    let words = format!("Volume connector {NOBODY} could not be found.");
    api.patch(&format!("/v1/volume/connectors/{NOBODY}"), json!([])).await.refused(404, &words);
}
