//! `/` and `/v1`: what there is, and in which versions.

use insta::assert_json_snapshot;

use crate::support::Api;

#[tokio::test]
async fn the_root_names_the_versions() {
    let api = Api::start().await;
    let shown = api.get("/").await.shown();
    assert_json_snapshot!(shown);
    // Whatever version is asked for.
    assert_eq!(api.at("1.1").get("/").await.document(), shown["body"]);
}

#[tokio::test]
async fn the_api_names_its_resources() {
    let api = Api::start().await;
    assert_json_snapshot!(api.get("/v1").await.shown());
}

#[tokio::test]
async fn older_clients_are_told_less() {
    let api = Api::start().await;
    let keys = async |version: &str| {
        let document = api.at(version).get("/v1").await.is(200).json();
        document.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ")
    };
    assert_json_snapshot!([keys("1.1").await, keys("1.49").await, keys("1.115").await]);
}

#[tokio::test]
async fn a_version_is_agreed_on() {
    let api = Api::start().await;
    let agreed = async |version: &str| {
        let answer = api.at(version).get("/v1/nodes").await;
        (answer.status, answer.header("x-openstack-ironic-api-version").to_owned())
    };
    assert_eq!(agreed("1.50").await, (200, "1.50".to_owned()));
    assert_eq!(agreed("latest").await, (200, "1.115".to_owned()));
    // Nobody asks for a version: the oldest.
    let answer = api.without("x-openstack-ironic-api-version").get("/v1/nodes").await.is(200);
    assert_eq!(answer.header("x-openstack-ironic-api-version"), "1.1");
    // The header that all of OpenStack shares.
    let shared = api.without("x-openstack-ironic-api-version").with("openstack-api-version", "baremetal 1.60");
    assert_eq!(shared.get("/v1/nodes").await.is(200).header("x-openstack-ironic-api-version"), "1.60");
    let other = api.without("x-openstack-ironic-api-version").with("openstack-api-version", "compute 2.1");
    assert_eq!(other.get("/v1/nodes").await.is(200).header("x-openstack-ironic-api-version"), "1.1");
}

#[tokio::test]
async fn versions_that_are_not_there_are_refused() {
    let api = Api::start().await;
    let told = async |version: &str| api.at(version).get("/v1/nodes").await.is(406).words();
    assert_json_snapshot!([told("1.116").await, told("2.0").await, told("nope").await, told("1").await]);
}
