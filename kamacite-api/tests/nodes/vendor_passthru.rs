//! `/v1/nodes/{node}/vendor_passthru`

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::support::Api;

const PATH: &str = "/v1/nodes/n/vendor_passthru";

async fn api() -> Api {
    let api = Api::start().await;
    api.enrol("n").await;
    api
}

#[tokio::test]
async fn methods_are_listed() {
    let api = api().await;
    assert_json_snapshot!("of_the_rich_fake", api.get(&format!("{PATH}/methods")).await.document());
    api.enrol_with("m", json!({"vendor_interface": "fake"})).await;
    assert_json_snapshot!("of_the_plain_fake", api.get("/v1/nodes/m/vendor_passthru/methods").await.document());
    api.enrol_with("o", json!({"vendor_interface": "no-vendor"})).await;
    assert_eq!(api.get("/v1/nodes/o/vendor_passthru/methods").await.is(200).json(), json!({}));
}

#[tokio::test]
async fn a_method_answers_by_path_and_by_query() {
    let api = api().await;
    let said = json!({"text": "hello", "number": 5, "list": ["a"], "object": {"k": [1]}, "volume": "loud"});
    let heard = json!({"text": "hello", "number": 5, "seriously": false, "volume": "loud", "list": ["a"], "object": {"k": [1]}});
    for path in [format!("{PATH}/echo"), format!("{PATH}?method=echo")] {
        for verb in ["POST", "PUT", "PATCH"] {
            assert_eq!(api.send_json(verb, &path, said.clone()).await.is(200).json(), heard, "{verb} {path}");
        }
    }
}

#[tokio::test]
async fn any_verb_takes_arguments_from_the_query() {
    let api = api().await;
    for (verb, path) in [
        ("GET", format!("{PATH}/echo?text=hi&number=7&seriously=true")),
        ("DELETE", format!("{PATH}/echo?text=hi&number=7&seriously=true")),
        ("GET", format!("{PATH}?method=echo&text=hi&number=7&seriously=true")),
        // Of a method that the path names, the query's is none.
        ("POST", format!("{PATH}/echo?method=nope&text=hi&number=7&seriously=true")),
    ] {
        let heard = api.send(verb, &path, "").await.is(200).json();
        assert_eq!((&heard["text"], &heard["number"], &heard["seriously"]), (&json!("hi"), &json!(7), &json!(true)));
    }
    // The body wins.
    let heard = api.post(&format!("{PATH}/echo?text=query&number=1"), json!({"text": "body"})).await.is(200).json();
    assert_eq!((&heard["text"], &heard["number"]), (&json!("body"), &json!(1)));
}

