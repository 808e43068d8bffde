//! The BMCs behind all nodes: one client for the program, and the session of each.

use std::{collections::HashMap, sync::Arc, time::Duration};

use ipmi::{Client, Limits, Target};
use kamacite_driver::{
    Result, Services,
    governor::{Credentials, Governor},
    model::{Node, Uuid},
};
use parking_lot::Mutex;

use super::{
    bmc::{Bmc, Speaker},
    driver_info::{self, Defaults, Said},
    failure::Failure,
    options::{COMMAND_RETRY_TIMEOUT, DEFAULT_BOOT_MODE, MIN_COMMAND_INTERVAL, Mode},
    program::Program,
};

/// BMCs remembered at most. Without their session, which ends when it is not used, each takes a few hundred bytes.
const MOST_KNOWN: usize = 50_000;

/// Leads from a node to its BMC. One for the whole driver.
pub struct Bmcs {
    pub client: Client,
    pub defaults: Defaults,
    pub default_boot_mode: Mode,
    services: Services,
    timeout: Duration,
    interval: Duration,
    known: Mutex<HashMap<Uuid, (Said, Arc<Bmc>)>>,
}

impl Bmcs {
    /// As patient as the options say.
    pub fn new(services: &Services) -> Self {
        let options = &services.options;
        let timeout = options.get(&COMMAND_RETRY_TIMEOUT);
        Self {
            client: Client::new(Limits { command_timeout: timeout, ..Limits::default() }),
            defaults: Defaults::from_options(options),
            default_boot_mode: options.get(&DEFAULT_BOOT_MODE),
            services: services.clone(),
            timeout,
            interval: options.get(&MIN_COMMAND_INTERVAL),
            known: Mutex::default(),
        }
    }

    /// The node's BMC. Nothing is sent. Once a node says something else, the session it had is ended.
    ///
    /// # Errors
    /// Names the key of `driver_info` that is missing or wrong.
    pub fn of(&self, node: &Node) -> Result<Arc<Bmc>> {
        let said = driver_info::read(node, &self.defaults)?;
        if let Some((known, bmc)) = self.known.lock().get(&node.uuid)
            && *known == said
        {
            return Ok(bmc.clone());
        }
        // The native client checks what it is given, and the program wants no less.
        let native = self.client.bmc(said.target.clone()).map_err(Failure::Native)?;
        let governor = self.governor(&said.target.address, said.target.port);
        self.services.bmcs.note(node.uuid, "ipmi", &governor);
        let who = credentials(&said.target);
        let speaker = match said.speaker {
            driver_info::Speaker::Native => Speaker::Native(native),
            driver_info::Speaker::Program { old_protocol, suite } => {
                let limits = [self.timeout, self.interval];
                Speaker::Program(Program::new(said.target.clone(), (old_protocol, suite), limits, &self.services))
            }
        };
        let bmc = Arc::new(Bmc { speaker, governor, who });
        let mut known = self.known.lock();
        known.remove(&node.uuid);
        if known.len() >= MOST_KNOWN
            && let Some(any) = known.keys().next().copied()
        {
            known.remove(&any);
        }
        known.insert(node.uuid, (said, bmc.clone()));
        Ok(bmc)
    }

    /// The governor of the BMC at an address.
    pub fn governor(&self, address: &str, port: u16) -> Governor {
        let host = address.to_ascii_lowercase();
        let authority = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
        self.services.bmcs.governors().of(&authority)
    }

    /// Ends all sessions.
    pub async fn close(&self) {
        let known: Vec<_> = self.known.lock().drain().map(|(_, (_, bmc))| bmc).collect();
        let mut closing = tokio::task::JoinSet::new();
        known.into_iter().for_each(|bmc| drop(closing.spawn(async move { bmc.close().await })));
        closing.join_all().await;
    }
}

/// Who logs in. The key and the privilege are part of it, for correcting them is to help at once; and so is the protocol,
/// for what a BMC refuses here it may take there: some cut passwords.
fn credentials(target: &Target) -> Credentials {
    let key = target.key.as_ref().map(|key| key.reveal());
    let password = String::from_utf8_lossy(target.password.reveal());
    Credentials::of(&target.username, &format!("{password}\0{key:?}\0{}\0ipmi", target.privilege))
}
