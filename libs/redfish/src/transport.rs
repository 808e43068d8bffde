//! HTTP over TCP or OpenSSL, as BMCs need it: patient with their TLS and their HTTP.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response, Uri};
use hyper_openssl::client::legacy::HttpsConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use openssl::ssl::{SslConnector, SslMethod, SslVersion};
use tower_service::Service;

use crate::error::{Cause, Error, Result};
use crate::retry::Limits;
use crate::target::TlsVersion;
use crate::trust::Trust;
use crate::way::Way;

/// How long an idle connection is kept for the next request. Long enough for a conversation (TLS
/// handshakes cost a BMC up to a second), short because many choke on connections that stay, and
/// because a write that meets a connection just being closed cannot be repeated.
const IDLE: Duration = Duration::from_secs(2);

/// Sends requests to all BMCs whose TLS is set up alike. Cheap to clone.
pub(crate) type Http = hyper_util::client::legacy::Client<Patient<HttpsConnector<Way>>, Full<Bytes>>;

/// What BMCs must have in common to share a set-up.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Setup {
    /// Whose certificates are believed.
    pub trust: Trust,
    /// The oldest TLS to speak.
    pub minimum_tls: Option<TlsVersion>,
    /// The ciphers of TLS 1.2 and older, as OpenSSL's list.
    pub ciphers: Option<String>,
}

impl Setup {
    /// Builds what sends requests; costs tens of milliseconds and up to a megabyte.
    ///
    /// # Errors
    ///
    /// [`Error::CaCertificates`], [`Error::Ciphers`], and [`Error::Setup`] for `address`.
    pub fn http(&self, address: &str, limits: &Limits) -> Result<Http> {
        let failed = |e| Error::Setup { address: address.to_owned(), source: Box::new(e) };
        let mut tls = SslConnector::builder(SslMethod::tls()).map_err(failed)?;
        if let Some(oldest) = self.minimum_tls {
            tls.set_min_proto_version(Some(oldest.into())).map_err(failed)?;
        }
        // Whoever names a BMC's certificate, or does not look at it, accepts what keys that BMC has: RSA-1024 is at
        // level 1, and TLS 1.1, which has to be asked for, at level 0 (OpenSSL, SSL_CTX_set_security_level).
        match (&self.trust, self.minimum_tls) {
            (_, Some(TlsVersion::V1_1)) => tls.set_security_level(0),
            (Trust::Anybody | Trust::Only { .. }, _) => tls.set_security_level(1),
            (Trust::Host, _) => {}
        }
        if let Some(ciphers) = &self.ciphers {
            let problem = |e: openssl::error::ErrorStack| Error::Ciphers {
                given: ciphers.clone(),
                problem: e.errors().first().and_then(|one| one.reason()).unwrap_or("no cipher fits").to_owned(),
            };
            // OpenSSL's binding takes no text with an end in the middle, and does not refuse it either.
            if ciphers.contains('\0') {
                return Err(Error::Ciphers {
                    given: ciphers.clone(),
                    problem: "a NUL is no name of a cipher".to_owned(),
                });
            }
            tls.set_cipher_list(ciphers).map_err(problem)?;
        }
        self.trust.apply(&mut tls)?;
        let mut https = HttpsConnector::with_connector(Way::new(limits.environment_proxies), tls).map_err(failed)?;
        if self.trust == Trust::Anybody {
            https.set_callback(|tls, _| {
                tls.set_verify_hostname(false);
                Ok(())
            });
        }
        Ok(hyper_util::client::legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            // Embedded web servers bend HTTP, too.
            .http1_allow_obsolete_multiline_headers_in_responses(true)
            .http1_allow_spaces_after_header_name_in_responses(true)
            .http1_ignore_invalid_headers_in_responses(true)
            .build(Patient { inner: https, limit: limits.connect_timeout }))
    }
}

impl From<TlsVersion> for SslVersion {
    fn from(version: TlsVersion) -> Self {
        match version {
            TlsVersion::V1_1 => Self::TLS1_1,
            TlsVersion::V1_2 => Self::TLS1_2,
            TlsVersion::V1_3 => Self::TLS1_3,
        }
    }
}

/// A request that got no reply.
pub(crate) enum Unsent {
    /// No connection came about.
    NotConnected(Cause),
    /// It ended in mid-exchange.
    Lost(Cause),
}

/// Sends a request and waits for the head of the reply.
pub(crate) async fn send(http: &Http, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Unsent> {
    http.request(request).await.map_err(|e| match e.is_connect() {
        true => Unsent::NotConnected(Box::new(e)),
        false => Unsent::Lost(Box::new(e)),
    })
}

/// The whole body, or `None` if it is longer than `largest` bytes.
pub(crate) async fn read(mut body: Incoming, largest: usize) -> Result<Option<Vec<u8>>, Cause> {
    let mut whole = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(chunk) = frame?.into_data() else { continue };
        if whole.len() + chunk.len() > largest {
            return Ok(None);
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(Some(whole))
}

/// Bounds the time a connection may take to come about, TLS included.
#[derive(Clone)]
pub(crate) struct Patient<C> {
    inner: C,
    limit: Duration,
}

impl<C> Service<Uri> for Patient<C>
where
    C: Service<Uri> + Clone + Send + 'static,
    C::Future: Send,
    C::Error: Into<Cause>,
{
    type Response = C::Response;
    type Error = Cause;
    type Future = Pin<Box<dyn Future<Output = Result<C::Response, Cause>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Cause>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let (connecting, limit) = (self.inner.call(to), self.limit);
        Box::pin(async move {
            match tokio::time::timeout(limit, connecting).await {
                Ok(connected) => connected.map_err(Into::into),
                Err(_) => Err(format!("no connection within {} s", limit.as_secs_f64()).into()),
            }
        })
    }
}
