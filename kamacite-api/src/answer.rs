//! What handlers answer when all is well.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use kamacite_model::OperationId;
use serde::Serialize;

/// Under this header an answer says which operation carries on what was asked.
pub const OPERATION: HeaderName = HeaderName::from_static("x-kamacite-operation");

/// 200 with a JSON document.
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        document(StatusCode::OK, &self.0)
    }
}

/// 201 with the document of what was made, and where it is.
pub struct Created<T> {
    /// Where it is.
    pub location: String,
    /// What was made.
    pub document: T,
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let mut response = document(StatusCode::CREATED, &self.document);
        put(&mut response, header::LOCATION, &self.location);
        response
    }
}

/// 202: it is being done.
#[derive(Debug, Default)]
pub struct Accepted {
    location: Option<String>,
    operation: Option<OperationId>,
}

impl Accepted {
    /// Where to look how it goes.
    #[must_use]
    pub fn at(location: String) -> Self {
        Self { location: Some(location), operation: None }
    }

    /// The operation that carries it on.
    #[must_use]
    pub fn by(self, operation: impl Into<Option<OperationId>>) -> Self {
        Self { operation: operation.into(), ..self }
    }
}

impl IntoResponse for Accepted {
    fn into_response(self) -> Response {
        bodiless(StatusCode::ACCEPTED, self.location, self.operation)
    }
}

/// 204: it is done, or the client asked for something that Ironic calls done when it has begun.
#[derive(Debug, Default)]
pub struct Done {
    location: Option<String>,
    operation: Option<OperationId>,
}

impl Done {
    /// Where it is.
    pub fn at(location: String) -> Self {
        Self { location: Some(location), operation: None }
    }

    /// The operation that carries it on.
    #[must_use]
    pub fn by(self, operation: OperationId) -> Self {
        Self { operation: Some(operation), ..self }
    }
}

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        bodiless(StatusCode::NO_CONTENT, self.location, self.operation)
    }
}

fn bodiless(status: StatusCode, location: Option<String>, operation: Option<OperationId>) -> Response {
    let mut response = empty(status);
    if let Some(location) = location {
        put(&mut response, header::LOCATION, &location);
    }
    if let Some(operation) = operation {
        put(&mut response, OPERATION, &operation.to_string());
    }
    response
}

/// An answer without a body, and so without a type.
pub fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// Sets a header; a value that cannot be one is left out.
pub fn put(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

fn document(status: StatusCode, value: &impl Serialize) -> Response {
    let mut body = Vec::with_capacity(4096);
    if let Err(why) = serde_json::to_writer(&mut body, value) {
        tracing::error!(%why, "an answer could not be written as JSON");
        return crate::fault::Fault::invalid("the answer could not be written as JSON")
            .with_status(StatusCode::INTERNAL_SERVER_ERROR)
            .into_response();
    }
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
