//! `GET /v1/chassis/{chassis}`

use insta::assert_json_snapshot;

use super::{FIRST, NOBODY, start};

#[tokio::test]
async fn a_chassis_is_shown() {
    let api = start().await;
    let path = format!("/v1/chassis/{FIRST}");
    let whole = api.get(&path).await.is(200);
    assert_json_snapshot!("one", whole.document());
    assert_eq!(api.at("1.1").get(&path).await.is(200).json(), whole.json());
    let short = api.get(&format!("{path}?fields=uuid")).await.is(200).json();
    assert_eq!(short.as_object().unwrap().keys().collect::<Vec<_>>(), ["uuid", "links"]);
    assert_eq!(api.get(&format!("{path}/uuid")).await.is(200).json(), short);
    api.get(&format!("{path}/x")).await.refused(400, "Field(s) \"x\" are not valid");
    api.get(&format!("{path}?bogus=1")).await.refused(400, "Unexpected arguments: bogus");
    api.at("1.7").get(&format!("{path}?fields=uuid")).await.refused(406, "Request not acceptable.");
    api.get("/v1/chassis/x").await.refused(400, "Expected UUID for chassis_uuid: x");
    api.get(&format!("/v1/chassis/{NOBODY}")).await.refused(404, &format!("Chassis {NOBODY} could not be found."));
}
