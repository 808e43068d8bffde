//! Vendor passthru on the wire: how a call is put together, and how its reply is answered.

use axum::{
    body::Body,
    http::{HeaderValue, Method, header},
    response::{IntoResponse, Response},
};
use kamacite_conductor::{PassthruCall, PassthruReply};
use kamacite_driver::{Attachment, MethodSpec, Mode, Verb};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

use crate::{
    answer::{self, Accepted},
    args::Args,
    fault::{Fault, Result},
    python,
    request::Input,
};

/// Where the name of a method stands.
pub enum MethodAt {
    /// At the end of the path.
    Path(String),
    /// In `?method=`.
    Query,
}

/// A call as it was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The method's name.
    pub method: String,
    /// Its arguments.
    pub args: kamacite_model::Json,
    /// The vendor interface that the query names, where it may.
    pub interface: Option<String>,
}

/// Names that the engine gives to methods itself.
///
/// Ironic answers 500 to a body that has one of them.
const RESERVED: &[&str] = &["http_method", "method", "task"];

/// Reads a call: the body's keys are its arguments, and so are the query's, which give way to the body's.
///
/// Ironic takes no arguments from the query, and its client sends none but there with `GET` and `DELETE`. `own` are
/// the query parameters that are the endpoint's and no arguments.
pub fn read(input: &Input, at: MethodAt, own: &[&str]) -> Result<Asked> {
    let (body, mut query) = input.open_document()?;
    let said = match at {
        MethodAt::Path(method) => {
            query.take("method");
            Some(Value::from(method))
        }
        MethodAt::Query => query.take("method"),
    };
    let method = match said {
        Some(Value::String(method)) => method,
        Some(other) => return Err(Fault::invalid(format!("Expected string for method: {}", python::text(&other)))),
        None => return Err(Fault::missing("method")),
    };
    if method.is_empty() {
        return Err(Fault::invalid("Method not specified"));
    }
    let interface = if own.contains(&"interface") { query.take("interface") } else { None };
    Ok(Asked { method, args: arguments(body, query)?, interface: interface.map(|name| python::text(&name)) })
}

fn arguments(body: Value, query: Args) -> Result<kamacite_model::Json> {
    let mut args = match body {
        Value::Null => kamacite_model::Json::new(),
        Value::Object(args) => args,
        other @ (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            return Err(Fault::invalid(format!(
                "The body of a vendor passthru call must be a JSON object of the method's arguments, not {}",
                python::repr(&other)
            )));
        }
    };
    for (name, value) in query.into_iter() {
        args.entry(name).or_insert(value);
    }
    match RESERVED.iter().find(|name| args.contains_key(**name)) {
        Some(name) => Err(Fault::invalid(format!(
            "The argument '{name}' is reserved: the service gives it to the method itself; leave it out"
        ))),
        None => Ok(args),
    }
}

impl Asked {
    /// The call, by a verb that methods answer to.
    pub fn by(self, verb: Verb) -> PassthruCall {
        PassthruCall { method: self.method, verb, args: self.args }
    }
}

/// The verb of a request, where methods may answer to it.
pub fn verb(method: &Method) -> Option<Verb> {
    method.as_str().parse().ok()
}

/// What a call by a verb that no method answers to is told.
pub fn refuse_verb(methods: &[MethodSpec], name: &str, verb: &Method) -> Fault {
    if methods.iter().any(|method| method.name == name) {
        Fault::invalid(format!("The method {name} does not support HTTP {verb}"))
    } else {
        Fault::invalid(format!("No handler for method {name}"))
    }
}

/// Refuses a client that accepts no JSON, unless the method's reply is an attachment.
///
/// # Errors
/// 406, whether or not there is such a method.
pub fn check_accepted(methods: &[MethodSpec], name: &str) -> Result<()> {
    let attaches = methods.iter().any(|method| method.name == name && method.attach);
    if attaches { Ok(()) } else { Err(Fault::accepts_no_json()) }
}

/// The reply of a call as an answer.
pub fn reply(reply: PassthruReply) -> Response {
    match reply {
        PassthruReply::Accepted(operation) => Accepted::default().by(operation).into_response(),
        PassthruReply::Json(value) => answer::Json(value).into_response(),
        PassthruReply::Attachment(attachment) => attach(attachment),
    }
}

