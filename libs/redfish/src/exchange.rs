//! One attempt at one request: sent, answered, and judged whether it may be sent again.

use std::error::Error as StdError;
use std::time::Duration;

use reqwest::{Response, Url, header};
use serde_json::Value;

use crate::address::{self, Address};
use crate::error::{Asked, Error, Verb};
use crate::message;
use crate::retry::{self, Limits, Repeat};
use crate::target::Password;

/// Same-host redirects followed in one attempt; real ones take one or two (a trailing slash, an
/// alias of a system).
const MOST_REDIRECTS: usize = 5;

/// Error replies are read this far, for their messages.
const LARGEST_ERROR: usize = 64 << 10;

/// Everything an attempt needs from its BMC.
pub(crate) struct Wire<'a> {
    pub http: &'a reqwest::Client,
    pub address: &'a Address,
    pub login: Option<(&'a str, &'a Password)>,
    pub limits: &'a Limits,
}

/// A successful answer.
pub(crate) struct Answer {
    pub status: u16,
    /// The path that answered, after redirects.
    pub path: String,
    /// The `Location` header, as a path on the BMC.
    pub location: Option<String>,
    pub body: Vec<u8>,
}

/// An attempt that failed.
pub(crate) struct Failure {
    pub error: Error,
    pub repeat: Repeat,
    pub retry_after: Option<Duration>,
}

impl Failure {
    fn new(error: Error, repeat: Repeat) -> Self {
        Self { error, repeat, retry_after: None }
    }
}

impl Wire<'_> {
    /// Makes attempt number `attempt`, within the request timeout.
    pub async fn attempt(&self, asked: &Asked, body: Option<&Value>, attempt: u32) -> Result<Answer, Failure> {
        let limit = self.limits.request_timeout;
        match tokio::time::timeout(limit, self.exchange(asked, body, attempt)).await {
            Ok(outcome) => outcome,
            Err(_) => {
                let error = Error::Timeout { asked: asked.clone(), attempts: attempt, limit };
                Err(Failure::new(error, Repeat::IfReading))
            }
        }
    }

    async fn exchange(&self, asked: &Asked, body: Option<&Value>, attempt: u32) -> Result<Answer, Failure> {
        let mut url = self.address.url(&asked.path);
        let mut redirects = 0;
        loop {
            let response = self.send(asked.verb, &url, body).await.map_err(|e| not_sent(asked, attempt, e))?;
            let status = response.status().as_u16();
            match status {
                200..=299 => return self.success(asked, attempt, &url, response).await,
                301 | 302 | 303 | 307 | 308 => {
                    url = self.redirect(asked, &url, &response, redirects)?;
                    redirects += 1;
                }
                _ => return Err(self.failure(asked, attempt, response).await),
            }
        }
    }

    async fn send(&self, verb: Verb, url: &Url, body: Option<&Value>) -> reqwest::Result<Response> {
        let method = match verb {
            Verb::Get => reqwest::Method::GET,
            Verb::Post => reqwest::Method::POST,
            Verb::Patch => reqwest::Method::PATCH,
            Verb::Delete => reqwest::Method::DELETE,
        };
        let mut request = self.http.request(method, url.clone());
        if let Some((username, password)) = self.login {
            request = request.basic_auth(username, Some(password.reveal()));
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        request.send().await
    }

    async fn success(&self, asked: &Asked, attempt: u32, url: &Url, response: Response) -> Result<Answer, Failure> {
        let status = response.status().as_u16();
        let path = address::path_and_query(url);
        let location = header_text(&response, header::LOCATION).and_then(|link| address::resolve(&path, link));
        let body = match read(response, self.limits.largest_reply).await {
            Ok(Some(body)) => body,
            Ok(None) => {
                let what = format!("it is longer than {} bytes", self.limits.largest_reply);
                return Err(Failure::new(Error::Malformed { asked: asked.clone(), what }, Repeat::Never));
            }
            Err(e) => return Err(lost(asked, attempt, e)),
        };
        Ok(Answer { status, path, location, body })
    }

    /// Where a redirect leads, if it may be followed: to the same host, not in circles, and
    /// without turning a write into a read, which is what 301 to 303 mean for one (RFC 9110,
    /// 15.4).
    fn redirect(&self, asked: &Asked, from: &Url, response: &Response, so_far: usize) -> Result<Url, Failure> {
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

    async fn failure(&self, asked: &Asked, attempt: u32, response: Response) -> Failure {
        let status = response.status().as_u16();
        let retry_after = header_text(&response, header::RETRY_AFTER).and_then(retry::retry_after);
        // What the BMC has to say is a help, not a must: the status stands without it.
        let body = read(response, LARGEST_ERROR).await.ok().flatten().unwrap_or_default();
        let mut message = message::of_reply(&body);
        if let Some((_, password)) = self.login {
            message = password.scrub(message);
        }
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
        Failure { error, repeat, retry_after }
    }
}

/// The whole body, or `None` if it is longer than `largest` bytes.
async fn read(mut response: Response, largest: usize) -> reqwest::Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > largest {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

fn header_text(response: &Response, name: header::HeaderName) -> Option<&str> {
    response.headers().get(name)?.to_str().ok()
}

/// Judges a request that got no reply at all.
fn not_sent(asked: &Asked, attempts: u32, e: reqwest::Error) -> Failure {
    if !e.is_connect() {
        return lost(asked, attempts, e);
    }
    let asked = asked.clone();
    if is_untrusted(&e) {
        return Failure::new(Error::Untrusted { asked, source: cause(e) }, Repeat::Never);
    }
    Failure::new(Error::Unreachable { asked, attempts, source: cause(e) }, Repeat::Always)
}

/// Judges a connection that ended in mid-exchange.
fn lost(asked: &Asked, attempts: u32, e: reqwest::Error) -> Failure {
    let error = Error::Interrupted { asked: asked.clone(), attempts, source: cause(e) };
    Failure::new(error, Repeat::IfReading)
}

/// Whether it was the certificate. OpenSSL's own words are all that reaches us; a test against a
/// real TLS server watches them.
fn is_untrusted(e: &reqwest::Error) -> bool {
    let mut next: Option<&dyn StdError> = e.source();
    while let Some(error) = next {
        if error.to_string().contains("certificate verify failed") {
            return true;
        }
        next = error.source();
    }
    false
}

fn cause(e: reqwest::Error) -> Box<dyn StdError + Send + Sync> {
    Box::new(e.without_url())
}
