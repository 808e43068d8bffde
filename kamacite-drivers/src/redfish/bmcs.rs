//! The BMCs behind all nodes: one client for the program, and what is worth remembering of each.

use std::time::Duration;

use kamacite_driver::{Error, RequestLimit, Result, Services, SharedTask, governor::Refusal, model::Node};
use redfish::{Bmc, Client, Limits, System, Target, Verify};

use super::{
    driver_info::{self, Defaults},
    options::{
        CONNECT_TIMEOUT, CONNECTION_ATTEMPTS, CONNECTION_CACHE_SIZE, CONNECTION_RETRY_INTERVAL, READ_TIMEOUT, USE_PROXY,
    },
    read_back::ReadBack,
};
use crate::kept::Kept;

/// Leads from a node to its BMC. One for the whole driver.
pub struct Bmcs {
    client: Client,
    seen: kamacite_driver::Bmcs,
    timeout: Duration,
    defaults: Defaults,
    /// A BMC that is kept remembers the system it found, and has its session for as long.
    known: Kept<Target, Bmc>,
    /// Asks after a write whether it was done.
    pub read_back: ReadBack,
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
            environment_proxies: options.get(&USE_PROXY),
            ..Limits::default()
        };
        Self {
            client: Client::governed(limits, services.bmcs.governors().clone()),
            seen: services.bmcs.clone(),
            timeout: options.get(&READ_TIMEOUT),
            defaults: Defaults::from_options(options),
            known: Kept::new(usize::try_from(options.get(&CONNECTION_CACHE_SIZE)).unwrap_or(usize::MAX)),
            read_back: ReadBack::new(services),
        }
    }

    /// The node's BMC. Nothing is sent.
    ///
    /// # Errors
    /// Names the key of `driver_info` that is missing or wrong.
    pub fn of(&self, node: &Node) -> Result<Bmc> {
        let target = driver_info::read(node, &self.defaults)?;
        if let Some(bmc) = self.known.get(node.uuid, &target).filter(|_| !reads_files(&target)) {
            return Ok(bmc);
        }
        let bmc = self.client.bmc(target.clone()).map_err(|why| match why {
            redfish::Error::Address { .. } => driver_info::not_an_address(node).because(why),
            other => failed(other),
        })?;
        let limit = RequestLimit { time: self.timeout, option: "[redfish]read_timeout" };
        self.seen.note(node.uuid, "redfish", bmc.governor(), bmc.credentials(), limit);
        self.known.keep(node.uuid, target, bmc.clone());
        Ok(bmc)
    }

    /// The node's system as its BMC shows it now.
    ///
    /// # Errors
    /// As [`Bmcs::of`], and whatever the BMC says or does not say.
    pub async fn system(&self, task: &SharedTask) -> Result<System> {
        self.of(&task.node())?.system().await.map_err(failed)
    }

    /// Logs out of all BMCs.
    pub async fn close(&self) {
        self.client.close().await;
    }
}

/// Authorities are read from disk when a BMC is made: a renewed file is to count at once.
fn reads_files(target: &Target) -> bool {
    match target.verify {
        Verify::Ca(_) => true,
        Verify::Yes | Verify::No => false,
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
        Why::Ciphers { .. } => Error::invalid(words),
        Why::Unsupported { .. } => Error::unsupported(words),
        Why::Rejected { status: 429 | 503, .. } | Why::SessionsFull { .. } => Error::busy(words),
        Why::Withheld { refusal, .. } => match **refusal {
            // Nothing was asked of it, and it will be again before long.
            Refusal::Silent { .. } => Error::busy(words),
            Refusal::LockedOut { .. } => Error::hardware(words),
        },
        Why::Setup { .. }
        | Why::Unreachable { .. }
        | Why::Untrusted { .. }
        | Why::Timeout { .. }
        | Why::Interrupted { .. }
        | Why::Refused { .. }
        | Why::TaskFailed { .. }
        | Why::TaskEndless { .. }
        // The path came from the BMC itself, or from a person through one of the keys that have errors of their own.
        | Why::NotFound { .. }
        | Why::Redirected { .. }
        | Why::Rejected { .. }
        | Why::Unreadable { .. }
        | Why::Malformed { .. } => Error::hardware(words),
    }
}

