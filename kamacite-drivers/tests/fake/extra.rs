//! The vendor methods beyond the reference's: one of every sort.

use std::time::Duration;

use kamacite_driver::{
    Attachment, Effect, ErrorKind, Mode, Reply, Verb,
    model::{InterfaceKind::Vendor, PowerState, PowerTarget, ProvisionState},
};
use serde_json::{Value, json};

use crate::support::{Bench, Way, both_ways, refusal};

both_ways! {
    every_sort_of_method_is_there,
    every_method_says_what_it_does,
    echo_answers_with_what_it_understood,
    echo_names_what_it_does_not_understand,
    echo_answers_to_every_verb,
    label_does_what_the_verb_says,
    label_cannot_be_set_to_nothing,
    report_is_a_file,
    age_is_known_by_another_name,
    power_cycle_acts_and_keeps_a_record,
    power_cycle_ends_when_the_lock_is_lost,
    hang_returns_in_time,
    hang_returns_never,
    fail_goes_wrong_in_every_way,
    driver_methods_know_who_asks,
    a_driver_method_may_return_nothing,
    a_driver_method_may_hand_out_a_file,
}

fn bench(way: Way) -> Bench {
    Bench::new(way, "fake-hardware", &[]).with(Vendor, "fake-extra")
}

async fn every_sort_of_method_is_there(way: Way) {
    let bench = bench(way);
    let on = bench.on();
    let vendor = on.implementation(Vendor);
    let node: Vec<_> = vendor.node_methods.iter().map(|method| &method.spec).collect();
    for (mode, exclusive) in [(Mode::Sync, true), (Mode::Sync, false), (Mode::Async, true), (Mode::Async, false)] {
        assert!(node.iter().any(|spec| (spec.mode, spec.exclusive) == (mode, exclusive)), "{mode:?} {exclusive}");
    }
    assert!(node.iter().any(|spec| spec.attach) && node.iter().any(|spec| spec.verbs.len() > 1));
    let driver: Vec<_> = vendor.driver_methods.iter().map(|method| &method.spec).collect();
    assert!(driver.iter().any(|spec| spec.mode == Mode::Sync) && driver.iter().any(|spec| spec.mode == Mode::Async));
    assert!(driver.iter().any(|spec| spec.attach) && driver.iter().all(|spec| !spec.exclusive));
}

async fn every_method_says_what_it_does(way: Way) {
    let bench = bench(way);
    let on = bench.on();
    let vendor = on.implementation(Vendor);
    let node = vendor.node_methods.iter().map(|method| &method.spec);
    for spec in node.chain(vendor.driver_methods.iter().map(|method| &method.spec)) {
        assert!(!spec.description.is_empty(), "{}", spec.name);
        let arguments = spec.args["properties"].as_object().into_iter().flatten();
        for (name, schema) in arguments {
            assert!(schema["description"].is_string(), "{}: {name}", spec.name);
        }
    }
}

async fn echo_answers_with_what_it_understood(way: Way) {
    let bench = bench(way);
    let check = async |said: Value, understood: Value| {
        assert_eq!(bench.ask("echo", Verb::POST, said.clone()).await.ok(), Some(understood), "{said}");
    };
    check(json!({"text": "a"}), json!({"text": "a", "seriously": false, "volume": "normal"})).await;
    // As the command line and a query string would have it.
    check(
        json!({"text": 5, "number": "-7", "ratio": "0.5", "seriously": "true", "volume": "loud", "list": "[\"a\"]"}),
        json!({"text": "5", "number": -7, "ratio": 0.5, "seriously": true, "volume": "loud", "list": ["a"]}),
    )
    .await;
    check(
        json!({"text": true, "number": null, "ratio": 1, "object": {"a": {"b": null}}, "volume": "quiet"}),
        json!({"text": "true", "ratio": 1.0, "seriously": false, "volume": "quiet", "object": {"a": {"b": null}}}),
    )
    .await;
}

