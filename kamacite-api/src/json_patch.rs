//! JSON patches (RFC 6902) as the reference takes them: `add`, `replace` and `remove`, with its words for what fails.

use serde_json::{Map, Value};

use crate::{
    fault::{Fault, Result},
    python,
    schema::{self, Property, Type},
    versions::{Version, since},
};

/// One operation of a patch.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// What to do.
    pub kind: Kind,
    /// Where, as the client wrote it.
    pub path: String,
    /// With what; needed but for `remove`.
    pub value: Option<Value>,
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Sets a member or inserts an item.
    Add,
    /// Sets what is there.
    Replace,
    /// Takes away what is there.
    Remove,
}

/// How the paths of a patch are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escapes {
    /// `~0` and `~1` stand for `~` and `/`.
    Read,
    /// Such paths are refused.
    Refused,
}

/// Reads a patch as the client's version has it.
pub fn read_in(version: Version, document: &Value) -> Result<Vec<Operation>> {
    read(document, if version.has(since::POINTER_ESCAPES) { Escapes::Read } else { Escapes::Refused })
}

/// Reads a patch as newer endpoints take it: the first fault in the order of the schema is told, and paths may hold anything.
pub fn read_by_schema(document: &Value) -> Result<Vec<Operation>> {
    let Value::Array(items) = document else {
        let fault = schema::type_fault(document, &[Type::Array]).unwrap_or_default();
        return Err(schema::plain_refusal(&fault));
    };
    match items.iter().find_map(schema_fault) {
        None => Ok(items.iter().filter_map(operation).collect()),
        Some(fault) => Err(schema::plain_refusal(&fault)),
    }
}

fn schema_fault(item: &Value) -> Option<String> {
    const OP: Property = Property::new("op", &[]).one_of(&["add", "replace", "remove"]);
    let Value::Object(map) = item else { return schema::type_fault(item, &[Type::Object]) };
    let fault = |name: &str, of: &dyn Fn(&Value) -> Option<String>| map.get(name).and_then(of);
    fault("op", &|op| OP.fault(op))
        .or_else(|| fault("path", &|path| schema::type_fault(path, &[Type::String])))
        .or_else(|| fault("value", &value_fault))
        .or_else(|| schema::missing(map, &["op", "path"]))
        .or_else(|| schema::unexpected(map, MEMBERS))
}

/// Newer endpoints take no lists and no fractions.
fn value_fault(value: &Value) -> Option<String> {
    let is_fraction = value.as_f64().is_some_and(|number| number.fract() != 0.0);
    (value.is_array() || is_fraction)
        .then(|| format!("{} is not of type 'string', 'object', 'null', 'integer', 'boolean'", python::repr(value)))
}

/// Refuses paths that begin with nothing that may be changed.
pub fn check_roots(patch: &[Operation], patchable: &[&str]) -> Result<()> {
    match patch.iter().find(|operation| !patchable.contains(&operation.root().as_str())) {
        None => Ok(()),
        Some(Operation { path, .. }) => Err(Fault::invalid(format!(
            "Cannot patch {path}. Only the following can be updated: {}",
            patchable.join(", ")
        ))),
    }
}

/// The values that a patch gives a member as a whole.
pub fn values_of<'a>(patch: &'a [Operation], name: &str) -> impl Iterator<Item = &'a Value> {
    let whole = move |one: &&Operation| one.kind != Kind::Remove && one.path.strip_prefix('/') == Some(name);
    patch.iter().filter(whole).filter_map(|one| one.value.as_ref())
}

/// Whether a patch touches a member or what is inside it.
pub fn touches(patch: &[Operation], name: &str) -> bool {
    patch.iter().any(|operation| operation.root() == name)
}

