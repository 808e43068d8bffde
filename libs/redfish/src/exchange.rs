//! One attempt at one request: sent, answered, and judged whether it may be sent again.

use std::error::Error as StdError;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Method, Request, Response};
use serde_json::Value;
use url::Url;

use crate::address::{self, Address};
use crate::error::{Asked, Cause, Error, Verb};
use crate::login::Key;
use crate::message;
use crate::retry::{self, Limits, Repeat};
use crate::transport::{self, Http, Unsent};

/// Same-host redirects followed in one attempt; real ones take one or two (a trailing slash, an
/// alias of a system).
const MOST_REDIRECTS: usize = 5;

/// Error replies are read this far, for their messages.
const LARGEST_ERROR: usize = 64 << 10;

/// What a session is shown by (DSP0266, "HTTP headers").
pub(crate) const TOKEN: HeaderName = HeaderName::from_static("x-auth-token");
const ODATA_VERSION: HeaderName = HeaderName::from_static("odata-version");

/// Everything an attempt needs from its BMC.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    pub http: Http,
    pub address: Address,
    pub limits: Limits,
}

/// What is sent with a request besides its path.
#[derive(Clone, Copy, Default)]
pub(crate) struct Load<'a> {
    pub body: Option<&'a Value>,
    /// Only if the resource is still this one (RFC 9110, 13.1.1).
    pub if_match: Option<&'a str>,
}

/// A successful answer.
pub(crate) struct Answer {
    pub status: u16,
    /// The path that answered, after redirects.
    pub path: String,
    /// The `Location` header, as a path on the BMC.
    pub location: Option<String>,
    /// The `X-Auth-Token` header, of a session that was made.
    pub token: Option<String>,
    /// The `ETag` header.
    pub etag: Option<String>,
    /// How long it asks to be left alone, of work that goes on in the background.
    pub retry_after: Option<Duration>,
    pub body: Vec<u8>,
}

/// An attempt that failed.
pub(crate) struct Failure {
    pub error: Error,
    pub repeat: Repeat,
    pub retry_after: Option<Duration>,
    /// The BMC says that it has no place for another session.
    pub sessions_full: bool,
}

impl Failure {
    pub fn new(error: Error, repeat: Repeat) -> Self {
        Self { error, repeat, retry_after: None, sessions_full: false }
    }
}

impl Wire {
    /// Makes attempt number `attempt`, within the request timeout.
    pub async fn attempt(&self, asked: &Asked, load: Load<'_>, key: &Key, attempt: u32) -> Result<Answer, Failure> {
        let limit = self.limits.request_timeout;
        match tokio::time::timeout(limit, self.exchange(asked, load, key, attempt)).await {
            Ok(outcome) => outcome,
            Err(_) => {
                let error = Error::Timeout { asked: asked.clone(), attempts: attempt, limit };
                Err(Failure::new(error, Repeat::IfReading))
            }
        }
    }

    async fn exchange(&self, asked: &Asked, load: Load<'_>, key: &Key, attempt: u32) -> Result<Answer, Failure> {
        let mut url = self.address.url(&asked.path);
        let mut redirects = 0;
        loop {
            let request = request(asked, &url, load, key)?;
            let response = transport::send(&self.http, request).await.map_err(|e| not_sent(asked, attempt, e))?;
            let status = response.status().as_u16();
            match status {
                200..=299 => return self.success(asked, attempt, &url, response).await,
                301 | 302 | 303 | 307 | 308 => {
                    url = self.redirect(asked, &url, &response, redirects)?;
                    redirects += 1;
                }
                _ => return Err(failure(asked, attempt, key, response).await),
            }
        }
    }

    async fn success(
        &self,
        asked: &Asked,
        attempt: u32,
        url: &Url,
        response: Response<Incoming>,
    ) -> Result<Answer, Failure> {
        let path = address::path_and_query(url);
        let owned = |name| header_text(&response, name).map(str::to_owned);
        let mut answer = Answer {
            status: response.status().as_u16(),
            location: header_text(&response, header::LOCATION).and_then(|link| address::resolve(&path, link)),
            token: owned(TOKEN),
            etag: owned(header::ETAG),
            retry_after: header_text(&response, header::RETRY_AFTER).and_then(retry::retry_after),
            body: Vec::new(),
            path,
        };
        answer.body = match transport::read(response.into_body(), self.limits.largest_reply).await {
            Ok(Some(body)) => body,
            Ok(None) => {
                let what = format!("it is longer than {} bytes", self.limits.largest_reply);
                return Err(Failure::new(Error::Malformed { asked: asked.clone(), what }, Repeat::Never));
            }
            Err(source) => return Err(lost(asked, attempt, source)),
        };
        Ok(answer)
    }