async fn echo_names_what_it_does_not_understand(way: Way) {
    let bench = bench(way);
    let check = async |said: Value, kind, words: &str| {
        let (is, said) = refusal(bench.call("echo", Verb::POST, said).await);
        assert_eq!((is, said.as_str()), (kind, words));
    };
    check(json!({}), ErrorKind::Missing, "Parameter 'text' not passed to method 'echo'.").await;
    let words = "Method 'echo' takes no argument 'txt'; it takes: text, number, ratio, seriously, volume, list, object";
    check(json!({"text": "a", "txt": "b"}), ErrorKind::Invalid, words).await;
    for (name, value, words) in [
        ("number", json!("much"), "number must be of type integer, not \"much\""),
        ("number", json!(1.5), "number must be of type integer, not 1.5"),
        ("ratio", json!(2), "ratio must be at most 1, not 2"),
        ("seriously", json!("perhaps"), "seriously must be of type boolean, not \"perhaps\""),
        ("volume", json!("off"), "volume must be one of \"quiet\", \"normal\", \"loud\", not \"off\""),
        ("list", json!([1]), "list[0] must be of type string, not 1"),
        ("object", json!([]), "object must be of type object, not []"),
    ] {
        let words = format!("Arguments of method 'echo' do not fit: {words}");
        let mut said = json!({"text": "a"});
        said[name] = value;
        check(said, ErrorKind::Invalid, &words).await;
    }
}

async fn echo_answers_to_every_verb(way: Way) {
    for verb in [Verb::GET, Verb::POST, Verb::PUT, Verb::PATCH, Verb::DELETE] {
        let said = bench(way).ask("echo", verb, json!({"text": "a"})).await.unwrap();
        assert_eq!(said["text"], "a", "{verb}");
    }
}

async fn label_does_what_the_verb_says(way: Way) {
    let bench = bench(way);
    let label = async |verb, args| bench.ask("label", verb, args).await.unwrap();
    assert_eq!(label(Verb::GET, json!({})).await, Value::Null);
    assert_eq!(label(Verb::PUT, json!({"label": "rack 7"})).await, json!("rack 7"));
    assert_eq!(label(Verb::GET, json!({})).await, json!("rack 7"));
    assert_eq!(bench.node().driver_internal_info["fake_label"], json!("rack 7"));
    assert_eq!(label(Verb::DELETE, json!({})).await, Value::Null);
    assert_eq!(label(Verb::GET, json!({})).await, Value::Null);
}

async fn label_cannot_be_set_to_nothing(way: Way) {
    let bench = bench(way);
    let (kind, words) = refusal(bench.call("label", Verb::PUT, json!({})).await);
    assert_eq!((kind, &*words), (ErrorKind::Missing, "Parameter 'label' not passed to method 'label'."));
    assert_eq!(bench.machine.effects(), []);
}

async fn report_is_a_file(way: Way) {
    let bench = bench(way);
    bench.machine.change(|node| {
        node.provision_state = ProvisionState::Active;
        node.power_state = Some(PowerState::On);
    });
    let uuid = bench.node().uuid;
    let body = format!("node {uuid}\nstate active\npower power on\nreported 2023-11-14T22:13:20Z\n");
    let expected = Attachment {
        content_type: "text/plain; charset=utf-8".to_owned(),
        file_name: Some(format!("report-{uuid}.txt")),
        body: body.into_bytes(),
    };
    assert_eq!(bench.call("report", Verb::GET, json!({})).await.unwrap(), Reply::Attachment(expected));
}

async fn age_is_known_by_another_name(way: Way) {
    let bench = bench(way);
    bench.clock.pass(Duration::from_secs(90));
    assert_eq!(bench.ask("age", Verb::GET, json!({})).await.unwrap(), json!(90));
    assert!(bench.on().implementation(Vendor).node_method("seconds_since_enrolment").is_none());
}

async fn power_cycle_acts_and_keeps_a_record(way: Way) {
    let bench = bench(way);
    assert_eq!(bench.ask("power_cycle", Verb::POST, json!({})).await.unwrap(), json!(1));
    let power = |target| Effect::SetPower { target, timeout: None };
    let progress = |words: &str| Effect::Progress { words: words.to_owned() };
    let expected = [
        progress("turning the machine off"),
        power(PowerTarget::Off),
        progress("turning the machine on"),
        power(PowerTarget::On),
        Effect::Remember { key: "fake_power_cycles".to_owned(), value: json!(1) },
    ];
    assert_eq!(bench.machine.effects(), expected);
    assert_eq!(bench.ask("power_cycle", Verb::POST, json!({})).await.unwrap(), json!(2));
    assert_eq!(bench.node().power_state, Some(PowerState::On));
}