/// Carries a patch out on a document that may not gain members.
pub fn apply_all(document: Map<String, Value>, patch: &[Operation]) -> Result<Map<String, Value>> {
    let adds = |one: &&Operation| one.kind == Kind::Add && one.tokens().len() == 1;
    if let Some(stranger) = patch.iter().filter(adds).find(|one| !document.contains_key(&one.root())) {
        return Err(Fault::invalid(format!(
            "Adding a new attribute ({}) to the root of the resource is not allowed",
            stranger.path
        )));
    }
    let mut patched = Value::Object(document);
    patch.iter().try_for_each(|operation| operation.apply(&mut patched))?;
    match patched {
        Value::Object(document) => Ok(document),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Ok(Map::new()),
    }
}

/// The members of a document that a patch changes, with the value that each is to have: null where it was taken away.
/// `check` sees the document as the patch leaves it.
pub fn changes(
    original: Map<String, Value>,
    patch: &[Operation],
    check: impl FnOnce(Map<String, Value>) -> Result<Map<String, Value>>,
) -> Result<Vec<(String, Value)>> {
    let checked = check(apply_all(original.clone(), patch)?)?;
    let after = |name: &String| checked.get(name).cloned().unwrap_or(Value::Null);
    let members = original.into_iter().map(|(name, before)| (after(&name) != before).then(|| (after(&name), name)));
    Ok(members.flatten().map(|(value, name)| (name, value)).collect())
}

/// Reads a patch.
fn read(document: &Value, escapes: Escapes) -> Result<Vec<Operation>> {
    let Value::Array(items) = document else {
        let fault = schema::type_fault(document, &[Type::Array]).unwrap_or_default();
        return Err(schema::refusal("patch", &fault));
    };
    // Of several faults the reference tells the last of those nearest to the root.
    let faults = items.iter().rev().filter_map(|item| item_fault(item, escapes));
    if let Some((_, fault)) = faults.min_by_key(|(depth, _)| *depth) {
        return Err(schema::refusal("patch", &fault));
    }
    Ok(items.iter().filter_map(operation).collect())
}

/// What an operation may say.
pub const MEMBERS: &[Property] =
    &[Property::new("path", &[Type::String]), Property::new("op", &[Type::String]), Property::new("value", &[])];

/// What is wrong with an item, and how far from the root that is.
fn item_fault(item: &Value, escapes: Escapes) -> Option<(u8, String)> {
    let Value::Object(map) = item else { return Some((1, schema::type_fault(item, &[Type::Object])?)) };
    if let Some(fault) = schema::unexpected(map, MEMBERS).or_else(|| schema::missing(map, &["op", "path"])) {
        return Some((1, fault));
    }
    path_fault(&map["path"], escapes).or_else(|| verb_fault(&map["op"])).map(|fault| (2, fault))
}

fn path_fault(path: &Value, escapes: Escapes) -> Option<String> {
    let Value::String(path) = path else { return schema::type_fault(path, &[Type::String]) };
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let is_token = |token: &str| match escapes {
        Escapes::Refused => !token.is_empty() && token.chars().all(is_word),
        // Ironic documents escapes for 1.98 and refuses every path that has one.
        Escapes::Read => {
            let plain = token.replace("~0", "").replace("~1", "");
            !token.is_empty() && plain.chars().all(is_word)
        }
    };
    let fits = path.strip_prefix('/').is_some_and(|tokens| tokens.split('/').all(is_token));
    (!fits).then(|| format!("{} does not match '^(/[\\\\w-]+)+$'", python::repr_text(path)))
}

fn verb_fault(op: &Value) -> Option<String> {
    schema::type_fault(op, &[Type::String]).or_else(|| match op.as_str() {
        Some("add" | "replace" | "remove") => None,
        _ => Some(format!("{} is not one of ['add', 'replace', 'remove']", python::repr(op))),
    })
}

fn operation(item: &Value) -> Option<Operation> {
    let kind = match item["op"].as_str()? {
        "add" => Kind::Add,
        "replace" => Kind::Replace,
        "remove" => Kind::Remove,
        _ => return None,
    };
    Some(Operation { kind, path: item["path"].as_str()?.to_owned(), value: item.get("value").cloned() })
}

