//! `DELETE /v1/volume/connectors/{connector}` and `DELETE /v1/volume/targets/{target}`

use super::{CONNECTOR, NOBODY, TARGET, power, start};
use crate::support::someone;

#[tokio::test]
async fn what_is_not_used_is_removed() {
    let (api, _) = start().await;
    for (path, what) in [
        (format!("/v1/volume/connectors/{CONNECTOR}"), "connector"),
        (format!("/v1/volume/targets/{TARGET}"), "target"),
    ] {
        assert!(api.delete(&path).await.is(204).body.is_empty());
        let uuid = path.rsplit('/').next().unwrap();
        api.delete(&path).await.refused(404, &format!("Volume {what} {uuid} could not be found."));
    }
}

#[tokio::test]
async fn a_node_in_use_must_be_off() {
    let (api, node) = start().await;
    api.provision("n", &["manage", "provide"]).await;
    power(&api, "power on").await;
    let (connector, target) = (format!("/v1/volume/connectors/{CONNECTOR}"), format!("/v1/volume/targets/{TARGET}"));
    let words = |what| {
        format!(
            "The requested action \"volume {what} deletion\" can not be performed on node \"{node}\" while it is in state \
             \"power on\"."
        )
    };
    api.delete(&connector).await.refused(400, &words("connector"));
    api.delete(&target).await.refused(400, &words("target"));
    power(&api, "power off").await;
    api.delete(&connector).await.is(204);
    api.delete(&target).await.is(204);
}

#[tokio::test]
async fn what_names_nothing_is_refused() {
    let (api, _) = start().await;
    api.delete("/v1/volume/connectors").await.refused(400, "Missing mandatory parameter: connector_uuid");
    api.delete("/v1/volume/targets").await.refused(400, "Missing mandatory parameter: target_uuid");
    api.delete("/v1/volume/connectors/x").await.refused(400, "Expected UUID for connector_uuid: x");
    api.delete("/v1/volume/targets/x").await.refused(400, "Expected UUID for target_uuid: x");
    let words = format!("Volume target {NOBODY} could not be found.");
    api.delete(&format!("/v1/volume/targets/{NOBODY}")).await.refused(404, &words);
    api.delete(&format!("/v1/volume/targets/{TARGET}?force=1")).await.refused(400, "Unexpected arguments: force");
}

#[tokio::test]
async fn they_go_with_their_node() {
    let (api, node) = start().await;
    api.conductor.delete_node(node, &someone()).await.unwrap();
    for kind in ["connectors", "targets"] {
        let left = api.get(&format!("/v1/volume/{kind}")).await.is(200).json();
        assert_eq!(left[kind].as_array().unwrap().len(), 0);
    }
}
