//! A power cut while many nodes are being deployed: nothing is lost, nothing fails, nothing is stranded.

use std::{collections::BTreeMap, time::Duration};

use futures::{StreamExt, stream};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{api::Api, site::Site};

const NODES: usize = 200;

/// Preparing and the deploy step take this long each.
const SLOW: &str = "[fake]\ndeploy_delay = 3\n\n[conductor]\nautomated_clean = false\nmax_concurrent_clean = 0\n";

async fn of_all(api: &Api, does: impl AsyncFn(Api, String)) {
    stream::iter(0..NODES).for_each_concurrent(16, |i| does(api.clone(), format!("n{i}"))).await;
}

async fn provision(api: &Api, target: &'static str) {
    of_all(api, async |api, node| {
        api.change(Method::PUT, &format!("/v1/nodes/{node}/states/provision"), json!({ "target": target })).await;
    })
    .await;
}

/// How many nodes are in which state.
fn states(nodes: &Value) -> BTreeMap<String, usize> {
    let mut states = BTreeMap::new();
    for node in nodes["nodes"].as_array().unwrap() {
        *states.entry(node["provision_state"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    states
}

const ALL: &str = "/v1/nodes?limit=1000&fields=name,provision_state,last_error,reservation,maintenance";

async fn all_are(api: &Api, state: &str) -> Value {
    let wanted = BTreeMap::from([(state.to_owned(), NODES)]);
    api.until(ALL, |nodes| states(nodes) == wanted).await
}

#[tokio::test]
async fn nodes_that_are_being_deployed_survive_two_power_cuts() {
    let site = Site::new(SLOW);
    let service = site.start().await;
    of_all(&service.api, async |api, node| {
        api.change(Method::POST, "/v1/nodes", json!({"driver": "fake-hardware", "name": node})).await;
    })
    .await;
    provision(&service.api, "manage").await;
    all_are(&service.api, "manageable").await;
    provision(&service.api, "provide").await;
    all_are(&service.api, "available").await;
    provision(&service.api, "active").await;
    let busy = states(&service.api.get(ALL).await);
    assert_eq!(busy, BTreeMap::from([("deploying".to_owned(), NODES)]), "the cut must come in the middle");
    service.kill().await;

    // Once more, in the middle of picking up.
    let service = site.start().await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let busy = states(&service.api.get(ALL).await);
    assert!(busy.get("deploying").is_some_and(|count| *count > NODES / 2), "{busy:?}");
    service.kill().await;

    let service = site.start().await;
    let nodes = all_are(&service.api, "active").await;
    for node in nodes["nodes"].as_array().unwrap() {
        assert_eq!((&node["last_error"], &node["maintenance"]), (&Value::Null, &json!(false)), "{node}");
    }
    let free = |nodes: &Value| nodes["nodes"].as_array().unwrap().iter().all(|node| node["reservation"].is_null());
    service.api.until(ALL, free).await;
    // They are as good as any: they can be taken down again.
    provision(&service.api, "deleted").await;
    all_are(&service.api, "available").await;
}
