//! `/v1/nodes/{node}/vifs`.

use serde_json::json;

use crate::support::Api;

#[tokio::test]
async fn a_network_that_is_somebody_elses_business_accepts_everything() {
    let api = Api::start().await;
    api.enrol("n").await;
    api.post("/v1/nodes/n/vifs", json!({"id": "v"})).await.is(204);
    assert_eq!(api.get("/v1/nodes/n/vifs").await.is(200).json(), json!({"vifs": []}));
    api.delete("/v1/nodes/n/vifs/v").await.is(204);
}

#[tokio::test]
async fn a_flat_network_remembers_what_is_attached() {
    let api = Api::configured(&[("DEFAULT", "enabled_network_interfaces", "flat")]).await;
    let node = api.enrol("n").await;
    let words = "Unable to attach VIF v, not enough free physical ports.";
    api.post("/v1/nodes/n/vifs", json!({"id": "v"})).await.refused(400, words);
    let said = json!({"node_uuid": node, "address": "52:54:00:00:00:01"});
    let port = api.post("/v1/ports", said).await.is(201).json()["uuid"].as_str().unwrap().to_owned();
    api.post("/v1/nodes/n/vifs", json!({"id": "v", "port_uuid": port})).await.is(204);
    assert_eq!(api.get("/v1/nodes/n/vifs").await.json(), json!({"vifs": [{"id": "v"}]}));
    let shown = api.get(&format!("/v1/ports/{port}")).await.json();
    assert_eq!(shown["internal_info"], json!({"tenant_vif_port_id": "v"}));
    let words = format!("Unable to attach VIF because VIF v is already attached to Ironic Port {port}");
    api.post("/v1/nodes/n/vifs", json!({"id": "v"})).await.refused(409, &words);
    let words = format!("Cannot delete the port {port} as it is bound to VIF v for use.");
    api.delete(&format!("/v1/ports/{port}")).await.refused(409, &words);
    api.delete("/v1/nodes/n/vifs/v").await.is(204);
    let words = format!("Unable to detach VIF v from node {node} because it is not attached to it.");
    api.delete("/v1/nodes/n/vifs/v").await.refused(400, &words);
}

#[tokio::test]
async fn what_is_no_vif_is_refused() {
    let api = Api::start().await;
    api.enrol("n").await;
    api.post("/v1/nodes/n/vifs", json!({})).await.refused(400, "Schema error for vif: 'id' is a required property");
    let both = json!({"id": "v", "port_uuid": null, "portgroup_uuid": null});
    api.post("/v1/nodes/n/vifs", both.clone()).await.refused(400, "Cannot specify both port_uuid and portgroup_uuid");
    api.at("1.66").post("/v1/nodes/n/vifs", both).await.is(204);
    api.delete("/v1/nodes/n/vifs").await.refused(400, "Missing mandatory parameter: vif_id");
    api.at("1.27").get("/v1/nodes/n/vifs").await.is(404);
}