impl Operation {
    /// The parts of the path; a path that does not begin with a slash has none (RFC 6901, 3).
    pub fn tokens(&self) -> Vec<String> {
        let parts = self.path.strip_prefix('/').into_iter().flat_map(|path| path.split('/'));
        parts.map(|token| token.replace("~1", "/").replace("~0", "~")).collect()
    }

    /// The name of what the path is about.
    pub fn root(&self) -> String {
        self.tokens().into_iter().next().unwrap_or_default()
    }

    /// Carries it out.
    pub fn apply(&self, document: &mut Value) -> Result<()> {
        let tokens = self.tokens();
        self.apply_at(document, &tokens).map_err(|reason| {
            let reason = reason.unwrap_or_else(|| "The operation does not contain a 'value' member".to_owned());
            Fault::invalid(format!("Couldn't apply patch '{}'. Reason: {reason}", python::repr(&self.shown())))
        })
    }

    fn shown(&self) -> Value {
        let kind = match self.kind {
            Kind::Add => "add",
            Kind::Replace => "replace",
            Kind::Remove => "remove",
        };
        let mut shown = Map::new();
        shown.insert("op".to_owned(), kind.into());
        shown.insert("path".to_owned(), self.path.clone().into());
        if let Some(value) = &self.value {
            shown.insert("value".to_owned(), value.clone());
        }
        Value::Object(shown)
    }

    /// The reason why not, or nothing where the value is missing.
    fn apply_at(&self, document: &mut Value, tokens: &[String]) -> Result<(), Option<String>> {
        let value = || self.value.clone().ok_or(None);
        let (place, last) = walk(document, tokens)?;
        match place {
            Value::Object(map) => match self.kind {
                Kind::Add => {
                    map.insert(last.to_owned(), value()?);
                }
                Kind::Replace => {
                    let value = value()?;
                    let old = map.get_mut(last).ok_or_else(|| absent("replace", last))?;
                    *old = value;
                }
                Kind::Remove => {
                    map.shift_remove(last).ok_or_else(|| absent("remove", last))?;
                }
            },
            Value::Array(items) => self.apply_to_list(items, last, value)?,
            other => {
                return Err(Some(format!("Cannot apply token '{last}' to non-container type {}", class_of(other))));
            }
        }
        Ok(())
    }

    fn apply_to_list(
        &self,
        items: &mut Vec<Value>,
        last: &str,
        value: impl Fn() -> Result<Value, Option<String>>,
    ) -> Result<(), Option<String>> {
        let index = list_index(last)?;
        match self.kind {
            Kind::Add => {
                let at = index.unwrap_or(items.len());
                if at > items.len() {
                    return Err(Some("can't insert outside of list".to_owned()));
                }
                items.insert(at, value()?);
            }
            Kind::Replace => {
                let at = index.ok_or_else(|| Some(format!("invalid array index '{last}'")))?;
                let value = value()?;
                *items.get_mut(at).ok_or_else(|| Some("can't replace outside of list".to_owned()))? = value;
            }
            Kind::Remove => {
                let at = index.ok_or_else(|| Some(format!("invalid array index '{last}'")))?;
                if at >= items.len() {
                    return Err(absent("remove", last));
                }
                items.remove(at);
            }
        }
        Ok(())
    }
}