#[cfg(test)]
mod tests {
    use kamacite_driver::ErrorKind;
    use serde_json::json;

    use crate::redfish::bench::{Bench, SYSTEM, Scripted, error, node_of, node_with_bmc, refusal};

    async fn looks(bench: &Bench) -> kamacite_driver::Result<()> {
        bench.on().power.power_state(&bench.shared()).await.map(drop)
    }

    fn look_ups(bmc: &Scripted) -> usize {
        bmc.count("GET /redfish/v1/Systems")
    }

    #[tokio::test]
    async fn a_system_is_looked_up_once_until_the_node_says_something_else() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        looks(&bench).await.unwrap();
        looks(&bench).await.unwrap();
        assert_eq!((look_ups(&bmc), bmc.count(&format!("GET {SYSTEM}"))), (1, 2));
        bench.machine.change(|node| {
            node.driver_info.insert("redfish_password".to_owned(), "battery staple".into());
        });
        looks(&bench).await.unwrap();
        assert_eq!(look_ups(&bmc), 2);
        let sent = |call: usize| bmc.calls()[call].headers["authorization"].clone();
        assert_ne!(sent(0), sent(bmc.calls().len() - 1));
    }

    #[tokio::test]
    async fn what_is_remembered_can_be_bounded() {
        let (bench, bmc) = node_with_bmc(&[("redfish", "connection_cache_size", "0")]).await;
        looks(&bench).await.unwrap();
        looks(&bench).await.unwrap();
        assert_eq!(look_ups(&bmc), 2);

        let (bench, bmc) = node_with_bmc(&[("redfish", "connection_cache_size", "1")]).await;
        let first = bench.node().uuid;
        for uuid in [first, uuid::Uuid::from_u128(8), first] {
            bench.machine.change(|node| node.uuid = uuid);
            looks(&bench).await.unwrap();
        }
        assert_eq!(look_ups(&bmc), 3);
    }

    #[tokio::test]
    async fn a_wrong_address_is_told_before_anything_is_sent() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        for (address, shown) in [("ftp://bmc", "ftp://bmc"), ("https://", "https://"), ("u:hunter2@bmc", "(not shown)")]
        {
            bench.machine.change(|node| {
                node.driver_info.insert("redfish_address".to_owned(), address.into());
            });
            let words = format!(
                "Invalid Redfish address {shown} set in driver_info/redfish_address on node {}",
                bench.node().uuid
            );
            let (on, task) = (bench.on(), bench.shared());
            assert_eq!(refusal(on.power.validate(&task).await), (ErrorKind::Invalid, words.clone()));
            assert_eq!(refusal(on.management.validate(&task).await), (ErrorKind::Invalid, words));
        }
        assert!(bmc.calls().is_empty());
    }

    #[tokio::test]
    async fn failures_tell_who_has_to_act() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        for (status, kind) in [
            (403, ErrorKind::Hardware),
            (429, ErrorKind::Busy),
            (500, ErrorKind::Hardware),
            (503, ErrorKind::Busy),
            // The last one: these credentials are not used again.
            (401, ErrorKind::Hardware),
        ] {
            bmc.on(&format!("GET {SYSTEM}"), [error(status, "No.")]);
            let (found, words) = refusal(looks(&bench).await);
            assert!(found == kind && words.contains(&status.to_string()), "{status}: {found:?} {words}");
            assert!(!words.contains("correct horse"));
        }
        let (kind, words) = refusal(looks(&bench).await);
        assert!(kind == ErrorKind::Hardware && words.contains("refused these credentials"), "{words}");
        bmc.has("/redfish/v1/Systems", json!({"Members": []}));
        assert_eq!(refusal(looks(&node_of(&bmc, &[])).await).0, ErrorKind::Invalid);
    }
}
