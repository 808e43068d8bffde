//! `GET /v1/volume`

use insta::assert_json_snapshot;

use crate::support::Api;

#[tokio::test]
async fn the_links_lead_to_both_kinds() {
    let api = Api::start().await;
    assert_json_snapshot!("links", api.get("/v1/volume").await.is(200).document());
    api.at("1.31").get("/v1/volume").await.refused(404, "The API is not supported for this version");
    api.get("/v1/volume?bogus=1").await.refused(400, "Unexpected arguments: bogus");
    assert_eq!(api.delete("/v1/volume").await.is(405).header("allow"), "GET");
}
