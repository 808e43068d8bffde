//! `/v1/nodes/{node}/management`

use serde_json::json;

use crate::support::Api;

#[tokio::test]
async fn the_boot_device_is_read_and_set() {
    let api = Api::start().await;
    api.enrol("n").await;
    let path = "/v1/nodes/n/management/boot_device";
    assert_eq!(api.get(path).await.is(200).json(), json!({"boot_device": "pxe", "persistent": false}));
    let supported = api.get(&format!("{path}/supported")).await.is(200).json();
    assert_eq!(supported, json!({"supported_boot_devices": ["pxe"]}));
    api.put(path, json!({"boot_device": "pxe", "persistent": true})).await.is(204);
}

#[tokio::test]
async fn devices_that_cannot_be_are_refused() {
    let api = Api::start().await;
    api.enrol("n").await;
    let path = "/v1/nodes/n/management/boot_device";
    api.put(path, json!({})).await.refused(400, "Missing mandatory parameter: boot_device");
    api.put(path, json!({"boot_device": "nope"})).await.refused(400, "Invalid boot device nope specified.");
    api.put(path, json!({"boot_device": "disk"})).await.refused(400, "Invalid boot device disk specified.");
    api.put(path, json!({"boot_device": 1})).await.refused(400, "Expected string for boot_device: 1");
    api.get("/v1/nodes/nope/management/boot_device").await.refused(404, "Node nope could not be found.");
}
