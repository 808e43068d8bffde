//! Keeps account of what drivers did in tests and against what, for the page of supported drivers.
//!
//! What crosses the wire says which operation of which interface it is, and how it ended; so no test has to.

use std::{
    fs::{OpenOptions, create_dir_all},
    io::Write,
    path::Path,
};

use serde_json::{Value, json};

/// Names the folder; without it no account is kept. `cargo xtask test` sets it.
const VARIABLE: &str = "KAMACITE_RAN";

/// Takes an operation down if it went well.
#[allow(clippy::disallowed_methods, reason = "the test command says so, not a configuration")]
pub fn note(request: &[u8], answer: &[u8], against: &str) {
    let Some(folder) = std::env::var_os(VARIABLE) else { return };
    if let Some(line) = line(request, answer, against) {
        keep(folder.as_ref(), &line);
    }
}

fn line(request: &[u8], answer: &[u8], against: &str) -> Option<Value> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    answer.get("Ok")?;
    let request: Value = serde_json::from_slice(request).ok()?;
    // A method of a hardware type has no node to say which.
    let asked = request.get("OnNode")?;
    Some(json!({
        "hardware_type": asked["node"]["driver"],
        "kind": asked["kind"],
        "interface": asked["name"],
        "operation": operation(&asked["call"])?,
        "against": against,
    }))
}

/// The operation in a word or two; whether a node can be driven at all is none.
fn operation(call: &Value) -> Option<String> {
    let (kind, call) = call.as_object()?.iter().next()?;
    match kind.as_str() {
        "NodeMethod" => Some(format!("vendor method {}", call["method"].as_str()?)),
        "Step" => Some(format!("{} step {}", call["kind"].as_str()?, call["step"].as_str()?)),
        _ => call.as_object()?.keys().next().cloned(),
    }
}

fn keep(folder: &Path, line: &Value) {
    create_dir_all(folder).expect("a folder for the account");
    let file = folder.join(format!("{}.jsonl", std::process::id()));
    let mut file = OpenOptions::new().append(true).create(true).open(file).expect("the account can be kept");
    file.write_all(format!("{line}\n").as_bytes()).expect("the account can be kept");
}
