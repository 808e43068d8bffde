//! Every refusal as clients see it: a status, a text, and one of the reference's envelopes around it.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use kamacite_conductor::Error as ConductorError;
use kamacite_driver::{ErrorKind, ResolveError};
use kamacite_model::InterfaceKind;

use crate::{accept::Accept, python};

/// What a handler answers.
pub type Result<T, E = Fault> = std::result::Result<T, E>;

/// A refusal. The gate at the door puts it into words, because the words depend on what the client accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    status: StatusCode,
    text: String,
    shape: Shape,
    allow: Option<String>,
}

/// Who refuses: the reference answers in a different shape for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// A handler: a JSON text within JSON.
    Handler,
    /// The router, which knows the path and the version only.
    Router,
    /// The client accepts nothing that the handler can give.
    Unacceptable,
    /// The guard before everything, which looks at size and depth of bodies.
    Flat,
}

impl Fault {
    fn handler(status: StatusCode, text: impl Into<String>) -> Self {
        Self { status, text: text.into(), shape: Shape::Handler, allow: None }
    }

    fn router(status: StatusCode, text: impl Into<String>) -> Self {
        Self { status, text: text.into(), shape: Shape::Router, allow: None }
    }

    /// 400: something said is wrong.
    pub fn invalid(text: impl Into<String>) -> Self {
        Self::handler(StatusCode::BAD_REQUEST, text)
    }

    /// 400: something that must be said is not.
    pub fn missing(name: &str) -> Self {
        Self::invalid(format!("Missing mandatory parameter: {name}"))
    }

    /// 403: not for this caller.
    pub fn forbidden(text: impl Into<String>) -> Self {
        Self::handler(StatusCode::FORBIDDEN, text)
    }

    /// 404: the thing named is not there.
    pub fn not_found(text: impl Into<String>) -> Self {
        Self::handler(StatusCode::NOT_FOUND, text)
    }

    /// 404: no node of that name.
    pub fn no_node(ident: &str) -> Self {
        Self::not_found(format!("Node {ident} could not be found."))
    }

    /// 406: the client's version does not have it.
    pub fn not_acceptable() -> Self {
        Self::handler(StatusCode::NOT_ACCEPTABLE, "Request not acceptable.")
    }

    /// 406: the client's version does not have it, and this one does.
    pub fn version_needed(since: u16) -> Self {
        let text = format!("Request not acceptable. The minimal required API version should be 1.{since}");
        Self::handler(StatusCode::NOT_ACCEPTABLE, text)
    }

    /// 409: it does not fit what is going on.
    pub fn conflict(text: impl Into<String>) -> Self {
        Self::handler(StatusCode::CONFLICT, text)
    }

    /// 406 of the version negotiation, which the root document answers itself.
    pub fn bad_version(text: impl Into<String>, at_root: bool) -> Self {
        let shape = if at_root { Shape::Handler } else { Shape::Router };
        Self { status: StatusCode::NOT_ACCEPTABLE, text: text.into(), shape, allow: None }
    }

    /// 404: there is no such path.
    pub fn no_such_path() -> Self {
        Self::router(StatusCode::NOT_FOUND, "")
    }

    /// 400: the path holds what cannot name anything.
    pub fn bad_path(text: impl Into<String>) -> Self {
        Self::router(StatusCode::BAD_REQUEST, text)
    }

    /// 400: what is below a thing is listed there, and changed where it is itself.
    pub fn malformed_uri() -> Self {
        Self::invalid("Malformed request URI.")
    }

    /// 405: the path answers to other verbs; `allow` are those.
    pub fn method_not_allowed(allow: impl Into<String>) -> Self {
        Self { allow: Some(allow.into()), ..Self::router(StatusCode::METHOD_NOT_ALLOWED, "") }
    }

    /// 405 of the `/v1` document, which says so in other words than the rest.
    pub fn root_method_not_allowed() -> Self {
        Self::handler(StatusCode::METHOD_NOT_ALLOWED, explanation(StatusCode::BAD_REQUEST))
    }

    /// 405: the client's version does not have the verb.
    pub fn refused_in_version(text: impl Into<String>) -> Self {
        Self::handler(StatusCode::METHOD_NOT_ALLOWED, text)
    }

    /// 406: the client does not accept JSON.
    pub fn accepts_no_json() -> Self {
        Self { shape: Shape::Unacceptable, ..Self::router(StatusCode::NOT_ACCEPTABLE, "") }
    }

