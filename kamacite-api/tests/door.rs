//! What happens to every request and every answer, whatever it is about.

use insta::assert_json_snapshot;
use serde_json::json;

use crate::support::Api;

#[tokio::test]
async fn every_answer_has_a_request_id_under_both_names() {
    let api = Api::start().await;
    for (verb, path) in [("GET", "/"), ("GET", "/v1/nodes"), ("GET", "/nope"), ("PUT", "/v1"), ("GET", "/kamacite/v1")]
    {
        let answer = api.send(verb, path, "").await;
        let id = answer.header("openstack-request-id");
        assert!(id.starts_with("req-") && id.len() == 40, "{verb} {path}: {id}");
        assert_eq!(id, answer.header("x-openstack-request-id"));
    }
}

#[tokio::test]
async fn handlers_name_the_version_and_the_router_does_not() {
    let api = Api::start().await.at("1.40");
    let versions = ["x-openstack-ironic-api-version", "x-openstack-ironic-api-minimum-version"];
    let named = |answer: &crate::support::Answer| versions.map(|name| answer.header(name).to_owned());
    assert_eq!(named(&api.get("/v1/nodes/nope").await.is(404)), ["1.40", "1.1"]);
    let listed = api.get("/v1/nodes").await.is(200);
    assert_eq!(named(&listed), ["1.40", "1.1"]);
    assert_eq!(listed.header("x-openstack-ironic-api-maximum-version"), "1.115");
    assert_eq!(named(&api.get("/v1/nope").await.is(404)), ["", ""]);
    assert_eq!(named(&api.get("/v1/nodes/bad%20name").await.is(400)), ["", ""]);
}

#[tokio::test]
async fn errors_have_the_shape_of_who_refuses() {
    let api = Api::start().await;
    assert_json_snapshot!("a_handler", api.get("/v1/nodes/nope").await.shown());
    assert_json_snapshot!("the_router", api.get("/v1/nodes/bad%20name").await.shown());
    assert_json_snapshot!("the_router_of_a_verb", api.put("/v1/nodes/n", json!({})).await.shown());
    let reader = api.with("accept", "text/html");
    assert_json_snapshot!("the_router_for_people", reader.get("/v1/nope").await.shown());
    assert_json_snapshot!("of_who_takes_no_JSON", reader.get("/v1/nodes").await.shown());
    assert_json_snapshot!("the_guard", api.post("/v1/nodes", nested(30)).await.shown());
    assert_json_snapshot!("of_the_own_area", api.get("/kamacite/v1/operations/nope").await.shown());
    assert_json_snapshot!("of_a_version_that_is_not_there", api.at("1.999").get("/v1/nodes").await.shown());
}

fn nested(depth: usize) -> serde_json::Value {
    (0..depth).fold(json!(1), |inner, _| json!([inner]))
}

#[tokio::test]
async fn large_and_deep_bodies_do_not_come_in() {
    let api = Api::start().await;
    let large = json!({"driver": "x".repeat(1024 * 1024)});
    let answer = api.post("/v1/nodes", large.clone()).await.is(413);
    assert!(answer.text().contains("Request body is too large"), "{}", answer.text());
    // A config drive may be larger.
    api.put("/v1/nodes/nope/states/provision", json!({"target": "active", "configdrive": large})).await.is(404);
    // Brackets within a text nest nothing.
    let shallow = json!({"driver": "[".repeat(30)});
    assert!(!api.post("/v1/nodes", shallow).await.text().contains("nested"));
}

#[tokio::test]
async fn a_body_that_is_no_json_is_the_clients_fault() {
    let api = Api::start().await.with("content-type", "application/json");
    for (verb, path) in [("POST", "/v1/nodes"), ("PATCH", "/v1/nodes/n"), ("POST", "/v1/nodes/n/vendor_passthru/echo")]
    {
        let words = api.send(verb, path, "{\"driver\":").await.is(400).words();
        assert!(words.starts_with("The request body is not JSON"), "{words}");
    }
}

