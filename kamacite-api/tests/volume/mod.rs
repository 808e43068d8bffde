//! `/v1/volume`.

mod create;
mod delete;
mod links;
mod list;
mod patch;
mod show;

use kamacite_model::Uuid;
use serde_json::{Value, json};

use crate::support::{Answer, Api};

pub const CONNECTOR: &str = "22222222-0000-4000-8000-000000000001";
pub const TARGET: &str = "22222222-0000-4000-8000-000000000002";
pub const NOBODY: &str = "22222222-2222-4333-8444-555555555555";

/// A service with a node `n` that has a connector and a target, and the node's UUID.
pub async fn start() -> (Api, Uuid) {
    let api = Api::start().await;
    let node = api.enrol("n").await;
    make_connector(&api, node, "iqn.a", json!({"uuid": CONNECTOR, "extra": {"a": 1}})).await.is(201);
    let properties = json!({"auth_password": "hidden", "target_iqn": "iqn.t"});
    make_target(&api, node, 0, json!({"uuid": TARGET, "properties": properties})).await.is(201);
    (api, node)
}

pub async fn make_connector(api: &Api, node: Uuid, id: &str, more: Value) -> Answer {
    let document = json!({"node_uuid": node, "type": "iqn", "connector_id": id});
    api.post("/v1/volume/connectors", with(document, more)).await
}

pub async fn make_target(api: &Api, node: Uuid, boot_index: i64, more: Value) -> Answer {
    let document = json!({"node_uuid": node, "volume_type": "iscsi", "boot_index": boot_index, "volume_id": "v"});
    api.post("/v1/volume/targets", with(document, more)).await
}

fn with(mut document: Value, more: Value) -> Value {
    document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    document
}

/// Switches the power of `n`.
async fn power(api: &Api, target: &str) {
    api.put("/v1/nodes/n/states/power", json!({"target": target})).await.is(202);
    api.settled("n").await;
}
