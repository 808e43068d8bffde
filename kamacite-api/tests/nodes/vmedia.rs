//! `/v1/nodes/{node}/vmedia`

use insta::assert_json_snapshot;
use serde_json::json;

use crate::support::Api;

const PATH: &str = "/v1/nodes/b/vmedia";

#[tokio::test]
async fn an_image_is_attached_shown_and_detached() {
    let api = Api::with_a_bmc().await;
    let image = json!({"device_type": "cdrom", "image_url": "http://images/i.iso", "image_download_source": "http"});
    let answer = api.post(PATH, image).await.is(204);
    assert_eq!(answer.text(), "");
    assert_json_snapshot!("attaching", api.ended(answer.header("x-kamacite-operation")).await.document());
    api.settled("b").await;
    assert_json_snapshot!("attached", api.get(PATH).await.document());
    let answer = api.delete(&format!("{PATH}?device_types=cdrom,FLOPPY")).await.is(204);
    api.ended(answer.header("x-kamacite-operation")).await;
    api.settled("b").await;
    assert_eq!(
        api.get(PATH).await.is(200).json()[0],
        json!({"media_types": ["CD", "DVD"], "inserted": false, "image": null})
    );
}

#[tokio::test]
async fn what_fails_later_is_told_by_the_node_and_by_the_operation() {
    let api = Api::with_a_bmc().await;
    let image = json!({"device_type": "disk", "image_url": "nfs://images/i.img"});
    let answer = api.post(PATH, image).await.is(204);
    let ended = api.ended(answer.header("x-kamacite-operation")).await.json();
    let words = format!("Could not attach device disk to node {}: the BMC lost the image", api.settled("b").await.uuid);
    assert_eq!((&ended["state"], &ended["error"]), (&json!("failed"), &json!(words)));
    assert_eq!(api.get("/v1/nodes/b").await.json()["last_error"], json!(words));

    let answer = api.delete("/v1/nodes/n/vmedia").await.is(204);
    api.ended(answer.header("x-kamacite-operation")).await;
    let words = api.settled("n").await.last_error.clone().unwrap();
    assert!(words.ends_with("does not support detach_virtual_media (disabled or not implemented)."), "{words}");
}

#[tokio::test]
async fn attachments_that_cannot_be_are_refused() {
    let api = Api::with_a_bmc().await;
    for (document, words) in [
        (json!({"device_type": "cdrom"}), "Schema error for vmedia: 'image_url' is a required property"),
        (
            json!({"device_type": "tape", "image_url": "http://h/i"}),
            "Schema error for vmedia: 'tape' is not one of ['disk', 'cdrom', 'floppy']",
        ),
        (json!({"device_type": "cdrom", "image_url": "ftp://h/i"}), "Unsupported or missing URL scheme: ftp"),
        (json!({"device_type": "cdrom", "image_url": "h/i"}), "Unsupported or missing URL scheme: "),
    ] {
        api.post(PATH, document).await.refused(400, words);
    }
    let words = "Invalid device type(s) tape, nope (valid are disk, cdrom, floppy)";
    api.delete(&format!("{PATH}?device_types=tape,cdrom,nope")).await.refused(400, words);
    let unsupported = "Driver fake-hardware does not support get_virtual_media (disabled or not implemented).";
    api.get("/v1/nodes/n/vmedia").await.refused(400, unsupported);
    api.get("/v1/nodes/nope/vmedia").await.refused(404, "Node nope could not be found.");
}

#[tokio::test]
async fn older_clients_do_not_have_it() {
    let api = Api::with_a_bmc().await;
    let image = json!({"device_type": "cdrom", "image_url": "http://h/i"});
    api.at("1.88").post(PATH, image.clone()).await.is(404);
    api.at("1.88").delete(PATH).await.is(404);
    api.at("1.88").get(PATH).await.refused(404, "");
    api.at("1.92").get(PATH).await.refused(404, "The resource could not be found.");
    api.at("1.93").get(PATH).await.is(200);
    api.at("1.89").post(PATH, image).await.is(204);
}

#[tokio::test]
async fn a_node_whose_bmc_is_silent_is_left_alone() {
    let api = Api::with_a_bmc().await;
    let node = api.settled("b").await;
    let mut silent = (*api.store.reserve(node.uuid, "tester").await.unwrap()).clone();
    silent.maintenance = true;
    silent.fault = Some(kamacite_model::Fault::PowerFailure);
    let before = api.store.node(node.uuid).await.unwrap().unwrap();
    let change = kamacite_store::NodeChange { before, after: silent, release: true };
    api.store.save(kamacite_store::Change { node: Some(change), ..Default::default() }).await.unwrap();
    let words = format!("Unable to detach virtual media for node {} due to power failure state", node.uuid);
    api.delete(PATH).await.refused(503, &words);
}
