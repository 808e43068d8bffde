//! Requests passed on as they are and answers handed back as they came, for a program that watches a conversation.

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{HeaderMap, Request, Response};

use crate::bmc::Bmc;
use crate::error::{Asked, Error, Result, Verb};
use crate::exchange::{self, Failure, TOKEN, Wire};
use crate::login::{Account, Key};
use crate::retry::Repeat;
use crate::transport;

/// What concerns one connection and not the conversation (RFC 9110, 7.6.1), and what this client says itself.
const OF_THE_CONNECTION: [&str; 13] = [
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A request to be passed on. It has no `Debug` form, since its headers may hold credentials.
#[derive(Clone)]
pub struct Forward {
    /// The method.
    pub verb: Verb,
    /// The path on the BMC, with its query.
    pub path: String,
    /// Its headers; those that concern a connection alone are left out.
    pub headers: Vec<(String, String)>,
    /// Its body; empty is none.
    pub body: Vec<u8>,
}

/// What a BMC answered, whatever the status. It has no `Debug` form either: a session's token is in its headers.
#[derive(Clone, PartialEq, Eq)]
pub struct Forwarded {
    /// The HTTP status.
    pub status: u16,
    /// Its headers, without those that concern a connection alone; names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
    /// What the request was logged in with, where the target has a user name: a header and its value.
    pub credentials: Vec<(String, String)>,
}

impl Forwarded {
    /// A header; the name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Bmc {
    /// Passes a request on, once, and hands back whatever is answered; redirects are not followed. The path is no link,
    /// and sent as it is.
    ///
    /// Where the target has a user name, the request is logged in as any other; else it carries the credentials that are
    /// in its own headers, or none.
    ///
    /// # Errors
    ///
    /// Those of an exchange that is not answered, and those of logging in.
    pub async fn forward(&self, forward: &Forward) -> Result<Forwarded> {
        let asked = Asked { verb: forward.verb, address: self.address().to_owned(), path: forward.path.clone() };
        self.account().forward(&asked, forward).await
    }

    /// What a link that stands in the resource at `from` leads to, as a path on this BMC; a host that it names is left out.
    pub fn follow(&self, from: &str, link: &str) -> Option<String> {
        crate::address::resolve(from, link)
    }
}

impl Account {
    async fn forward(&self, asked: &Asked, forward: &Forward) -> Result<Forwarded> {
        self.line.governor.check(self.line.who).map_err(|refusal| Error::withheld(asked, refusal))?;
        let key = self.key().await?;
        let answer = self.pass(asked, forward, &key).await?;
        if answer.status != 401 || !key.is_session() {
            return Ok(answer);
        }
        self.forget(&key).await;
        let key = self.key().await?;
        self.pass(asked, forward, &key).await
    }

    async fn pass(&self, asked: &Asked, forward: &Forward, key: &Key) -> Result<Forwarded> {
        let line = &self.line;
        let what = format!("{} {}", asked.verb, asked.path);
        let permit = line.governor.enter(line.who, &what).await.map_err(|refusal| Error::withheld(asked, refusal))?;
        let outcome = line.wire.pass(asked, forward, key).await;
        let told = crate::line::told(outcome.as_ref().map(|answer| answer.status), key);
        permit.done(told);
        outcome
    }
}

impl Wire {
    async fn pass(&self, asked: &Asked, forward: &Forward, key: &Key) -> Result<Forwarded> {
        let limit = self.limits.request_timeout;
        match tokio::time::timeout(limit, self.pass_on(asked, forward, key)).await {
            Ok(outcome) => outcome.map_err(|failure| failure.error),
            Err(_) => Err(Error::Timeout { asked: asked.clone(), attempts: 1, limit }),
        }
    }

    async fn pass_on(&self, asked: &Asked, forward: &Forward, key: &Key) -> Result<Forwarded, Failure> {
        let request = self.request(asked, forward, key)?;
        let answer = transport::send(&self.http, request).await.map_err(|e| exchange::not_sent(asked, 1, e))?;
        let (status, headers) = (answer.status().as_u16(), headers(answer.headers()));
        let credentials = key.header().map(|(name, value)| pair(&name, &value)).into_iter().collect();
        Ok(Forwarded { status, headers, body: self.body(asked, answer).await?, credentials })
    }

    fn request(&self, asked: &Asked, forward: &Forward, key: &Key) -> Result<Request<Full<Bytes>>, Failure> {
        let mut request =
            Request::builder().method(exchange::method(asked.verb)).uri(self.address.url(&asked.path).as_str());
        let kept = forward.headers.iter().filter(|(name, _)| !of_the_connection(name));
        // One who logs in himself does not send another's credentials along.
        for (name, value) in kept.filter(|(name, _)| key.header().is_none() || !authenticates(name)) {
            request = request.header(name, value);
        }
        if let Some((name, value)) = key.header() {
            request = request.header(name, value);
        }
        request
            .body(Full::from(forward.body.clone()))
            .map_err(|e| malformed(asked, format!("no request can be made of it: {e}")))
    }

    async fn body(&self, asked: &Asked, answer: Response<Incoming>) -> Result<Vec<u8>, Failure> {
        let largest = self.limits.largest_reply;
        match transport::read(answer.into_body(), largest).await {
            Ok(Some(body)) => Ok(body),
            Ok(None) => Err(malformed(asked, format!("it is longer than {largest} bytes"))),
            Err(source) => Err(exchange::lost(asked, 1, source)),
        }
    }
}

fn headers(all: &HeaderMap) -> Vec<(String, String)> {
    let kept = all.iter().filter(|(name, _)| !of_the_connection(name.as_str()));
    kept.map(|(name, value)| pair(name, value)).collect()
}

fn pair(name: &HeaderName, value: &HeaderValue) -> (String, String) {
    (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
}

fn of_the_connection(name: &str) -> bool {
    OF_THE_CONNECTION.iter().any(|known| name.eq_ignore_ascii_case(known))
}

fn authenticates(name: &str) -> bool {
    let known: [HeaderName; 2] = [header::AUTHORIZATION, TOKEN];
    known.iter().any(|known| name.eq_ignore_ascii_case(known.as_str()))
}

fn malformed(asked: &Asked, what: String) -> Failure {
    Failure::new(Error::Malformed { asked: asked.clone(), what }, Repeat::Never)
}
