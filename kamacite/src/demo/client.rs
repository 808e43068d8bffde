//! A client of the running service, as small as the demo needs: a request, and JSON back.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU32, Ordering},
};

use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request,
    body::Bytes,
    client::conn::http1,
    header::{CONTENT_TYPE, HOST},
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// The newest that the service speaks.
const VERSION: &str = "1.115";

/// The API, at its address.
pub(super) struct Client {
    address: SocketAddr,
    sent: AtomicU32,
}

/// What the service said.
pub(super) struct Answer {
    pub(super) status: u16,
    /// The operation that an accepted request has become.
    pub(super) operation: Option<String>,
    pub(super) body: Value,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unanswered {
    #[error("the service does not take the connection")]
    Connect(#[source] std::io::Error),
    #[error("the request does not come through")]
    Http(#[from] hyper::Error),
    #[error("it is no request")]
    Request(#[from] hyper::http::Error),
    #[error("the answer is no JSON")]
    Json(#[from] serde_json::Error),
}

impl Client {
    pub(super) const fn new(address: SocketAddr) -> Self {
        Self { address, sent: AtomicU32::new(0) }
    }

    /// How many requests there were.
    pub(super) fn sent(&self) -> u32 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Asks, on a connection of its own: loopback makes that cheap, and there is nothing to keep.
    pub(super) async fn send(&self, method: &Method, path: &str, body: &Value) -> Result<Answer, Unanswered> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let stream = TcpStream::connect(self.address).await.map_err(Unanswered::Connect)?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, self.address.to_string())
            .header(CONTENT_TYPE, "application/json")
            .header("X-OpenStack-Ironic-API-Version", VERSION)
            .body(Full::new(body))?;
        // The connection works as long as there is a sender, and no longer.
        let answered = async move {
            let response = sender.send_request(request).await?;
            let operation = response.headers().get("X-Kamacite-Operation");
            let operation = operation.and_then(|id| id.to_str().ok()).map(str::to_owned);
            let status = response.status().as_u16();
            let bytes = response.into_body().collect().await?.to_bytes();
            let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes)? };
            Ok(Answer { status, operation, body })
        };
        tokio::join!(answered, connection).0
    }
}
