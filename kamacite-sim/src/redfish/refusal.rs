//! Refusals, in the shape of DSP0266 "Error responses" with messages of the Base registry.

use serde_json::{Value, json};

use crate::{
    http::{Method, Response},
    machine,
};

/// Why a request is not carried out.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: u16,
    /// The message's name in the Base registry.
    key: &'static str,
    message: String,
    args: Vec<String>,
    /// The member it is about, as a JSON pointer.
    about: Option<String>,
}

impl Refusal {
    pub fn new(status: u16, key: &'static str, message: impl Into<String>) -> Self {
        Self { status, key, message: message.into(), args: Vec::new(), about: None }
    }

    fn with(mut self, args: &[&str]) -> Self {
        self.args = args.iter().map(|&arg| arg.to_owned()).collect();
        self
    }

    fn about(mut self, member: &str) -> Self {
        self.about = Some(format!("#/{member}"));
        self
    }

    /// The response that says so.
    pub fn into_response(self) -> Response {
        let mut info = json!({
            "@odata.type": "#Message.v1_1_2.Message",
            "MessageId": format!("Base.1.18.{}", self.key),
            "Message": self.message,
            "MessageArgs": self.args,
            "Severity": "Warning",
            "MessageSeverity": "Warning",
            "Resolution": "Correct the request and send it again.",
        });
        if let Some(about) = self.about {
            info["RelatedProperties"] = json!([about]);
        }
        let error = json!({"error": {
            "code": format!("Base.1.18.{}", self.key),
            "message": self.message,
            "@Message.ExtendedInfo": [info],
        }});
        let response = Response::json(self.status, error);
        match self.status {
            401 => response.with("WWW-Authenticate", "Basic realm=\"Redfish\""),
            503 => response.with("Retry-After", "1"),
            _ => response,
        }
    }

    pub fn not_found(path: &str) -> Self {
        Self::new(404, "ResourceMissingAtURI", format!("There is no resource at {path}.")).with(&[path])
    }

    pub fn no_member(kind: &str, id: &str) -> Self {
        Self::new(404, "ResourceNotFound", format!("There is no {kind} {id}.")).with(&[kind, id])
    }

    pub fn not_allowed(method: Method) -> Self {
        let message = format!("The resource does not take {}.", method.name());
        Self::new(405, "OperationNotAllowed", message).with(&[method.name()])
    }

    pub fn not_logged_in() -> Self {
        Self::new(401, "NoValidSession", "The request carries no valid session or credentials.")
    }

    pub fn malformed() -> Self {
        Self::new(400, "MalformedJSON", "The body of the request is no JSON object.")
    }

    pub fn wrong_type(member: &str, value: &Value) -> Self {
        let value = value.to_string();
        let message = format!("The property {member} cannot be {value}, which is of another type.");
        Self::new(400, "PropertyValueTypeError", message).with(&[&value, member]).about(member)
    }

    pub fn not_in_list(member: &str, value: &str) -> Self {
        let message = format!("The property {member} cannot be {value}: it is not one of the allowed values.");
        Self::new(400, "PropertyValueNotInList", message).with(&[value, member]).about(member)
    }

    pub fn read_only(member: &str) -> Self {
        let message = format!("The property {member} can be read but not written.");
        Self::new(400, "PropertyNotWritable", message).with(&[member]).about(member)
    }

    pub fn unknown(member: &str) -> Self {
        let message = format!("The resource has no property {member}.");
        Self::new(400, "PropertyUnknown", message).with(&[member]).about(member)
    }

    pub fn missing(member: &str) -> Self {
        let message = format!("The property {member} is required and was not sent.");
        Self::new(400, "PropertyMissing", message).with(&[member]).about(member)
    }

    pub fn parameter_missing(action: &str, parameter: &str) -> Self {
        let message = format!("The action {action} requires the parameter {parameter}.");
        Self::new(400, "ActionParameterMissing", message).with(&[action, parameter]).about(parameter)
    }

    pub fn parameter_not_in_list(action: &str, parameter: &str, value: &str) -> Self {
        let message = format!("The action {action} does not take {value} for the parameter {parameter}.");
        Self::new(400, "ActionParameterValueNotInList", message).with(&[value, parameter, action]).about(parameter)
    }
}

impl From<machine::Refusal> for Refusal {
    fn from(refusal: machine::Refusal) -> Self {
        let (status, key) = match refusal {
            machine::Refusal::NotRunning => (409, "ActionNotSupported"),
            machine::Refusal::EmptySlot => (400, "ResourceInUse"),
            machine::Refusal::NoSlot | machine::Refusal::NoSuchIndex => (400, "ActionParameterNotSupported"),
        };
        Self::new(status, key, format!("It cannot be done: {refusal}."))
    }
}
