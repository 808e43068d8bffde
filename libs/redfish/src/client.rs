//! The client: what many BMCs share, which is patience and the set-up of TLS.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header;

use crate::address::Address;
use crate::bmc::Bmc;
use crate::error::{Error, Result};
use crate::retry::Limits;
use crate::target::{Target, TlsVersion};
use crate::trust::Trust;

/// How long an idle connection is kept for the next request. Long enough for a conversation (TLS
/// handshakes cost a BMC up to a second), short because many choke on connections that stay, and
/// because a write that meets a connection just being closed cannot be repeated.
const IDLE: Duration = Duration::from_secs(2);

/// TLS set-ups kept ready. More are unheard of; then it starts over.
const MOST_SETUPS: usize = 64;

/// Makes [`Bmc`]s. One is meant to serve a whole program: BMCs that trust the same authorities
/// share a TLS set-up, which costs tens of milliseconds and up to a megabyte. Cheap to clone.
#[derive(Clone)]
pub struct Client(Arc<Shared>);

struct Shared {
    limits: Limits,
    setups: Mutex<HashMap<Setup, reqwest::Client>>,
}

/// What BMCs must have in common to share a set-up.
type Setup = (Trust, Option<TlsVersion>);

impl Client {
    /// A client of this patience.
    pub fn new(limits: Limits) -> Self {
        Self(Arc::new(Shared { limits, setups: Mutex::default() }))
    }

    /// Prepares to talk to a BMC. Nothing is sent yet; certificate authorities, if any are
    /// named, are read from disk here, so that a renewed file takes effect with the next call.
    ///
    /// # Errors
    ///
    /// [`Error::Address`], [`Error::CaCertificates`], [`Error::Setup`].
    pub fn bmc(&self, target: Target) -> Result<Bmc> {
        let address = Address::parse(&target.address)?;
        let http = self.setup((Trust::of(&target.verify)?, target.minimum_tls), &address)?;
        Ok(Bmc::new(http, address, target, self.0.limits.clone()))
    }

    fn setup(&self, setup: Setup, address: &Address) -> Result<reqwest::Client> {
        let mut setups = self.0.setups.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(http) = setups.get(&setup) {
            return Ok(http.clone());
        }
        let (trust, minimum_tls) = &setup;
        let mut builder = trust.apply(builder(&self.0.limits))?;
        if let Some(oldest) = minimum_tls {
            builder = builder.tls_version_min(match oldest {
                TlsVersion::V1_1 => reqwest::tls::Version::TLS_1_1,
                TlsVersion::V1_2 => reqwest::tls::Version::TLS_1_2,
                TlsVersion::V1_3 => reqwest::tls::Version::TLS_1_3,
            });
        }
        let http =
            builder.build().map_err(|e| Error::Setup { address: address.shown().to_owned(), source: Box::new(e) })?;
        if setups.len() >= MOST_SETUPS {
            setups.clear();
        }
        setups.insert(setup, http.clone());
        Ok(http)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.0.limits).finish()
    }
}

fn builder(limits: &Limits) -> reqwest::ClientBuilder {
    let mut headers = header::HeaderMap::new();
    headers.insert(header::ACCEPT, header::HeaderValue::from_static("application/json"));
    headers.insert("OData-Version", header::HeaderValue::from_static("4.0"));
    reqwest::Client::builder()
        .user_agent(concat!("redfish/", env!("CARGO_PKG_VERSION")))
        .default_headers(headers)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(limits.connect_timeout)
        .pool_idle_timeout(IDLE)
        // Embedded web servers bend HTTP, too.
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true)
        .http1_ignore_invalid_headers_in_responses(true)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::target::{Password, Verify};

    fn target(address: &str, verify: Verify) -> Target {
        Target {
            address: address.to_owned(),
            username: Some("root".to_owned()),
            password: Password::new("hunter2"),
            verify,
            minimum_tls: None,
            system_id: None,
        }
    }

    #[test]
    fn neither_client_nor_bmc_prints_credentials() {
        let client = Client::new(Limits::default());
        let bmc = client.bmc(target("bmc", Verify::No)).unwrap();
        assert_eq!(format!("{bmc:?}"), "Bmc(\"https://bmc\")");
        assert!(format!("{client:?}").starts_with("Client(Limits {"));
    }

    #[test]
    fn a_thousand_bmcs_share_one_setup() {
        let client = Client::new(Limits::default());
        for i in 0..1000 {
            client.bmc(target(&format!("bmc-{i}"), Verify::No)).unwrap();
        }
        client.bmc(target("bmc", Verify::Yes)).unwrap();
        assert_eq!(client.0.setups.lock().unwrap().len(), 2);
    }
}
