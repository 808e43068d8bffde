//! The client: what many BMCs share, which is patience and the set-up of TLS.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Weak};

use governor::{Credentials, Governors, Settings};
use parking_lot::Mutex;

use crate::address::Address;
use crate::bmc::Bmc;
use crate::error::Result;
use crate::exchange::Wire;
use crate::line::Line;
use crate::login::Account;
use crate::retry::Limits;
use crate::target::{Auth, Password, Target};
use crate::transport::{Http, Setup};
use crate::trust::Trust;

/// TLS set-ups kept ready. More are unheard of; then it starts over.
const MOST_SETUPS: usize = 64;

/// Makes [`Bmc`]s. One is meant to serve a whole program: BMCs that trust the same authorities
/// share a TLS set-up, which costs tens of milliseconds and up to a megabyte, and whoever uses the same account on the
/// same BMC shares its session there. Cheap to clone.
#[derive(Clone)]
pub struct Client(Arc<Shared>);

struct Shared {
    limits: Limits,
    governors: Governors,
    setups: Mutex<HashMap<Setup, Http>>,
    accounts: Mutex<HashMap<AccountOn, Weak<Account>>>,
}

/// An account on a BMC, and how it is reached.
#[derive(PartialEq, Eq, Hash)]
struct AccountOn {
    setup: Setup,
    /// The URL of the service root.
    root: String,
    username: Option<String>,
    password: Password,
    auth: Auth,
}

impl Client {
    /// A client of this patience, with governors of its own.
    pub fn new(limits: Limits) -> Self {
        Self::governed(limits, Governors::new(Settings::default()))
    }

    /// A client of this patience that goes past these governors.
    pub fn governed(limits: Limits, governors: Governors) -> Self {
        Self(Arc::new(Shared { limits, governors, setups: Mutex::default(), accounts: Mutex::default() }))
    }

    /// Prepares to talk to a BMC. Nothing is sent yet; certificate authorities, if any are
    /// named, are read from disk here, so that a renewed file takes effect with the next call.
    ///
    /// # Errors
    ///
    /// [`Error::Address`], [`Error::CaCertificates`], [`Error::Ciphers`], [`Error::Setup`].
    ///
    /// [`Error::Address`]: crate::Error::Address
    /// [`Error::CaCertificates`]: crate::Error::CaCertificates
    /// [`Error::Ciphers`]: crate::Error::Ciphers
    /// [`Error::Setup`]: crate::Error::Setup
    pub fn bmc(&self, target: Target) -> Result<Bmc> {
        let Target { address, username, password, verify, minimum_tls, ciphers, auth, system_id } = target;
        let address = Address::parse(&address)?;
        let setup = Setup { trust: Trust::of(&verify)?, minimum_tls, ciphers };
        let http = self.http(&setup, &address)?;
        let root = format!("{}{}", address.shown(), address.root());
        let account = self.account(AccountOn { setup, root, username, password, auth }, http, address);
        Ok(Bmc::new(account, system_id))
    }

    /// Logs out of all BMCs, at once and within seconds.
    pub async fn close(&self) {
        let accounts: Vec<_> = self.0.accounts.lock().values().filter_map(Weak::upgrade).collect();
        futures::future::join_all(accounts.iter().map(|account| account.close())).await;
    }

    fn http(&self, setup: &Setup, address: &Address) -> Result<Http> {
        let mut setups = self.0.setups.lock();
        if let Some(http) = setups.get(setup) {
            return Ok(http.clone());
        }
        let http = setup.http(address.shown(), &self.0.limits)?;
        if setups.len() >= MOST_SETUPS {
            setups.clear();
        }
        setups.insert(setup.clone(), http.clone());
        Ok(http)
    }

    fn account(&self, on: AccountOn, http: Http, address: Address) -> Arc<Account> {
        let mut accounts = self.0.accounts.lock();
        if let Some(account) = accounts.get(&on).and_then(Weak::upgrade) {
            return account;
        }
        let governor = self.0.governors.speaking("redfish", &address.authority());
        let who = match &on.username {
            Some(username) => Credentials::of(username, on.password.reveal()),
            None => Credentials::none(),
        };
        let wire = Wire { http, address, limits: self.0.limits.clone() };
        let line = Line { wire, governor, who };
        let account = Arc::new(Account::new(line, on.username.clone(), on.password.clone(), on.auth));
        if accounts.len() == accounts.capacity() {
            // Rather than growing, forget those that nobody uses any more.
            accounts.retain(|_, account| account.strong_count() > 0);
        }
        accounts.insert(on, Arc::downgrade(&account));
        account
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.0.limits).finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::target::Verify;

    fn target(address: &str, verify: Verify) -> Target {
        Target {
            address: address.to_owned(),
            username: Some("root".to_owned()),
            password: Password::new("hunter2"),
            verify,
            minimum_tls: None,
            ciphers: None,
            auth: Auth::Auto,
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
        assert_eq!(client.0.setups.lock().len(), 2);
    }
}