    /// 413: the body is too large.
    pub fn body_too_large() -> Self {
        let text = "Request body is too large. Please contact the service administrator.";
        Self { shape: Shape::Flat, ..Self::router(StatusCode::PAYLOAD_TOO_LARGE, text) }
    }

    /// 400: the body is nested too deeply.
    pub fn body_too_deep() -> Self {
        let text = "Request body JSON is nested too deeply. Please contact the service administrator.";
        Self { shape: Shape::Flat, ..Self::router(StatusCode::BAD_REQUEST, text) }
    }

    /// The same with another status, where an endpoint's own rule asks for it.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The status.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the router refused, before any version was in force.
    pub const fn is_routers(&self) -> bool {
        match self.shape {
            Shape::Router | Shape::Unacceptable | Shape::Flat => true,
            Shape::Handler => false,
        }
    }

    /// The answer, in the words of the reference.
    pub fn render(&self, accept: &Accept, method: &str) -> Response {
        let inner = match self.shape {
            Shape::Flat => return self.respond(self.fault_object(false)),
            Shape::Handler => self.fault_object(true),
            Shape::Router | Shape::Unacceptable => match accept.error_form() {
                crate::accept::ErrorForm::Json => format!(
                    r#"{{"code": {}, "title": {}, "description": {}}}"#,
                    self.status.as_u16(),
                    python::json_text(reason(self.status)),
                    python::json_text(&self.text)
                ),
                crate::accept::ErrorForm::Html => self.html(accept, method),
                crate::accept::ErrorForm::Plain => self.plain(accept, method),
            },
        };
        self.respond(format!(r#"{{"error_message": {}}}"#, python::json_text(&inner)))
    }

    /// The answer of Kamacite's own endpoints.
    pub fn render_own(&self) -> Response {
        let text = if self.text.is_empty() { reason(self.status) } else { &self.text };
        self.respond(format!(
            r#"{{"error": {{"code": {}, "message": {}}}}}"#,
            self.status.as_u16(),
            python::json_text(text)
        ))
    }

    fn fault_object(&self, debug: bool) -> String {
        let code = if self.status.is_client_error() { "Client" } else { "Server" };
        let debug = if debug { r#", "debuginfo": null"# } else { "" };
        format!(r#"{{"faultcode": "{code}", "faultstring": {}{debug}}}"#, python::json_text(&self.text))
    }

    fn html(&self, accept: &Accept, method: &str) -> String {
        let status = format!("{} {}", self.status.as_u16(), reason(self.status));
        let body = self.page(accept, method);
        format!(
            "<html>\n <head>\n  <title>{status}</title>\n </head>\n <body>\n  <h1>{status}</h1>\n  {body}\n </body>\n</html>"
        )
    }

    fn plain(&self, accept: &Accept, method: &str) -> String {
        let body = self.page(accept, method);
        // A break becomes a line of its own, every other line end a space.
        let body = body.replace('\n', " ").replace("<br />", "\n");
        format!("{} {}\n\n{body}", self.status.as_u16(), reason(self.status))
    }

    /// The body of a page that explains the status.
    fn page(&self, accept: &Accept, method: &str) -> String {
        let detail = self.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        match self.shape {
            Shape::Unacceptable => format!(
                "The resource could not be generated that was acceptable to your browser\n(content of type {}. \
                 <br /><br />\n{detail}",
                accept.header()
            ),
            Shape::Handler | Shape::Router | Shape::Flat => match self.status {
                StatusCode::METHOD_NOT_ALLOWED => {
                    format!("The method {method} is not allowed for this resource. <br /><br />\n{detail}")
                }
                status => format!("{}<br /><br />\n{detail}\n\n", explanation(status)),
            },
        }
    }

    fn respond(&self, body: String) -> Response {
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(allow) = self.allow.as_deref().and_then(|allow| HeaderValue::from_str(allow).ok()) {
            response.headers_mut().insert(header::ALLOW, allow);
        }
        response
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The name of a status as the reference's server says it.
fn reason(status: StatusCode) -> &'static str {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        "Request Entity Too Large"
    } else {
        status.canonical_reason().unwrap_or_default()
    }
}

fn explanation(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "The resource could not be found.",
        _ => "The server could not comply with the request since it is either malformed or otherwise incorrect.",
    }
}

impl From<ConductorError> for Fault {
    fn from(error: ConductorError) -> Self {
        use ConductorError as E;
        let status = match &error {
            E::NodeNotFound(_) | E::NotThere { .. } | E::UnknownDriver(_) => StatusCode::NOT_FOUND,
            E::NodeLocked { .. }
            | E::LockLost { .. }
            | E::NameTaken(_)
            | E::UuidTaken(_)
            | E::InstanceTaken { .. }
            | E::NodeAssociated { .. }
            | E::Conflict(_) => StatusCode::CONFLICT,
            // Ironic answers 400 to an unknown method and to a wrong verb, not 404 and 405: clients rely on it.
            E::NoMethod(_) | E::WrongVerb { .. } => StatusCode::BAD_REQUEST,
            E::WrongState { .. } | E::InMaintenance { .. } | E::Invalid(_) => StatusCode::BAD_REQUEST,
            // What is said of a node asks for a conductor that is not there: the saying is at fault.
            E::NoValidHost { .. } => StatusCode::BAD_REQUEST,
            E::Protected(_) => StatusCode::FORBIDDEN,
            E::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
            E::Unreadable { .. } | E::Unwritable(_) | E::Broken => StatusCode::INTERNAL_SERVER_ERROR,
            E::Interface(resolve) => return Self::invalid(interface_text(resolve)),
            E::Driver(driver) => driver_status(driver.kind()),
            E::Store(store) => return store_fault(store),
        };
        if status.is_server_error() {
            tracing::warn!(error = %error, cause = ?std::error::Error::source(&error), "a request failed");
        }
        Self::handler(status, error.to_string())
    }
}

fn driver_status(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::Invalid | ErrorKind::Missing | ErrorKind::Unsupported => StatusCode::BAD_REQUEST,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Busy => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Conflict | ErrorKind::LockLost => StatusCode::CONFLICT,
        ErrorKind::Hardware | ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Why a node cannot have an interface, in the reference's words.
fn interface_text(error: &ResolveError) -> String {
    match error {
        ResolveError::UnknownType(_) => error.to_string(),
        ResolveError::UnknownInterface { kind, name, available } => unknown_interface(*kind, name, available),
        ResolveError::Incompatible { kind, name, hardware_type } => {
            format!("{kind} interface implementation '{name}' is not supported by hardware type {hardware_type}.")
        }
        ResolveError::NoDefault { kind, hardware_type } => {
            format!("For hardware type '{hardware_type}', no default value found for {kind} interface.")
        }
    }
}

fn unknown_interface(kind: InterfaceKind, name: &str, available: &[String]) -> String {
    format!(
        "Could not find the following interface in the 'ironic.hardware.interfaces.{kind}' entrypoint: {name}. Valid \
         interfaces are {}.",
        python::repr_list(available.iter().map(String::as_str))
    )
}

impl From<kamacite_store::Error> for Fault {
    fn from(error: kamacite_store::Error) -> Self {
        store_fault(&error)
    }
}

fn store_fault(error: &kamacite_store::Error) -> Fault {
    use kamacite_store::Error as E;
    let status = match error {
        E::MarkerNotFound { .. }
        | E::NotThere { .. }
        | E::NodeNotFound { .. }
        | E::OperationNotFound { .. }
        | E::ConductorNotFound { .. } => {
            return Fault::not_found(error.to_string());
        }
        E::NodeNameTaken { .. }
        | E::NodeUuidTaken { .. }
        | E::InstanceTaken { .. }
        | E::Taken { .. }
        | E::PortgroupElsewhere { .. }
        | E::NodeLocked { .. }
        | E::LeaseLost { .. } => return Fault::conflict(error.to_string()),
        E::NestedTooDeeply { .. } | E::PortgroupNotEmpty { .. } | E::ChassisNotEmpty { .. } => {
            return Fault::invalid(error.to_string());
        }
        E::Closed => StatusCode::SERVICE_UNAVAILABLE,
        E::DatabaseInUse { .. }
        | E::NotOnDisk { .. }
        | E::UnsupportedDatabase { .. }
        | E::SchemaTooNew { .. }
        | E::Migration { .. }
        | E::Malformed { .. }
        | E::Database { .. }
        | E::File { .. } => StatusCode::INTERNAL_SERVER_ERROR,
    };
    tracing::error!(error = %error, cause = ?std::error::Error::source(error), "the database failed a request");
    // What the database said stays in the log: it may name files and rows.
    Fault::handler(status, "the database could not answer; the log says why")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use axum::http::HeaderMap;
    use serde_json::{Value, json};

    use super::*;

    async fn rendered(fault: Fault, accept: &'static str) -> (StatusCode, Value) {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
        let response = fault.render(&Accept::of(&headers), "GET");
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[track_caller]
    fn check((status, body): (StatusCode, Value), expected_status: u16, expected: &str) {
        assert_eq!(status, expected_status);
        assert_eq!(body, json!({"error_message": expected}));
    }

    #[tokio::test]
    async fn a_handlers_fault_is_json_within_json() {
        check(
            rendered(Fault::no_node("n\u{e9}"), "*/*").await,
            404,
            r#"{"faultcode": "Client", "faultstring": "Node n\u00e9 could not be found.", "debuginfo": null}"#,
        );
        // Whatever the client accepts.
        check(
            rendered(Fault::conflict("no"), "text/html, */*").await,
            409,
            r#"{"faultcode": "Client", "faultstring": "no", "debuginfo": null}"#,
        );
    }

    #[tokio::test]
    async fn a_fault_of_the_service_says_so() {
        let fault = Fault::from(ConductorError::Driver(kamacite_driver::Error::hardware("no answer")));
        check(
            rendered(fault, "*/*").await,
            500,
            r#"{"faultcode": "Server", "faultstring": "no answer", "debuginfo": null}"#,
        );
    }

    #[tokio::test]
    async fn the_router_explains_itself_as_the_client_likes() {
        check(
            rendered(Fault::bad_path("Expected UUID or name for node: a b"), "*/*").await,
            400,
            r#"{"code": 400, "title": "Bad Request", "description": "Expected UUID or name for node: a b"}"#,
        );
        check(
            rendered(Fault::no_such_path(), "text/plain").await,
            404,
            "404 Not Found\n\nThe resource could not be found.\n\n   ",
        );
        check(
            rendered(Fault::bad_path("Expected UUID or name for node: a b"), "text/plain").await,
            400,
            "400 Bad Request\n\nThe server could not comply with the request since it is either malformed or otherwise \
             incorrect.\n\n Expected UUID or name for node: a b  ",
        );
        check(
            rendered(Fault::method_not_allowed("GET"), "text/plain").await,
            405,
            "405 Method Not Allowed\n\nThe method GET is not allowed for this resource. \n\n ",
        );
        check(
            rendered(Fault::no_such_path(), "text/html").await,
            404,
            "<html>\n <head>\n  <title>404 Not Found</title>\n </head>\n <body>\n  <h1>404 Not Found</h1>\n  The \
             resource could not be found.<br /><br />\n\n\n\n </body>\n</html>",
        );
        check(
            rendered(Fault::accepts_no_json(), "text/html").await,
            406,
            "<html>\n <head>\n  <title>406 Not Acceptable</title>\n </head>\n <body>\n  <h1>406 Not Acceptable</h1>\n  \
             The resource could not be generated that was acceptable to your browser\n(content of type text/html. \
             <br /><br />\n\n </body>\n</html>",
        );
        check(
            rendered(Fault::accepts_no_json(), "text/plain").await,
            406,
            "406 Not Acceptable\n\nThe resource could not be generated that was acceptable to your browser (content of \
             type text/plain. \n\n ",
        );
    }

    #[tokio::test]
    async fn the_guards_fault_is_flat() {
        let (status, body) = rendered(Fault::body_too_deep(), "*/*").await;
        assert_eq!(status, 400);
        assert_eq!(
            body,
            json!({
                "faultcode": "Client",
                "faultstring": "Request body JSON is nested too deeply. Please contact the service administrator.",
            })
        );
    }

    #[test]
    fn nothing_a_caller_caused_is_a_500() {
        use kamacite_model::{ProvisionState, Uuid};
        let node = Uuid::nil();
        let caused = [
            ConductorError::NodeNotFound(node),
            ConductorError::NodeLocked { node, holder: "h".into() },
            ConductorError::NameTaken("n".into()),
            ConductorError::WrongState { action: "a".into(), node, state: ProvisionState::Enroll },
            ConductorError::InMaintenance { operation: "provisioning", node },
            ConductorError::Protected(node),
            ConductorError::Invalid("i".into()),
            ConductorError::Conflict("c".into()),
            ConductorError::UnknownDriver("d".into()),
            ConductorError::Interface(ResolveError::UnknownType("t".into())),
            ConductorError::NoMethod("m".into()),
            ConductorError::Driver(kamacite_driver::Error::missing("m")),
            ConductorError::Driver(kamacite_driver::Error::unsupported("u")),
        ];
        for error in caused {
            let text = error.to_string();
            let fault = Fault::from(error);
            assert!(fault.status().is_client_error(), "{text}: {}", fault.status());
        }
    }
}
