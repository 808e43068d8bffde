//! `PUT /v1/nodes/{node}/states/provision`

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::support::Api;

const PATH: &str = "/v1/nodes/n/states/provision";
const UUID: &str = "11111111-2222-4333-8444-555555555555";

#[tokio::test]
async fn a_node_goes_its_whole_way() {
    let api = Api::start().await;
    api.enrol_with("n", json!({ "uuid": UUID })).await;
    let clean = json!({"target": "clean", "clean_steps": [{"interface": "bios", "step": "factory_reset"}]});
    let service = json!({"target": "service", "service_steps": [{"interface": "vendor", "step": "log_passthrough"}]});
    let mut way = Vec::new();
    for ask in [
        json!({"target": "manage"}),
        json!({"target": "inspect"}),
        clean,
        json!({"target": "provide"}),
        json!({"target": "active", "configdrive": {"meta_data": {"a": 1}}}),
        json!({"target": "rebuild"}),
        json!({"target": "rescue", "rescue_password": "secret"}),
        json!({"target": "unrescue"}),
        json!({"target": "deleted"}),
        json!({"target": "manage"}),
        json!({"target": "adopt"}),
        json!({"target": "undeploy"}),
        service,
    ] {
        let answer = api.put(PATH, ask.clone()).await;
        if answer.status == 202 {
            assert_eq!(answer.header("location"), "http://api/v1/nodes/n/states");
        }
        let node = api.settled("n").await;
        let error = if answer.status == 202 { Value::Null } else { answer.words().into() };
        way.push(json!([ask["target"], answer.status, node.provision_state.as_str(), error]));
    }
    assert_json_snapshot!(way);
}

#[tokio::test]
async fn an_accepted_verb_names_its_operation() {
    let api = Api::start().await;
    api.enrol("n").await;
    let answer = api.put(PATH, json!({"target": "manage"})).await.is(202);
    let operation = api.ended(answer.header("x-kamacite-operation")).await.json();
    assert_eq!((&operation["name"], &operation["state"]), (&json!("manage"), &json!("succeeded")));
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused() {
    let api = Api::start().await;
    api.enrol_with("n", json!({ "uuid": UUID })).await;
    api.provision("n", &["manage"]).await;
    let refused = async |ask: Value| {
        let answer = api.put(PATH, ask.clone()).await;
        assert!((400..500).contains(&answer.status), "{ask}: {}", answer.status);
        format!("{ask}: {} {}", answer.status, answer.words())
    };
    let told = [
        refused(json!({})).await,
        refused(json!({"target": "nope"})).await,
        refused(json!({"target": null})).await,
        refused(json!({"target": "active"})).await,
        refused(json!({"target": "unhold"})).await,
        refused(json!({"target": "provide", "configdrive": "x"})).await,
        refused(json!({"target": "provide", "clean_steps": [{"interface": "bios", "step": "factory_reset"}]})).await,
        refused(json!({"target": "provide", "service_steps": [{"interface": "bios", "step": "factory_reset"}]})).await,
        refused(json!({"target": "provide", "deploy_steps": [{"interface": "deploy", "step": "deploy"}]})).await,
        refused(json!({"target": "clean"})).await,
        refused(json!({"target": "clean", "clean_steps": "x"})).await,
        refused(json!({"target": "clean", "clean_steps": [{"interface": "nope", "step": "x"}]})).await,
        refused(json!({"target": "clean", "clean_steps": [{"interface": "bios"}]})).await,
        refused(json!({"target": "clean", "clean_steps": [{"interface": "bios", "step": 1}]})).await,
        refused(json!({"target": "provide", "runbook": "r"})).await,
        refused(json!({"target": "clean", "runbook": "r"})).await,
        refused(json!({"target": "rescue"})).await,
        refused(json!({"target": "rescue", "rescue_password": " "})).await,
        refused(json!({"target": "provide", "rescue_password": "p"})).await,
        refused(json!({"target": "provide", "disable_ramdisk": true})).await,
        refused(json!({"target": "provide", "x": 1})).await,
    ];
    assert_json_snapshot!(told);
}

#[tokio::test]
async fn verbs_and_arguments_came_with_versions() {
    let api = Api::start().await;
    api.enrol_with("n", json!({ "uuid": UUID })).await;
    for (target, since) in [
        ("manage", 4),
        ("provide", 4),
        ("inspect", 6),
        ("abort", 13),
        ("clean", 15),
        ("adopt", 17),
        ("rescue", 38),
        ("unrescue", 38),
        ("deploy", 73),
        ("undeploy", 73),
    ] {
        // By its UUID: the first clients know no names.
        let path = format!("/v1/nodes/{UUID}/states/provision");
        let before = api.at(&format!("1.{}", since - 1)).put(&path, json!({ "target": target })).await;
        assert_eq!(before.status, 406, "{target}: {}", before.text());
    }
}
