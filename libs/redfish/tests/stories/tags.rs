//! Writes to BMCs that want to know which state of a resource is meant.

use redfish::Error;
use serde_json::json;

use crate::scripted::{Scripted, error, ok, text};

const PATH: &str = "/redfish/v1/Systems/1";
const GET: &str = "GET /redfish/v1/Systems/1";
const PATCH: &str = "PATCH /redfish/v1/Systems/1";

#[tokio::test]
async fn a_tag_is_sent_where_it_is_asked_for() {
    for refusal in [428, 412] {
        let bmc = Scripted::start().await;
        bmc.on(GET, [ok(json!({"@odata.etag": "W/\"7\""}))]).on(PATCH, [error(refusal, ""), text(204, "")]);
        bmc.client().patch(PATH, &json!({"AssetTag": "x"})).await.unwrap();
        assert_eq!(bmc.last(PATCH).headers["if-match"], "W/\"7\"");
        assert!(!bmc.calls()[0].headers.contains_key("if-match"), "most do without");
    }
}

#[tokio::test]
async fn a_header_is_believed_before_the_resource_and_a_star_serves_without_either() {
    let bmc = Scripted::start().await;
    bmc.on(PATCH, [error(428, ""), text(204, "")]);
    bmc.on(GET, [ok(json!({"@odata.etag": "\"old\""})).header("ETag", "\"new\"")]);
    bmc.client().patch(PATH, &json!({})).await.unwrap();
    assert_eq!(bmc.last(PATCH).headers["if-match"], "\"new\"");
    bmc.on(PATCH, [error(428, ""), text(204, "")]).on(GET, [ok(json!({}))]);
    bmc.client().patch(PATH, &json!({})).await.unwrap();
    assert_eq!(bmc.last(PATCH).headers["if-match"], "*");
}

#[tokio::test]
async fn a_resource_that_changed_in_between_is_read_again_but_not_for_ever() {
    let bmc = Scripted::start().await;
    let tagged = |tag: &str| ok(json!({"@odata.etag": tag}));
    bmc.on(GET, [tagged("1"), tagged("2")]).on(PATCH, [error(428, ""), error(412, ""), text(204, "")]);
    bmc.client().patch(PATH, &json!({})).await.unwrap();
    assert_eq!(bmc.last(PATCH).headers["if-match"], "2");
    bmc.on(PATCH, [error(412, "It has changed.")]);
    let e = bmc.client().patch(PATH, &json!({})).await.unwrap_err();
    assert!(matches!(e, Error::Rejected { status: 412, .. }) && e.to_string().contains("It has changed"), "{e}");
    assert_eq!(bmc.count(PATCH), 6);
}