    /// Where a redirect leads, if it may be followed: to the same host, not in circles, and
    /// without turning a write into a read, which is what 301 to 303 mean for one (RFC 9110,
    /// 15.4).
    fn redirect(
        &self,
        asked: &Asked,
        from: &Url,
        response: &Response<Incoming>,
        so_far: usize,
    ) -> Result<Url, Failure> {
        let status = response.status().as_u16();
        let location = header_text(response, header::LOCATION).unwrap_or_default();
        let refused = || {
            let location = location.to_owned();
            Failure::new(Error::Redirected { asked: asked.clone(), status, location }, Repeat::Never)
        };
        let to = from.join(location).map_err(|_| refused())?;
        let keeps_meaning = asked.verb.reads() || matches!(status, 307 | 308);
        if so_far == MOST_REDIRECTS || location.is_empty() || !keeps_meaning || !self.address.owns(&to) {
            return Err(refused());
        }
        Ok(to)
    }
}

fn request(asked: &Asked, url: &Url, load: Load<'_>, key: &Key) -> Result<Request<Full<Bytes>>, Failure> {
    let mut request = Request::builder()
        .method(method(asked.verb))
        .uri(url.as_str())
        .header(header::ACCEPT, "application/json")
        .header(header::USER_AGENT, concat!("redfish/", env!("CARGO_PKG_VERSION")))
        .header(ODATA_VERSION, "4.0");
    if let Some((name, value)) = key.header() {
        request = request.header(name, value);
    }
    if let Some(etag) = load.if_match {
        request = request.header(header::IF_MATCH, etag);
    }
    let body = match load.body {
        Some(body) => {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Full::from(body.to_string())
        }
        None => Full::default(),
    };
    request.body(body).map_err(|e| {
        let what = format!("no request can be made of it: {e}");
        Failure::new(Error::Malformed { asked: asked.clone(), what }, Repeat::Never)
    })
}

pub(crate) fn method(verb: Verb) -> Method {
    match verb {
        Verb::Get => Method::GET,
        Verb::Post => Method::POST,
        Verb::Patch => Method::PATCH,
        Verb::Put => Method::PUT,
        Verb::Delete => Method::DELETE,
    }
}

async fn failure(asked: &Asked, attempt: u32, key: &Key, response: Response<Incoming>) -> Failure {
    let status = response.status().as_u16();
    let retry_after = header_text(&response, header::RETRY_AFTER).and_then(retry::retry_after);
    // What the BMC has to say is a help, not a must: the status stands without it.
    let body = transport::read(response.into_body(), LARGEST_ERROR).await.ok().flatten().unwrap_or_default();
    let message = key.scrub(message::of_reply(&body));
    let asked = asked.clone();
    let error = match status {
        401 | 403 => Error::Refused { asked, status, message },
        404 => Error::NotFound { asked, message },
        _ => Error::Rejected { asked, attempts: attempt, status, message },
    };
    let repeat = match status {
        429 | 503 => Repeat::Always,
        502 | 504 => Repeat::IfReading,
        _ => Repeat::Never,
    };
    Failure { error, repeat, retry_after, sessions_full: message::tells_of_full_sessions(&body) }
}

fn header_text(response: &Response<Incoming>, name: HeaderName) -> Option<&str> {
    response.headers().get(name).map(HeaderValue::to_str)?.ok()
}

/// Judges a request that got no reply at all.
pub(crate) fn not_sent(asked: &Asked, attempts: u32, unsent: Unsent) -> Failure {
    let source = match unsent {
        Unsent::Lost(source) => return lost(asked, attempts, source),
        Unsent::NotConnected(source) => source,
    };
    let asked = asked.clone();
    if is_untrusted(&*source) {
        return Failure::new(Error::Untrusted { asked, source }, Repeat::Never);
    }
    if is_about_tls(&*source) {
        return Failure::new(Error::Unreachable { asked, attempts, source }, Repeat::Never);
    }
    Failure::new(Error::Unreachable { asked, attempts, source }, Repeat::Always)
}

/// Judges a connection that ended in mid-exchange.
pub(crate) fn lost(asked: &Asked, attempts: u32, source: Cause) -> Failure {
    Failure::new(Error::Interrupted { asked: asked.clone(), attempts, source }, Repeat::IfReading)
}

/// Whether it was the certificate. OpenSSL's own words are all that reaches us; a test against a
/// real TLS server watches them.
fn is_untrusted(e: &(dyn StdError + 'static)) -> bool {
    says(e, "certificate verify failed")
}

/// Whether the BMC was there and the two could not agree on how to speak: it would fail the same way again.
pub(crate) fn is_about_tls(e: &(dyn StdError + 'static)) -> bool {
    says(e, "SSL routines")
}

/// Whether an error, or one of its causes, says this.
fn says(e: &(dyn StdError + 'static), words: &str) -> bool {
    let mut next = Some(e);
    while let Some(error) = next {
        if error.to_string().contains(words) {
            return true;
        }
        next = error.source();
    }
    false
}
