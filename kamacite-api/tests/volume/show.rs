//! `GET /v1/volume/connectors/{connector}` and `GET /v1/volume/targets/{target}`

use insta::assert_json_snapshot;

use super::{CONNECTOR, NOBODY, TARGET, start};

#[tokio::test]
async fn each_is_shown() {
    let (api, _) = start().await;
    for (path, what) in [
        (format!("/v1/volume/connectors/{CONNECTOR}"), "connector"),
        (format!("/v1/volume/targets/{TARGET}"), "target"),
    ] {
        assert_json_snapshot!(what, api.get(&path).await.is(200).document());
        let short = api.get(&format!("{path}?fields=uuid")).await.is(200).json();
        assert_eq!(short.as_object().unwrap().keys().collect::<Vec<_>>(), ["uuid", "links"]);
        assert_eq!(api.get(&format!("{path}/uuid")).await.is(200).json(), short);
        api.get(&format!("{path}/x")).await.refused(400, "Field(s) \"x\" are not valid");
        api.get(&format!("{path}?detail=true")).await.refused(400, "Unexpected arguments: detail");
        let (above, _) = path.rsplit_once('/').unwrap();
        api.get(&format!("{above}/x")).await.refused(400, &format!("Expected UUID for {what}_uuid: x"));
        let words = format!("Volume {what} {NOBODY} could not be found.");
        api.get(&format!("{above}/{NOBODY}")).await.refused(404, &words);
    }
}