#[tokio::test]
async fn a_body_must_not_say_that_it_is_a_form() {
    let api = api().await;
    let said = r#"{"text": "hi"}"#;
    let heard = api.with("content-type", "text/plain").send("POST", &format!("{PATH}/echo"), said).await.is(200).json();
    assert_eq!(heard["text"], "hi");
    let form = api.with("content-type", "application/x-www-form-urlencoded");
    form.send("POST", &format!("{PATH}/echo"), said).await.refused(400, r#"Unexpected arguments: {"text": "hi"}"#);
}

#[tokio::test]
async fn a_client_that_takes_no_json_gets_files_only() {
    let api = api().await.with("accept", "text/html");
    api.get(&format!("{PATH}/report")).await.is(200);
    for method in ["echo?text=hi", "nope"] {
        api.get(&format!("{PATH}/{method}")).await.is(406);
    }
}

#[tokio::test]
async fn a_method_does_different_things_for_different_verbs() {
    let api = api().await;
    let path = format!("{PATH}/label");
    assert_eq!(api.get(&path).await.is(200).json(), Value::Null);
    assert_eq!(api.put(&path, json!({"label": "blue"})).await.is(200).json(), "blue");
    assert_eq!(api.get(&path).await.is(200).json(), "blue");
    assert_eq!(api.delete(&path).await.is(200).json(), Value::Null);
    assert_eq!(api.get(&path).await.is(200).json(), Value::Null);
}

#[tokio::test]
async fn a_file_comes_under_its_own_type_and_name() {
    let api = api().await;
    for api in [api.clone(), api.with("accept", "text/plain")] {
        let answer = api.get(&format!("{PATH}/report")).await.is(200);
        assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
        let name = answer.header("content-disposition");
        assert!(name.starts_with("attachment; filename=\"report-") && name.ends_with(".txt\""), "{name}");
        assert!(answer.text().starts_with("node "), "{}", answer.text());
    }
}

#[tokio::test]
async fn an_asynchronous_method_is_accepted() {
    let api = api().await;
    let answer = api.post(&format!("{PATH}/power_cycle"), json!({})).await;
    assert_json_snapshot!(answer.shown());
    let operation = api.ended(answer.header("x-kamacite-operation")).await.json();
    assert_eq!((&operation["state"], &operation["result"]), (&json!("succeeded"), &json!(1)));
    api.enrol_with("m", json!({"vendor_interface": "fake"})).await;
    api.post("/v1/nodes/m/vendor_passthru/second_method", json!({"bar": "kazoo"})).await.is(202);
}

#[tokio::test]
async fn calls_that_make_no_sense_are_the_clients_fault() {
    let api = api().await;
    let told = async |verb: &str, rest: &str, body: Value| {
        let answer = api.send_json(verb, &format!("{PATH}{rest}"), body).await.is(400);
        format!("{verb} {rest}: {}", answer.words())
    };
    assert_json_snapshot!([
        told("POST", "/nope", json!({})).await,
        told("POST", "", json!({})).await,
        told("POST", "?method=", json!({})).await,
        told("PUT", "/methods", json!({})).await,
        told("PUT", "/power_cycle", json!({})).await,
        told("OPTIONAL", "/echo", json!({})).await,
        told("POST", "/echo", json!({})).await,
        told("POST", "/echo", json!({"text": [5]})).await,
        told("POST", "/echo", json!({"text": "t", "number": "five"})).await,
        told("POST", "/echo", json!({"text": "t", "ratio": 2})).await,
        told("POST", "/echo", json!({"text": "t", "volume": "shrill"})).await,
        told("POST", "/echo", json!({"text": "t", "stranger": 1})).await,
        told("GET", "/echo?text=t&number=five", json!({})).await,
        told("POST", "/echo", json!([1])).await,
        told("POST", "/echo", json!("text")).await,
        told("POST", "/echo", json!(5)).await,
        told("POST", "/echo", json!({"text": "t", "http_method": "x"})).await,
        told("POST", "/echo", json!({"text": "t", "method": "x"})).await,
        told("POST", "/echo?task=x", json!({"text": "t"})).await,
    ]);
}

#[tokio::test]
async fn a_method_fails_in_its_own_words() {
    let api = api().await;
    for (kind, status) in [
        ("invalid", 400),
        ("missing", 400),
        ("unsupported", 400),
        ("not_found", 404),
        ("busy", 503),
        ("lock_lost", 409),
        ("hardware", 500),
        ("internal", 500),
    ] {
        let said = json!({"kind": kind, "message": format!("{kind}, it says")});
        let answer = api.post(&format!("{PATH}/fail"), said).await;
        assert_eq!(answer.status, status, "{kind}: {}", answer.text());
        assert!(answer.words().contains(&format!("{kind}, it says")), "{}", answer.words());
    }
}

#[tokio::test]
async fn a_locked_node_takes_calls_that_only_look() {
    let api = api().await;
    let uuid = api.get("/v1/nodes/n").await.json()["uuid"].as_str().unwrap().parse().unwrap();
    api.store.reserve(uuid, "elsewhere").await.unwrap();
    api.get(&format!("{PATH}/report")).await.is(200);
    api.put(&format!("{PATH}/label"), json!({"label": "x"})).await.is(409);
    api.post(&format!("{PATH}/power_cycle"), json!({})).await.is(409);
}