async fn power_cycle_ends_when_the_lock_is_lost(way: Way) {
    let bench = bench(way);
    bench.machine.lose_lock();
    let (kind, words) = refusal(bench.call("power_cycle", Verb::POST, json!({})).await);
    assert_eq!((kind, &*words), (ErrorKind::LockLost, "somebody else holds the node"));
    assert_eq!(bench.machine.effects(), []);
}

async fn hang_returns_in_time(way: Way) {
    let bench = bench(way);
    for (i, method) in (1..).zip(["hang", "hang_shared", "hang_sync"]) {
        assert_eq!(bench.ask(method, Verb::POST, json!({"seconds": 2.5})).await.unwrap(), Value::Null);
        assert_eq!(bench.clock.passed(), i * Duration::from_millis(2500));
        let (kind, words) = refusal(bench.call(method, Verb::POST, json!({"seconds": -1})).await);
        assert_eq!(kind, ErrorKind::Invalid);
        assert!(words.ends_with("seconds must be at least 0, not -1"), "{words}");
        let (kind, words) = refusal(bench.call(method, Verb::POST, json!({"seconds": 1e300})).await);
        assert_eq!((kind, &*words), (ErrorKind::Invalid, "cannot hang for that many seconds; say a number from 0"));
    }
}

async fn hang_returns_never(way: Way) {
    let bench = bench(way);
    for method in ["hang", "hang_shared", "hang_sync"] {
        let call = bench.call(method, Verb::POST, json!({}));
        assert!(tokio::time::timeout(Duration::from_millis(20), call).await.is_err(), "{method}");
    }
}

async fn fail_goes_wrong_in_every_way(way: Way) {
    let bench = bench(way);
    for method in ["fail", "fail_later"] {
        for (name, kind) in [
            ("invalid", ErrorKind::Invalid),
            ("missing", ErrorKind::Missing),
            ("unsupported", ErrorKind::Unsupported),
            ("not_found", ErrorKind::NotFound),
            ("busy", ErrorKind::Busy),
            ("hardware", ErrorKind::Hardware),
            ("lock_lost", ErrorKind::LockLost),
            ("internal", ErrorKind::Internal),
        ] {
            let outcome = bench.call(method, Verb::POST, json!({"kind": name, "message": "so it is"})).await;
            assert_eq!(refusal(outcome), (kind, "so it is".to_owned()));
        }
        let (kind, words) = refusal(bench.call(method, Verb::POST, json!({})).await);
        assert_eq!((kind, &*words), (ErrorKind::Hardware, "the fake hardware failed, as it was asked to"));
    }
}

async fn driver_methods_know_who_asks(way: Way) {
    let bench = bench(way);
    for verb in [Verb::GET, Verb::POST, Verb::PUT, Verb::PATCH, Verb::DELETE] {
        let reply = bench.call_driver("fake-extra", "ping", verb, json!({"a": [1]})).await.unwrap();
        assert_eq!(reply, Reply::Json(json!({"verb": verb, "user": "tester", "said": {"a": [1]}})));
    }
}

async fn a_driver_method_may_return_nothing(way: Way) {
    let bench = bench(way);
    let announce = async |args| bench.call_driver("fake-extra", "announce", Verb::POST, args).await;
    assert_eq!(announce(json!({"message": "hello"})).await.unwrap(), Reply::Json(Value::Null));
    let (kind, words) = refusal(announce(json!({})).await);
    assert_eq!((kind, &*words), (ErrorKind::Missing, "Parameter 'message' not passed to method 'announce'."));
    let (kind, words) = refusal(announce(json!({"message": "hello", "to": "all"})).await);
    assert_eq!((kind, &*words), (ErrorKind::Invalid, "Method 'announce' takes no argument 'to'; it takes: message"));
}

async fn a_driver_method_may_hand_out_a_file(way: Way) {
    let reply = bench(way).call_driver("fake-extra", "manual", Verb::GET, json!({})).await.unwrap();
    let Reply::Attachment(manual) = reply else { panic!("it should be a file: {reply:?}") };
    assert_eq!(manual.content_type, "text/markdown; charset=utf-8");
    assert_eq!(manual.file_name.as_deref(), Some("fake-hardware.md"));
    assert!(manual.body.starts_with(b"# fake-hardware\n"));
}
