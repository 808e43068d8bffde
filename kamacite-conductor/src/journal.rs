//! Operations: how the journal's entries begin, move and end.

use kamacite_model::{
    Node, Operation, Requester, Uuid,
    operation::{OperationKind, OperationState},
};
use kamacite_store::OperationChange;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{Error, Result, engine::Engine, lock::Extra};

/// The version of the shapes that are written today.
pub(crate) const SCHEMA: i32 = 1;

/// How an operation ended.
pub(crate) enum Outcome {
    /// Well, with something to say or without.
    Done(Option<Value>),
    /// Not well.
    Failed(String),
    /// On request.
    Aborted(String),
}

/// A new operation on a node.
pub(crate) fn begin(
    engine: &Engine,
    kind: OperationKind,
    name: &str,
    node: &Node,
    intent: &impl Serialize,
    who: &Requester,
) -> Result<Operation> {
    let mut operation = blank(engine, kind, name, intent, who)?;
    operation.node = Some(node.uuid);
    operation.driver = Some(node.driver.to_string());
    Ok(operation)
}

/// A new operation on a hardware type.
pub(crate) fn begin_on_driver(
    engine: &Engine,
    name: &str,
    driver: &str,
    intent: &impl Serialize,
    who: &Requester,
) -> Result<Operation> {
    let mut operation = blank(engine, OperationKind::DriverPassthru, name, intent, who)?;
    operation.driver = Some(driver.to_owned());
    Ok(operation)
}

fn blank(
    engine: &Engine,
    kind: OperationKind,
    name: &str,
    intent: &impl Serialize,
    who: &Requester,
) -> Result<Operation> {
    let now = engine.now();
    Ok(Operation {
        id: Uuid::new_v4(),
        kind,
        name: name.to_owned(),
        node: None,
        driver: None,
        state: OperationState::Running,
        schema: SCHEMA,
        intent: write(intent)?,
        progress: Value::Null,
        attempt: 1,
        deadline: None,
        requester: who.clone(),
        conductor: engine.hostname.to_string(),
        result: None,
        error: None,
        created_at: now,
        updated_at: now,
        finished_at: None,
    })
}

/// What was asked, read back.
///
/// # Errors
/// [`Error::Unreadable`] when a newer program wrote it.
pub(crate) fn intent<T: DeserializeOwned>(operation: &Operation) -> Result<T> {
    read(operation, &operation.intent)
}

/// Where the work stands, read back.
///
/// # Errors
/// [`Error::Unreadable`] when a newer program wrote it.
pub(crate) fn progress<T: DeserializeOwned>(operation: &Operation) -> Result<T> {
    read(operation, &operation.progress)
}

/// Writes an intent or a progress for the journal.
pub(crate) fn write(value: &impl Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|why| Error::Unwritable(why.to_string()))
}

/// Ends an operation; what it knew of secrets goes with it.
pub(crate) fn end(engine: &Engine, operation: &mut Operation, outcome: Outcome) {
    let now = engine.now();
    operation.updated_at = now;
    operation.finished_at = Some(now);
    operation.deadline = None;
    scrub(&mut operation.intent);
    // Nobody goes on from here, and what was still to be done has arguments too.
    let words = operation.progress.get_mut("words").map(Value::take).unwrap_or_default();
    operation.progress = json!({ "words": words });
    match outcome {
        Outcome::Done(result) => {
            operation.state = OperationState::Succeeded;
            operation.result = result;
        }
        Outcome::Failed(words) => {
            operation.state = OperationState::Failed;
            operation.error = Some(words);
        }
        Outcome::Aborted(words) => {
            operation.state = OperationState::Aborted;
            operation.error = Some(words);
        }
    }
    if let Some(durations) = engine.meters.ended(operation.kind, operation.state) {
        durations.record(now.duration_since(operation.created_at).try_into().unwrap_or_default());
    }
}

/// What holds secrets whatever it is called: a config drive, arguments, and addresses, which may name a password.
const CONFIDENTIAL: [&str; 3] = ["configdrive", "args", "image_url"];

/// Drops what may hold secrets: under any name, for who calls a method or a step calls its arguments as he likes.
fn scrub(intent: &mut Value) {
    match intent {
        Value::Object(object) => {
            object.retain(|key, _| !kamacite_model::is_secret_key(key) && !CONFIDENTIAL.contains(&key.as_str()));
            object.values_mut().for_each(scrub);
        }
        Value::Array(items) => items.iter_mut().for_each(scrub),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Stores a new operation with a node.
pub(crate) fn insert(operation: &Operation) -> Extra {
    Extra { operation: Some(OperationChange::Insert(operation.clone())), ..Extra::default() }
}

/// Stores a moved operation with a node.
pub(crate) fn update(operation: &Operation) -> Extra {
    Extra { operation: Some(OperationChange::Update(operation.clone())), ..Extra::default() }
}

/// Whether this program knows what the operation was written in.
///
/// # Errors
/// [`Error::Unreadable`] when a newer program wrote it: that one can go on with it.
pub(crate) fn check_schema(operation: &Operation) -> Result<()> {
    if operation.schema > SCHEMA {
        return Err(Error::Unreadable { operation: operation.id, why: format!("it has shape {}", operation.schema) });
    }
    Ok(())
}

fn read<T: DeserializeOwned>(operation: &Operation, value: &Value) -> Result<T> {
    check_schema(operation)?;
    T::deserialize(value).map_err(|why| Error::Unreadable { operation: operation.id, why: why.to_string() })
}