/// Goes to the container of the path's last part.
fn walk<'a, 'b>(document: &'a mut Value, tokens: &'b [String]) -> Result<(&'a mut Value, &'b str), Option<String>> {
    let Some((last, way)) = tokens.split_last() else { return Err(Some("the path is empty".to_owned())) };
    let mut place = document;
    for token in way {
        place = match place {
            Value::Object(map) if !map.contains_key(token) => {
                let map = python::repr(&Value::Object(map.clone()));
                return Err(Some(format!("member '{token}' not found in {map}")));
            }
            Value::Object(map) => map.entry(token.as_str()).or_insert(Value::Null),
            Value::Array(items) => {
                let at = list_index(token)?.unwrap_or(items.len());
                items.get_mut(at).ok_or_else(|| Some(format!("index '{token}' is out of bounds")))?
            }
            other => return Err(Some(not_indexable(other))),
        };
    }
    match place {
        Value::Object(_) | Value::Array(_) | Value::String(_) => Ok((place, last)),
        // The last part is looked up before anything is done, but for texts.
        other @ (Value::Null | Value::Bool(_) | Value::Number(_)) => Err(Some(not_indexable(other))),
    }
}

/// A position in a list; `None` is the end.
fn list_index(token: &str) -> Result<Option<usize>, Option<String>> {
    if token == "-" {
        return Ok(None);
    }
    let is_index = token == "0" || (!token.starts_with('0') && token.bytes().all(|b| b.is_ascii_digit()));
    match token.parse() {
        Ok(at) if is_index => Ok(Some(at)),
        Ok(_) | Err(_) => Err(Some(format!("'{token}' is not a valid sequence index"))),
    }
}

fn absent(verb: &str, name: &str) -> Option<String> {
    Some(format!("can't {verb} a non-existent object '{name}'"))
}

fn not_indexable(value: &Value) -> String {
    format!("Document '{}' does not support indexing, must be mapping/sequence or support __getitem__", class_of(value))
}

