//! The BMCs behind all nodes: one client for the program, and what is worth remembering of each.

use std::collections::HashMap;

use kamacite_driver::{
    Error, Result, Services, SharedTask,
    model::{Node, Uuid},
};
use parking_lot::Mutex;
use redfish::{Bmc, Client, Limits, System, Target, Verify};

use super::{
    driver_info::{self, Defaults},
    options::{
        AuthType, CONNECT_TIMEOUT, CONNECTION_ATTEMPTS, CONNECTION_CACHE_SIZE, CONNECTION_RETRY_INTERVAL, READ_TIMEOUT,
    },
};

/// Leads from a node to its BMC. One for the whole driver.
pub struct Bmcs {
    client: Client,
    defaults: Defaults,
    most_known: usize,
    known: Mutex<HashMap<Uuid, (Target, Bmc)>>,
}

impl Bmcs {
    /// As patient as the options say.
    pub fn new(services: &Services) -> Self {
        let options = &services.options;
        let first_wait = options.get(&CONNECTION_RETRY_INTERVAL);
        let limits = Limits {
            connect_timeout: options.get(&CONNECT_TIMEOUT),
            request_timeout: options.get(&READ_TIMEOUT),
            attempts: options.get(&CONNECTION_ATTEMPTS),
            first_wait,
            longest_wait: first_wait.saturating_mul(4),
            ..Limits::default()
        };
        Self {
            client: Client::new(limits),
            defaults: Defaults::from_options(options),
            most_known: usize::try_from(options.get(&CONNECTION_CACHE_SIZE)).unwrap_or(usize::MAX),
            known: Mutex::default(),
        }
    }

    /// The node's BMC. Nothing is sent.
    ///
    /// # Errors
    /// Names the key of `driver_info` that is missing or wrong.
    pub fn of(&self, node: &Node) -> Result<Bmc> {
        let described = driver_info::read(node, &self.defaults)?;
        if let Some((target, bmc)) = self.known.lock().get(&node.uuid)
            && *target == described.target
        {
            return Ok(bmc.clone());
        }
        match described.auth_type {
            AuthType::Basic | AuthType::Auto => {}
            AuthType::Session => tracing::warn!(
                node = %node.uuid,
                "redfish_auth_type is session; basic authentication is used, which is all there is for now"
            ),
        }
        let bmc = self.client.bmc(described.target.clone()).map_err(|why| match why {
            redfish::Error::Address { .. } => driver_info::not_an_address(node).because(why),
            other => failed(other),
        })?;
        self.remember(node.uuid, described.target, &bmc);
        Ok(bmc)
    }

    /// The node's system as its BMC shows it now.
    ///
    /// # Errors
    /// As [`Bmcs::of`], and whatever the BMC says or does not say.
    pub async fn system(&self, task: &SharedTask) -> Result<System> {
        self.of(&task.node())?.system().await.map_err(failed)
    }

    /// Keeps a BMC, which remembers the system it found. Authorities are read from disk when a BMC is made, so that
    /// one with authorities of its own is not kept: a renewed file is to count at once.
    fn remember(&self, node: Uuid, target: Target, bmc: &Bmc) {
        let reads_files = match target.verify {
            Verify::Ca(_) => true,
            Verify::Yes | Verify::No => false,
        };
        let mut known = self.known.lock();
        known.remove(&node);
        if reads_files || self.most_known == 0 {
            return;
        }
        if known.len() >= self.most_known
            && let Some(any) = known.keys().next().copied()
        {
            known.remove(&any);
        }
        known.insert(node, (target, bmc.clone()));
    }
}

/// What the client ran into, as the engine understands it. The client's sentences say all there is to say.
pub fn failed(why: redfish::Error) -> Error {
    use redfish::Error as Why;

    let words = why.to_string();
    match &why {
        Why::Address { .. } | Why::CaCertificates { .. } | Why::NoSystem { .. } | Why::ManySystems { .. } => {
            Error::invalid(words)
        }
        Why::Unsupported { .. } => Error::unsupported(words),
        Why::Rejected { status: 429 | 503, .. } => Error::busy(words),
        Why::Setup { .. }
        | Why::Unreachable { .. }
        | Why::Untrusted { .. }
        | Why::Timeout { .. }
        | Why::Interrupted { .. }
        | Why::Refused { .. }
        // The path came from the BMC itself, or from a person through one of the keys that have errors of their own.
        | Why::NotFound { .. }
        | Why::Redirected { .. }
        | Why::Rejected { .. }
        | Why::Unreadable { .. }
        | Why::Malformed { .. } => Error::hardware(words),
    }
}
