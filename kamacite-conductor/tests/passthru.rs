//! Vendor methods: what they may, what they may not, and what hanging ones cost the others.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, reason = "a test")]

mod support;

use std::time::{Duration, Instant};

use kamacite_conductor::{Error, PassthruCall, PassthruReply};
use kamacite_driver::Verb;
use kamacite_model::{Json, Uuid, operation::OperationState};
use serde_json::{Value, json};
use support::{JumpClock, Life, SlowClock, options, who};

fn call(method: &str, args: Value) -> PassthruCall {
    PassthruCall { method: method.to_owned(), verb: Verb::POST, args: args.as_object().cloned().unwrap_or_default() }
}

async fn life() -> Life {
    Life::start(None, JumpClock::new(), options(&[])).await
}

async fn extra_node(life: &Life) -> Uuid {
    life.enrol(|node| node.interfaces[kamacite_model::InterfaceKind::Vendor] = Some("fake-extra".into())).await
}

async fn ask(life: &Life, node: Uuid, method: &str, args: Value) -> Result<PassthruReply, Error> {
    life.conductor.node_passthru(node, call(method, args), &who()).await
}

async fn ended(life: &Life, reply: PassthruReply) -> kamacite_model::Operation {
    let PassthruReply::Accepted(id) = reply else { panic!("{reply:?} is no operation") };
    for _ in 0..10_000 {
        let operation = life.store.operation(id).await.unwrap().unwrap();
        if operation.state.is_final() {
            return operation;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("operation {id} does not end");
}

#[tokio::test]
async fn a_synchronous_method_replies_and_leaves_no_lock() {
    let life = life().await;
    let node = life.enrol(|_| {}).await;
    let reply = ask(&life, node, "third_method_sync", json!({"bar": "meow"})).await.unwrap();
    assert_eq!(reply, PassthruReply::Json(json!(true)));
    // Released before the reply, not some time after it.
    assert_eq!(life.node(node).await.reservation, None);
}

#[tokio::test]
async fn what_is_wrong_with_a_call_is_told_before_any_lock() {
    let life = life().await;
    let node = life.enrol(|_| {}).await;
    life.store.reserve(node, "someone").await.unwrap();
    let began = Instant::now();
    let refused = |error: Error, words: &str| assert!(error.to_string().contains(words), "{error}");
    refused(ask(&life, node, "nope", json!({})).await.unwrap_err(), "No handler for method nope");
    refused(ask(&life, node, "third_method_sync", json!({})).await.unwrap_err(), "Parameter 'bar' not passed");
    let wrong = PassthruCall { verb: Verb::GET, ..call("third_method_sync", json!({"bar": 1})) };
    let error = life.conductor.node_passthru(node, wrong, &who()).await.unwrap_err();
    refused(error, "The method third_method_sync does not support HTTP GET");
    assert!(began.elapsed() < Duration::from_secs(1), "someone's lock was waited for");
    // A method that wants no lock goes through; one that does is refused after the configured tries.
    let shared = ask(&life, node, "fourth_method_shared_lock", json!({"bar": "x"})).await.unwrap();
    assert_eq!(ended(&life, shared).await.state, OperationState::Succeeded);
    let locked = ask(&life, node, "third_method_sync", json!({"bar": "meow"})).await.unwrap_err();
    assert!(matches!(&locked, Error::NodeLocked { holder, .. } if holder == "someone"), "{locked}");
}

#[tokio::test]
async fn the_outcome_of_an_asynchronous_method_is_kept() {
    let life = life().await;
    let node = extra_node(&life).await;
    let reply = ask(&life, node, "power_cycle", json!({})).await.unwrap();
    let operation = ended(&life, reply).await;
    assert_eq!((operation.state, operation.result), (OperationState::Succeeded, Some(json!(1))));

    let reply = ask(&life, node, "fail_later", json!({"message": "no iron"})).await.unwrap();
    let operation = ended(&life, reply).await;
    assert_eq!((operation.state, operation.error.as_deref()), (OperationState::Failed, Some("no iron")));
    let after = life.settled(node).await;
    assert_eq!(after.last_error.as_deref(), Some("Async execution of fail_later failed with error: no iron"));
}

#[tokio::test]
async fn arguments_of_an_ended_call_are_not_kept() {
    let life = life().await;
    let node = life.enrol(|_| {}).await;
    let reply = ask(&life, node, "log_passthrough", json!({"password": "calvin"})).await.unwrap();
    let operation = ended(&life, reply).await;
    assert!(!operation.intent.to_string().contains("calvin"), "{}", operation.intent);
}

#[tokio::test]
async fn a_client_that_hangs_up_leaves_nothing_half_done() {
    let life = life().await;
    let node = extra_node(&life).await;
    let conductor = life.conductor.clone();
    let client =
        tokio::spawn(async move { conductor.node_passthru(node, call("power_cycle", json!({})), &who()).await });
    tokio::task::yield_now().await;
    client.abort();
    let _ = client.await;
    // Either it had not begun, or it runs to its end; in both cases the node is free afterwards.
    let after = life.settled(node).await;
    assert!(after.reservation.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_hanging_calls_delay_nobody_else() {
    let life = Life::start(None, JumpClock::new(), options(&[("kamacite", "max_calls_per_node", "10")])).await;
    let free = life.enrol(|_| {}).await;
    let quiet = median_of_passthru(&life, free).await;

    let mut hanging = Vec::new();
    for _ in 0..100 {
        let node = extra_node(&life).await;
        for _ in 0..10 {
            let reply = ask(&life, node, "hang_shared", json!({})).await.unwrap();
            assert!(matches!(reply, PassthruReply::Accepted(_)));
        }
        hanging.push(node);
    }
    let unfinished = life.store.unfinished_operations().await.unwrap();
    assert_eq!(unfinished.len(), 1000);

    // One more on any of them is refused; the others do not notice.
    let refused = ask(&life, hanging[0], "hang_shared", json!({})).await.unwrap_err();
    assert!(matches!(&refused, Error::Busy(words) if words.contains("max_calls_per_node")), "{refused}");
    let loaded = median_of_passthru(&life, free).await;
    assert!(loaded < quiet * 3 + Duration::from_millis(2), "{quiet:?} became {loaded:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_wait_for_a_lock_delay_nobody_else() {
    let patient = [("conductor", "node_locked_retry_attempts", "100"), ("kamacite", "max_calls_per_node", "1000")];
    let life = Life::start(None, SlowClock::new(), options(&patient)).await;
    let (free, locked) = (life.enrol(|_| {}).await, life.enrol(|_| {}).await);
    let quiet = median_of_passthru(&life, free).await;
    life.store.reserve(locked, "someone").await.unwrap();
    for _ in 0..300 {
        let conductor = life.conductor.clone();
        let waits = call("third_method_sync", json!({"bar": "meow"}));
        tokio::spawn(async move { conductor.node_passthru(locked, waits, &who()).await });
    }
    let loaded = median_of_passthru(&life, free).await;
    assert!(loaded < quiet * 3 + Duration::from_millis(2), "{quiet:?} became {loaded:?}");
}

async fn median_of_passthru(life: &Life, node: Uuid) -> Duration {
    let mut times = Vec::new();
    for _ in 0..101 {
        let began = Instant::now();
        ask(life, node, "third_method_sync", json!({"bar": "meow"})).await.unwrap();
        times.push(began.elapsed());
    }
    times.sort();
    times[50]
}

#[tokio::test]
async fn a_call_that_the_end_of_the_process_cut_off_is_told_and_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ironic.sqlite");
    let life = Life::start(Some(&file), JumpClock::new(), options(&[])).await;
    let node = extra_node(&life).await;
    let PassthruReply::Accepted(id) = ask(&life, node, "hang", json!({})).await.unwrap() else {
        panic!("no operation")
    };
    life.store.cut_power_after(0);

    let life = Life::start(Some(&file), JumpClock::new(), options(&[])).await;
    let operation = life.store.operation(id).await.unwrap().unwrap();
    assert_eq!(operation.state, OperationState::Failed);
    assert!(operation.error.unwrap().contains("whether it took effect is not known"));
    assert_eq!(life.node(node).await.reservation, None);
}

#[tokio::test]
async fn driver_methods_are_reached_by_any_interface_of_the_type() {
    let life = life().await;
    let ping = |interface| {
        let call = PassthruCall { verb: Verb::GET, args: Json::new(), ..call("ping", json!({})) };
        let conductor = life.conductor.clone();
        async move { conductor.driver_passthru("fake-hardware", interface, call, &who()).await }
    };
    // The default vendor interface of the type has no driver methods; the other one has.
    let error = ping(None).await.unwrap_err();
    assert!(matches!(error, Error::NoMethod(_)), "{error}");
    let reply = ping(Some("fake-extra")).await.unwrap();
    assert!(matches!(reply, PassthruReply::Json(_)), "{reply:?}");
    let error = ping(Some("nope")).await.unwrap_err();
    assert!(error.to_string().contains("nope"), "{error}");
    let unknown = life.conductor.driver_passthru("nope", None, call("ping", json!({})), &who()).await.unwrap_err();
    assert_eq!(unknown.to_string(), "The driver 'nope' is unknown.");
}
