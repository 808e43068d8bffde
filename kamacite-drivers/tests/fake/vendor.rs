//! The vendor methods that the reference has, in its words.

use std::time::Duration;

use kamacite_driver::{ErrorKind, Mode, Verb, model::InterfaceKind::Vendor};
use serde_json::{Value, json};

use crate::support::{Bench, Way, both_ways, refusal};

both_ways! {
    the_methods_are_the_references,
    the_properties_are_the_references,
    a_word_is_compared,
    a_word_may_come_as_any_scalar,
    a_word_that_is_missing_or_empty_is_told_in_the_references_words,
    a_word_that_is_none_is_refused,
    methods_take_their_time,
    log_passthrough_takes_anything,
    there_are_no_driver_methods,
}

fn bench(way: Way) -> Bench {
    Bench::new(way, "fake-hardware", &[("fake", "vendor_delay", "2")])
}

const WORDS: [(&str, &str); 3] =
    [("second_method", "kazoo"), ("third_method_sync", "meow"), ("fourth_method_shared_lock", "woof")];

async fn the_methods_are_the_references(way: Way) {
    let bench = bench(way);
    let on = bench.on();
    let mut methods: Vec<_> = on.implementation(Vendor).node_methods.iter().map(|method| &method.spec).collect();
    methods.sort_by_key(|spec| &spec.name);
    let listed: Vec<Value> = methods
        .iter()
        .map(|spec| {
            json!([spec.name, spec.verbs, spec.mode == Mode::Async, spec.description, spec.attach, spec.exclusive])
        })
        .collect();
    assert_eq!(
        listed,
        [
            json!(["fourth_method_shared_lock", ["POST"], true, "Test if the value of bar is woof", false, false]),
            json!(["log_passthrough", ["POST"], true, "Test pass-through to wait.", false, true]),
            json!(["second_method", ["POST"], true, "Test if the value of bar is kazoo", false, true]),
            json!(["third_method_sync", ["POST"], false, "Test if the value of bar is meow", false, true]),
        ]
    );
}

async fn the_properties_are_the_references(way: Way) {
    let bench = bench(way);
    let properties = bench.on().implementation(Vendor).interface.base().properties();
    let properties: Vec<_> =
        properties.iter().map(|one| (one.name.as_str(), one.description.as_str(), one.required)).collect();
    assert_eq!(properties, [("B1", "B1 description. Required.", true), ("B2", "B2 description. Required.", true)]);
}

async fn a_word_is_compared(way: Way) {
    let bench = bench(way);
    for (method, word) in WORDS {
        assert_eq!(bench.ask(method, Verb::POST, json!({"bar": word})).await.unwrap(), json!(true), "{method}");
        assert_eq!(bench.ask(method, Verb::POST, json!({"bar": "no"})).await.unwrap(), json!(false), "{method}");
    }
}

async fn a_word_may_come_as_any_scalar(way: Way) {
    let bench = bench(way);
    for bar in [json!(5), json!(1.5), json!(true)] {
        let reply = bench.ask("third_method_sync", Verb::POST, json!({ "bar": bar, "zz": 1 })).await;
        assert_eq!(reply.unwrap(), json!(false));
    }
}

async fn a_word_that_is_missing_or_empty_is_told_in_the_references_words(way: Way) {
    let bench = bench(way);
    for (method, _) in WORDS {
        for args in [json!({}), json!({"bar": ""}), json!({"bar": null}), json!({"baz": "meow"})] {
            let (kind, words) = refusal(bench.call(method, Verb::POST, args).await);
            assert_eq!(kind, ErrorKind::Missing);
            assert_eq!(words, format!("Parameter 'bar' not passed to method '{method}'."));
        }
    }
    assert_eq!(bench.clock.passed(), Duration::ZERO, "that is told before anything is done");
}

async fn a_word_that_is_none_is_refused(way: Way) {
    let (kind, words) = refusal(bench(way).call("second_method", Verb::POST, json!({"bar": ["kazoo"]})).await);
    assert_eq!(kind, ErrorKind::Invalid);
    let expected = r#"Arguments of method 'second_method' do not fit: bar must be of type string, not ["kazoo"]"#;
    assert_eq!(words, expected);
}

async fn methods_take_their_time(way: Way) {
    let bench = bench(way);
    for (i, (method, word)) in (1..).zip(WORDS) {
        bench.ask(method, Verb::POST, json!({"bar": word})).await.unwrap();
        assert_eq!(bench.clock.passed(), i * Duration::from_secs(2), "{method}");
    }
}

async fn log_passthrough_takes_anything(way: Way) {
    let bench = bench(way);
    for args in [json!({}), json!({"any": "thing", "password": "calvin", "deep": {"er": [1, null]}})] {
        assert_eq!(bench.ask("log_passthrough", Verb::POST, args).await.unwrap(), Value::Null);
    }
    assert_eq!(bench.clock.passed(), Duration::from_secs(4));
}

async fn there_are_no_driver_methods(way: Way) {
    assert_eq!(bench(way).on().implementation(Vendor).driver_methods.len(), 0);
}