fn class_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "<class 'NoneType'>",
        Value::Bool(_) => "<class 'bool'>",
        Value::Number(number) if number.is_f64() => "<class 'float'>",
        Value::Number(_) => "<class 'int'>",
        Value::String(_) => "<class 'str'>",
        Value::Array(_) => "<class 'list'>",
        Value::Object(_) => "<class 'dict'>",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn refuse(patch: Value, words: &str) {
        let told = read(&patch, Escapes::Refused).unwrap_err().text().to_owned();
        assert_eq!(told, format!("Schema error for patch: {words}"));
    }

    #[test]
    fn what_is_no_patch_is_refused() {
        refuse(json!({"op": "x"}), "{'op': 'x'} is not of type 'array'");
        refuse(json!("str"), "'str' is not of type 'array'");
        refuse(json!([1]), "1 is not of type 'object'");
        refuse(json!([{"path": "/extra/c"}]), "'op' is a required property");
        refuse(json!([{"op": "add"}]), "'path' is a required property");
        refuse(json!([{"op": "test", "path": "/a"}]), "'test' is not one of ['add', 'replace', 'remove']");
        refuse(json!([{"op": 5, "path": "/a"}]), "5 is not of type 'string'");
        refuse(json!([{"op": "x", "path": 5}]), "5 is not of type 'string'");
        refuse(json!([{"op": "add", "path": "extra"}]), r"'extra' does not match '^(/[\\w-]+)+$'");
        for path in ["/extra/a.b", "/extra/", "/", "", "/extra/a~1b"] {
            let words = format!(r"'{path}' does not match '^(/[\\w-]+)+$'");
            refuse(json!([{"op": "add", "path": path}]), &words);
        }
        refuse(
            json!([{"op": "copy", "from": "/a", "path": "/b"}]),
            "Additional properties are not allowed ('from' was unexpected)",
        );
    }

    #[track_caller]
    fn refuse_by_schema(patch: Value, words: &str) {
        assert_eq!(read_by_schema(&patch).unwrap_err().text(), format!("Schema error: {words}"));
    }

    #[test]
    fn newer_endpoints_tell_the_first_fault() {
        refuse_by_schema(json!({}), "{} is not of type 'array'");
        refuse_by_schema(json!([5]), "5 is not of type 'object'");
        refuse_by_schema(json!([{"op": "bad", "path": 5}, 5]), "'bad' is not one of ['add', 'replace', 'remove']");
        refuse_by_schema(json!([{"op": 5, "path": 6}]), "5 is not one of ['add', 'replace', 'remove']");
        refuse_by_schema(json!([{"op": "add", "path": 6}]), "6 is not of type 'string'");
        refuse_by_schema(json!([{"zop": 1}]), "'op' is a required property");
        for value in [json!([1]), json!(1.5)] {
            let words = format!("{value} is not of type 'string', 'object', 'null', 'integer', 'boolean'");
            refuse_by_schema(json!([{"op": "add", "path": "/extra/a", "value": value}]), &words);
        }
        let patch = json!([{"op": "add", "path": "/extra/a.b", "value": 1.0}, {"op": "remove", "path": "/extra/a~1b"}]);
        assert_eq!(read_by_schema(&patch).unwrap().len(), 2);
    }

    #[track_caller]
    fn check(operation: Value, expected: Result<Value, &str>) {
        let mut document = json!({"extra": {"a": [1, 2]}, "name": "n", "owner": null});
        let operations = read(&json!([operation]), Escapes::Read).unwrap();
        let outcome = operations[0].apply(&mut document);
        let shown = python::repr(&operation);
        match expected {
            Ok(expected) => {
                outcome.unwrap();
                assert_eq!(document["extra"], expected);
            }
            Err(reason) => {
                assert_eq!(outcome.unwrap_err().text(), format!("Couldn't apply patch '{shown}'. Reason: {reason}"),)
            }
        }
    }

    #[test]
    fn operations_do_what_the_standard_says() {
        check(json!({"op": "add", "path": "/extra/b", "value": 2}), Ok(json!({"a": [1, 2], "b": 2})));
        check(json!({"op": "add", "path": "/extra/a/-", "value": 3}), Ok(json!({"a": [1, 2, 3]})));
        check(json!({"op": "add", "path": "/extra/a/0", "value": 3}), Ok(json!({"a": [3, 1, 2]})));
        check(json!({"op": "replace", "path": "/extra/a/1", "value": 3}), Ok(json!({"a": [1, 3]})));
        check(json!({"op": "remove", "path": "/extra/a/0"}), Ok(json!({"a": [2]})));
        check(json!({"op": "add", "path": "/extra/x~1y~0z", "value": 1}), Ok(json!({"a": [1, 2], "x/y~z": 1})));
    }

    #[test]
    fn what_fails_is_told_in_the_references_words() {
        check(
            json!({"op": "replace", "path": "/extra/cpus", "value": 8}),
            Err("can't replace a non-existent object 'cpus'"),
        );
        check(json!({"op": "remove", "path": "/extra/zz"}), Err("can't remove a non-existent object 'zz'"));
        check(json!({"op": "add", "path": "/extra/c"}), Err("The operation does not contain a 'value' member"));
        check(json!({"op": "add", "path": "/extra/a/9", "value": 3}), Err("can't insert outside of list"));
        check(json!({"op": "add", "path": "/extra/a/x", "value": 3}), Err("'x' is not a valid sequence index"));
        check(json!({"op": "replace", "path": "/extra/a/9", "value": 3}), Err("can't replace outside of list"));
        check(json!({"op": "remove", "path": "/extra/a/9"}), Err("can't remove a non-existent object '9'"));
        check(json!({"op": "remove", "path": "/extra/a/-"}), Err("invalid array index '-'"));
        check(json!({"op": "add", "path": "/extra/q/w", "value": 3}), Err("member 'q' not found in {'a': [1, 2]}"));
        check(
            json!({"op": "add", "path": "/extra/a/0/x", "value": 3}),
            Err("Document '<class 'int'>' does not support indexing, must be mapping/sequence or support __getitem__"),
        );
        check(
            json!({"op": "remove", "path": "/name/x"}),
            Err("Cannot apply token 'x' to non-container type <class 'str'>"),
        );
    }
}