/// An attachment as it is, under its own type and name (RFC 6266).
fn attach(attachment: Attachment) -> Response {
    let Attachment { content_type, file_name, body } = attachment;
    let mut response = Response::new(Body::from(body));
    let content_type = HeaderValue::from_str(&content_type).ok().filter(|value| !value.is_empty());
    let fallback = HeaderValue::from_static("application/octet-stream");
    response.headers_mut().insert(header::CONTENT_TYPE, content_type.unwrap_or(fallback));
    if let Some(name) = file_name {
        answer::put(&mut response, header::CONTENT_DISPOSITION, &disposition(&name));
    }
    response
}

/// `attachment; filename="..."`; a name beyond ASCII is also given in full (RFC 8187).
fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii() && !c.is_ascii_control() && c != '"' && c != '\\' { c } else { '_' })
        .collect();
    if plain == name {
        return format!("attachment; filename=\"{plain}\"");
    }
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(byte);
    let full: String =
        name.bytes().map(|b| if is_plain(&b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{full}")
}

/// Methods by name, as the reference lists them.
pub struct Methods {
    methods: Vec<MethodSpec>,
    with_lock: bool,
}

impl Methods {
    /// Methods of a node: each says whether it takes the node's lock.
    pub const fn of_node(methods: Vec<MethodSpec>) -> Self {
        Self { methods, with_lock: true }
    }

    /// Methods of a hardware type, for which there is no lock.
    pub const fn of_driver(methods: Vec<MethodSpec>) -> Self {
        Self { methods, with_lock: false }
    }
}

#[derive(Serialize)]
struct Listed<'a> {
    http_methods: Vec<&'static str>,
    #[serde(rename = "async")]
    is_async: bool,
    description: &'a str,
    attach: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    require_exclusive_lock: Option<bool>,
}

impl Serialize for Methods {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.methods.len()))?;
        for method in &self.methods {
            let listed = Listed {
                http_methods: method.verbs.iter().map(|verb| verb.as_str()).collect(),
                is_async: method.mode == Mode::Async,
                description: &method.description,
                attach: method.attach,
                require_exclusive_lock: self.with_lock.then_some(method.exclusive),
            };
            map.serialize_entry(&method.name, &listed)?;
        }
        map.end()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(body: Value, query: &str, expected: Result<Value, &str>) {
        let args = arguments(body, Args::parse(query)).map(Value::Object);
        assert_eq!(args.map_err(|fault| fault.text().to_owned()), expected.map_err(Into::into));
    }

    #[test]
    fn arguments_come_from_body_and_query() {
        check(json!({"bar": "meow"}), "", Ok(json!({"bar": "meow"})));
        check(json!(null), "", Ok(json!({})));
        check(json!({"a": 1}), "a=2&id=5", Ok(json!({"a": 1, "id": "5"})));
        check(json!({}), "id=1&id=2", Ok(json!({"id": ["1", "2"]})));
    }

    #[test]
    fn what_cannot_be_arguments_is_refused() {
        let words = "The body of a vendor passthru call must be a JSON object of the method's arguments, not ['a']";
        check(json!(["a"]), "", Err(words));
        let words = "The body of a vendor passthru call must be a JSON object of the method's arguments, not 'str'";
        check(json!("str"), "", Err(words));
        for name in RESERVED {
            let words =
                format!("The argument '{name}' is reserved: the service gives it to the method itself; leave it out");
            check(json!({*name: 1}), "", Err(&words));
        }
    }

    #[test]
    fn attachments_keep_their_type_and_name() {
        assert_eq!(disposition("log.txt"), "attachment; filename=\"log.txt\"");
        assert_eq!(
            disposition("Gerät \"1\""),
            "attachment; filename=\"Ger_t _1_\"; filename*=UTF-8''Ger%C3%A4t%20%221%22"
        );
        let response = attach(Attachment { content_type: String::new(), file_name: None, body: vec![1] });
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/octet-stream");
        assert!(!response.headers().contains_key(header::CONTENT_DISPOSITION));
    }

    #[test]
    fn methods_are_listed_as_the_reference_lists_them() {
        let spec = MethodSpec { exclusive: true, ..MethodSpec::new("m", &[Verb::POST], Mode::Async, "Does it.") };
        let listed = serde_json::to_value(Methods::of_node(vec![spec.clone()])).unwrap();
        let expected = json!({"m": {
            "http_methods": ["POST"], "async": true, "description": "Does it.", "attach": false,
            "require_exclusive_lock": true,
        }});
        assert_eq!(listed, expected);
        let listed = serde_json::to_value(Methods::of_driver(vec![spec])).unwrap();
        assert_eq!(listed["m"].get("require_exclusive_lock"), None);
    }
}
