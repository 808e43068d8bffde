//! Posts events to subscribers, once each: a BMC that retries is a later wish.

use std::time::Duration;

use http_body_util::Full;
use hyper::{
    Request, Uri,
    body::Bytes,
    client::conn::http1,
    header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue},
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::Hall;
use crate::redfish::Posting;

/// How long a subscriber has.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why an event did not arrive.
type Trouble = Box<dyn std::error::Error + Send + Sync>;

/// Posts an event; a subscriber that does not take it is a line in the log.
pub(super) async fn post(posting: Posting, hall: Hall) {
    let outcome = tokio::select! {
        () = hall.stop.cancelled() => return,
        () = hall.clock.sleep(PATIENCE) => Err("it took too long".into()),
        outcome = send(&posting) => outcome,
    };
    match outcome {
        Ok(status) => tracing::debug!(destination = %posting.destination, status, "posted an event"),
        Err(error) => tracing::debug!(destination = %posting.destination, %error, "cannot post an event"),
    }
}

async fn send(posting: &Posting) -> Result<u16, Trouble> {
    let uri: Uri = posting.destination.parse()?;
    if uri.scheme_str() != Some("http") {
        return Err("simulated BMCs post to http only".into());
    }
    let authority = uri.authority().ok_or("the destination has no host")?;
    let host = authority.host().trim_matches(['[', ']']).to_owned();
    let stream = TcpStream::connect((host, authority.port_u16().unwrap_or(80))).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::post(path)
        .header(HOST, authority.as_str())
        .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .body(Full::new(Bytes::from(posting.body.to_string())))?;
    for (name, value) in &posting.headers {
        request.headers_mut().insert(name.parse::<HeaderName>()?, value.parse()?);
    }
    let answered = sender.send_request(request);
    tokio::select! {
        response = answered => Ok(response?.status().as_u16()),
        ended = connection => Err(ended.map_or_else(Trouble::from, |()| "the subscriber hung up".into())),
    }
}
