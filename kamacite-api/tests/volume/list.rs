//! `GET /v1/volume/connectors` and `GET /v1/volume/targets`

use insta::assert_json_snapshot;
use serde_json::json;

use super::{CONNECTOR, NOBODY, TARGET, make_connector, make_target, start};

#[tokio::test]
async fn connectors_and_targets_are_listed() {
    let (api, _) = start().await;
    for kind in ["connectors", "targets"] {
        let path = format!("/v1/volume/{kind}");
        assert_json_snapshot!(format!("{kind}_in_short"), api.get(&path).await.is(200).document());
        let detail = api.get(&format!("{path}?detail=true")).await.is(200).document();
        assert_json_snapshot!(format!("{kind}_in_detail"), detail);
        let only = api.get(&format!("{path}?fields=extra")).await.is(200).json();
        assert_eq!(only[kind][0].as_object().unwrap().keys().collect::<Vec<_>>(), ["extra", "links"]);
        api.at("1.31").get(&path).await.is(404);
    }
}

#[tokio::test]
async fn a_page_links_to_the_next_of_the_same_node() {
    let (api, node) = start().await;
    let other = api.enrol("m").await;
    make_connector(&api, other, "b", json!({})).await.is(201);
    make_target(&api, other, 0, json!({})).await.is(201);
    let page = api.get("/v1/volume/connectors?limit=1").await.is(200).json();
    let rest = format!("fields=uuid,node_uuid,type,connector_id&limit=1&marker={CONNECTOR}");
    assert_eq!(page["next"], format!("http://api/v1/volume/connectors?sort_key=id&sort_dir=asc&{rest}"));
    let page = api.get("/v1/volume/targets?limit=1&node=n&detail=true").await.is(200).json();
    let rest = format!("sort_key=id&sort_dir=asc&detail=True&limit=1&marker={TARGET}");
    let next = format!("http://api/v1/volume/targets?node={node}&{rest}");
    assert_eq!(page["next"], next);
    let page = api.get(next.trim_start_matches("http://api")).await.is(200).json();
    assert_eq!(page, json!({"targets": []}));
}

#[tokio::test]
async fn questions_that_make_no_sense_are_refused() {
    let (api, _) = start().await;
    let refused = async |query: &str, status, words: &str| {
        api.get(&format!("/v1/volume/{query}")).await.refused(status, words);
    };
    refused("connectors?node=nope", 404, "Node nope could not be found.").await;
    refused("connectors?node=a%20b", 400, "Expected UUID or name for node: a b").await;
    let words = format!("Volume connector {NOBODY} could not be found.");
    refused(&format!("connectors?marker={NOBODY}"), 404, &words).await;
    let words = "Schema error: 'nope' is not one of ['connector_id', 'created_at', 'extra', 'links', 'node_uuid', 'type', \
                 'updated_at', 'uuid']";
    refused("connectors?fields=nope", 400, words).await;
    refused("targets?fields=uuid&detail=true", 400, "Can't fetch a subset of fields with 'detail' set").await;
    let words = "Schema error: Additional properties are not allowed ('project' was unexpected)";
    refused("targets?project=x", 400, words).await;
    refused("targets?sort_dir=up", 400, "Schema error: 'up' is not one of ['asc', 'desc']").await;
    refused("targets?sort_key=properties", 400, "The sort_key value properties is an invalid field for sorting").await;
    let words = "The sort_key value \"node_uuid\" is an invalid field for sorting";
    refused("connectors?sort_key=node_uuid", 400, words).await;
    refused("connectors?bogus=1", 400, "Unexpected arguments: bogus").await;
}
