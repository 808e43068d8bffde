//! The BMCs behind all nodes: one client for the program, and the session of each.

use std::{sync::Arc, time::Duration};

use ipmi::{Client, Limits, Target};
use kamacite_driver::{
    RequestLimit, Result, Services,
    governor::{Credentials, Governor},
    model::Node,
};

use super::{
    bmc::{Bmc, Speaker},
    driver_info::{self, Defaults, Said},
    failure::Failure,
    options::{COMMAND_RETRY_TIMEOUT, DEFAULT_BOOT_MODE, MIN_COMMAND_INTERVAL, Mode},
    program::Program,
};
use crate::kept::Kept;

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
    known: Kept<Said, Arc<Bmc>>,
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
            known: Kept::new(MOST_KNOWN),
        }
    }

    /// The node's BMC. Nothing is sent. Once a node says something else, the session it had is ended.
    ///
    /// # Errors
    /// Names the key of `driver_info` that is missing or wrong.
    pub fn of(&self, node: &Node) -> Result<Arc<Bmc>> {
        let said = driver_info::read(node, &self.defaults)?;
        if let Some(bmc) = self.known.get(node.uuid, &said) {
            return Ok(bmc);
        }
        // The native client checks what it is given, and the program wants no less.
        let native = self.client.bmc(said.target.clone()).map_err(Failure::Native)?;
        let governor = self.governor(&said.target.address, said.target.port);
        let who = credentials(&said.target);
        let limit = RequestLimit { time: self.timeout, option: "[ipmi]command_retry_timeout" };
        self.services.bmcs.note(node.uuid, "ipmi", &governor, who, limit);
        let speaker = match said.speaker {
            driver_info::Speaker::Native => Speaker::Native(native),
            driver_info::Speaker::Program { old_protocol, suite } => {
                let limits = [self.timeout, self.interval];
                Speaker::Program(Box::new(Program::new(
                    said.target.clone(),
                    (old_protocol, suite),
                    limits,
                    &self.services,
                )))
            }
        };
        let bmc = Arc::new(Bmc { speaker, governor, who });
        self.known.keep(node.uuid, said, bmc.clone());
        Ok(bmc)
    }

    /// The governor of the BMC at an address.
    pub fn governor(&self, address: &str, port: u16) -> Governor {
        let host = address.to_ascii_lowercase();
        let authority = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
        self.services.bmcs.governors().speaking("ipmi", &authority)
    }

    /// Ends all sessions.
    pub async fn close(&self) {
        let mut closing = tokio::task::JoinSet::new();
        self.known.take_all().into_iter().for_each(|bmc| drop(closing.spawn(async move { bmc.close().await })));
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

#[cfg(test)]
mod tests {
    use kamacite_driver::{
        ErrorKind,
        model::{Uuid, options::Options},
    };

    use super::*;
    use crate::ipmi::bench::{Act, Bench, CHASSIS_STATUS, Scripted, clock, node_with_bmc, refusal};

    async fn looks(bench: &Bench) -> Result<()> {
        bench.on().power.power_state(&bench.shared()).await.map(drop)
    }

    /// Waits until the BMC has so many sessions: one that is dropped ends by a packet of its own.
    async fn comes_to(bmc: &Scripted, sessions: usize) {
        while bmc.sessions() != sessions {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_session_serves_until_the_node_says_something_else() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        for _ in 0..3 {
            looks(&bench).await.unwrap();
        }
        assert_eq!(bmc.opened(), 1);
        bench.machine.change(|node| {
            node.driver_info.insert("ipmi_priv_level".to_owned(), "OPERATOR".into());
        });
        looks(&bench).await.unwrap();
        assert_eq!(bmc.opened(), 2);
        comes_to(&bmc, 1).await;
        // Nothing of it is about the BMC.
        bench.machine.change(|node| {
            node.driver_info.insert("ipmi_force_boot_device".to_owned(), true.into());
        });
        looks(&bench).await.unwrap();
        assert_eq!(bmc.opened(), 2);
    }

    #[tokio::test]
    async fn sessions_end_with_the_program() {
        let bmc = Scripted::start().await;
        let bmcs = Bmcs::new(&Services::new(clock(), Options::default()));
        for number in 0..3 {
            let mut node = Node::new(Uuid::from_u128(number), "ipmi", clock().start());
            node.driver_info.insert("ipmi_address".to_owned(), "127.0.0.1".into());
            node.driver_info.insert("ipmi_port".to_owned(), bmc.port.into());
            node.driver_info.insert("ipmi_username".to_owned(), "admin".into());
            node.driver_info.insert("ipmi_password".to_owned(), crate::ipmi::bench::PASSWORD.into());
            bmcs.of(&node).unwrap().is_on().await.unwrap();
        }
        assert_eq!(bmc.sessions(), 3);
        bmcs.close().await;
        comes_to(&bmc, 0).await;
    }

    #[test]
    fn a_bmc_is_one_whatever_it_is_spoken_to_in() {
        let services = Services::new(clock(), Options::default());
        let bmcs = Bmcs::new(&services);
        let address = |host, port| bmcs.governor(host, port).address().to_string();
        let redfish = |authority| services.bmcs.governors().of(authority).address().to_string();
        assert_eq!(address("BMC-1", 623), redfish("bmc-1:443"));
        assert_eq!(address("fe80::1", 623), redfish("[fe80::1]:443"));
        assert_eq!(address("10.0.0.5", 6230), "10.0.0.5:6230");
    }

    #[tokio::test]
    async fn a_wrong_value_is_told_before_anything_is_sent() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        for (key, value, words) in [
            ("ipmi_address", "https://bmc", "Must be a valid IP address or hostname"),
            ("ipmi_port", "0", "cannot use ipmi_port: 0 is no port"),
            ("ipmi_password", "longer than twenty bytes", "cannot use ipmi_password"),
        ] {
            let before = bench.node();
            bench.machine.change(|node| {
                node.driver_info.insert(key.to_owned(), value.into());
            });
            let (on, task) = (bench.on(), bench.shared());
            for refused in [on.power.validate(&task).await, on.management.validate(&task).await] {
                let (kind, said) = refusal(refused);
                assert!(kind == ErrorKind::Invalid && said.contains(words), "{said}");
            }
            bench.machine.change(|node| *node = (*before).clone());
        }
        assert!(bmc.heard().is_empty());
    }

    #[tokio::test]
    async fn failures_tell_who_has_to_act() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        for (code, kind) in [(0xc1, ErrorKind::Unsupported), (0xd4, ErrorKind::Hardware), (0xff, ErrorKind::Hardware)] {
            bmc.on(CHASSIS_STATUS, [Act::Answer(code, vec![])]);
            assert_eq!(refusal(looks(&bench).await).0, kind, "{code:#x}");
        }
        bench.machine.change(|node| {
            node.driver_info.insert("ipmi_password".to_owned(), "battery staple".into());
        });
        for words in ["check ipmi_password", "refused these credentials"] {
            let (kind, said) = refusal(looks(&bench).await);
            assert!(kind == ErrorKind::Hardware && said.contains(words) && !said.contains("battery"), "{said}");
        }
    }
}