#[tokio::test]
async fn one_path_has_several_spellings() {
    let api = Api::start().await;
    let uuid = api.enrol("n").await;
    for path in ["/v1/nodes/n", "/nodes/n", "/v1/nodes/n/"] {
        assert_eq!(api.get(path).await.is(200).json()["uuid"], uuid.to_string(), "{path}");
    }
    for path in ["/v1/nodes/", "/nodes"] {
        assert_eq!(api.get(path).await.is(200).json()["nodes"][0]["uuid"], uuid.to_string(), "{path}");
    }
}

#[tokio::test]
async fn older_paths_may_end_in_json() {
    let api = Api::start().await;
    let uuid = api.enrol("n").await;
    let old = api.at("1.90");
    for path in ["/v1/nodes/n.json", &format!("/v1/nodes/{uuid}.json")] {
        assert_eq!(old.get(path).await.is(200).json()["uuid"], uuid.to_string(), "{path}");
        api.get(path).await.is(404);
    }
    // A name may end so.
    let dotted = api.enrol("rack.json").await;
    for api in [&api, &old] {
        assert_eq!(api.get("/v1/nodes/rack.json").await.is(200).json()["uuid"], dotted.to_string());
    }
}

#[tokio::test]
async fn options_are_answered_to_all_and_head_only_at_the_roots() {
    let api = Api::start().await;
    for path in ["/v1", "/v1/nodes", "/nope"] {
        let answer = api.send("OPTIONS", path, "").await.is(200);
        assert!(answer.body.is_empty());
    }
    for (path, status) in [("/", 200), ("/v1", 200), ("/v1/nodes", 405), ("/v1/drivers", 405), ("/nope", 404)] {
        let answer = api.send("HEAD", path, "").await;
        assert_eq!(answer.status, status, "{path}");
    }
}

#[tokio::test]
async fn a_wrong_verb_is_told_the_right_ones() {
    let api = Api::start().await;
    for (verb, path, allow) in [
        ("PUT", "/v1/nodes", "DELETE, GET, PATCH, POST"),
        ("POST", "/v1/nodes/n/maintenance", "DELETE, PUT"),
        ("GET", "/v1/nodes/n/states/power", "GET"),
        ("PUT", "/v1/drivers/fake-hardware", "GET"),
        ("DELETE", "/v1/conductors/tester", "GET"),
    ] {
        let answer = api.send(verb, path, "").await.is(405);
        assert_eq!(answer.header("allow"), allow, "{verb} {path}");
    }
}

#[tokio::test]
async fn what_is_not_there_yet_is_not_there() {
    let api = Api::start().await;
    for path in ["deploy_templates", "runbooks", "shards"] {
        api.get(&format!("/v1/{path}")).await.refused(404, "");
    }
}

#[tokio::test]
async fn health_is_told_where_it_is_configured() {
    let api = Api::start().await;
    api.get("/healthcheck").await.is(404);
    let api = Api::configured(&[("healthcheck", "enabled", "true")]).await;
    let answer = api.get("/healthcheck").await.is(200);
    assert_eq!((answer.text().as_str(), answer.header("content-type")), ("OK", "text/plain; charset=UTF-8"));
    api.send("HEAD", "/healthcheck", "").await.is(200);
    api.send("POST", "/healthcheck", "").await.is(405);
}

#[tokio::test]
async fn links_begin_with_the_public_endpoint() {
    let href = async |api: &Api| {
        let uuid = api.enrol("n").await.to_string();
        let href = api.get("/v1/nodes/n").await.json()["links"][0]["href"].as_str().unwrap().to_owned();
        href.replace(&uuid, "")
    };
    assert_eq!(href(&Api::start().await).await, "http://api/v1/nodes/");
    let public = Api::configured(&[("api", "public_endpoint", "https://metal.example.org/ironic/")]).await;
    assert_eq!(href(&public).await, "https://metal.example.org/ironic/v1/nodes/");
}
