//! `/v1/conductors`: who looks after the nodes.

use insta::assert_json_snapshot;

use crate::support::Api;

#[tokio::test]
async fn the_one_conductor_is_listed_and_shown() {
    let api = Api::start().await;
    assert_json_snapshot!("a_list", api.get("/v1/conductors").await.document());
    assert_json_snapshot!("a_list_in_detail", api.get("/v1/conductors?detail=true").await.document());
    assert_json_snapshot!("one", api.get("/v1/conductors/tester").await.document());
    assert_json_snapshot!("one_in_part", api.get("/v1/conductors/tester?fields=hostname,alive").await.document());
}

#[tokio::test]
async fn what_is_not_there_or_makes_no_sense_is_refused() {
    let api = Api::start().await;
    api.get("/v1/conductors/nope").await.refused(404, "Conductor nope could not be found.");
    api.get("/v1/conductors?marker=nope").await.refused(404, "Conductor nope could not be found.");
    api.get("/v1/conductors?limit=0").await.refused(400, "Limit must be positive");
    api.get("/v1/conductors?fields=hostname&detail=true")
        .await
        .refused(400, "Can not specify ?detail=True and fields in the same request.");
    api.at("1.48").get("/v1/conductors").await.refused(404, "The API is not supported for this version");
}
