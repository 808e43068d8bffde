//! The BMCs behind all nodes: a governor for each, whatever the protocol, and which node is behind which.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use governor::{Credentials, Governor, Governors, Settings, Status};
use kamacite_model::{
    Uuid,
    options::{Opt, OptionSpec, Options},
};
use parking_lot::Mutex;

/// Requests under way at a time, for each BMC.
const CONCURRENCY: Opt<u32> = Opt::new(
    "kamacite",
    "bmc_concurrency",
    "4",
    "How many requests may be under way at one BMC at a time, whatever the protocol.",
);
/// Silences in a row.
const SILENCES: Opt<u32> = Opt::new(
    "kamacite",
    "bmc_silences",
    "5",
    "After how many requests in a row that a BMC did not answer it is left alone for a while.",
);
/// Of a silent BMC.
const LONGEST_PAUSE: Opt<Duration> = Opt::new(
    "kamacite",
    "bmc_longest_pause",
    "60",
    "How long a silent BMC is left alone at most between two requests that find out whether it is back, in seconds. The \
     first pause is of 5 seconds, unless that is longer, and each is twice as long as the one before.",
);
/// Of refused credentials.
const LOCKOUT: Opt<Duration> = Opt::new(
    "kamacite",
    "bmc_refused_pause",
    "60",
    "For how long credentials that a BMC has refused are not used again, in seconds; twice as long each time, up to an \
     hour. Other credentials are used at once.",
);

/// The BMCs behind all nodes. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Bmcs {
    governors: Governors,
    behind: Arc<Mutex<BTreeMap<(Uuid, &'static str), Way>>>,
}

/// Past which governor a node is spoken to, as whom, and how patiently.
struct Way {
    governor: Governor,
    who: Credentials,
    limit: RequestLimit,
}

/// How long one request to a BMC may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestLimit {
    /// So long.
    pub time: Duration,
    /// The option that says so, with its section.
    pub option: &'static str,
}

impl Bmcs {
    /// None yet, to be treated as configured.
    pub fn new(options: &Options) -> Self {
        let governors = Governors::new(Settings {
            concurrency: usize::try_from(options.get(&CONCURRENCY)).unwrap_or(usize::MAX),
            silences: options.get(&SILENCES),
            longest_pause: options.get(&LONGEST_PAUSE),
            first_lockout: options.get(&LOCKOUT),
            ..Settings::default()
        });
        Self { governors, behind: Arc::default() }
    }

    /// The governors, for clients that go past them by themselves.
    pub fn governors(&self) -> &Governors {
        &self.governors
    }

    /// Notes that a node is spoken to in a protocol past this governor, with these credentials and this patience, so that
    /// people can see how its BMC is doing.
    pub fn note(&self, node: Uuid, protocol: &'static str, governor: &Governor, who: Credentials, limit: RequestLimit) {
        self.behind.lock().insert((node, protocol), Way { governor: governor.clone(), who, limit });
    }

    /// How long one request may take, in each protocol that a node was spoken to in.
    pub fn limits(&self, node: Uuid) -> Vec<(&'static str, RequestLimit)> {
        let behind = self.behind.lock();
        let own = behind.range((node, "")..).take_while(|((of, _), _)| *of == node);
        own.map(|((_, protocol), way)| (*protocol, way.limit)).collect()
    }

    /// What a node was spoken to in, and how its BMCs are doing: one, as a rule.
    pub fn of(&self, node: Uuid) -> Vec<(&'static str, Status)> {
        let behind = self.behind.lock();
        let own = behind.range((node, "")..).take_while(|((of, _), _)| *of == node);
        own.map(|((_, protocol), way)| (*protocol, way.governor.status(way.who))).collect()
    }

    /// Forgets a node.
    pub fn forget(&self, node: Uuid) {
        self.behind.lock().retain(|(of, _), _| *of != node);
    }
}

/// The options of how BMCs are treated.
#[doc(hidden)] // For the program.
pub fn options() -> Vec<OptionSpec> {
    vec![CONCURRENCY.spec(), SILENCES.spec(), LONGEST_PAUSE.spec(), LOCKOUT.spec()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_found_behind_its_own_bmcs_only() {
        let bmcs = Bmcs::new(&Options::default());
        let who = Credentials::none();
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let governor = bmcs.governors().of("10.0.0.5");
        let limit = RequestLimit { time: Duration::from_secs(60), option: "[a]b" };
        bmcs.note(one, "redfish", &governor, who, limit);
        bmcs.note(one, "ipmi", &governor, who, limit);
        bmcs.note(one, "redfish", &bmcs.governors().of("10.0.0.6"), who, limit);
        bmcs.note(other, "redfish", &governor, who, limit);
        let seen =
            |node| bmcs.of(node).iter().map(|(how, which)| format!("{how} {}", which.address)).collect::<Vec<_>>();
        assert_eq!(seen(one), ["ipmi 10.0.0.5", "redfish 10.0.0.6"]);
        assert_eq!(bmcs.limits(one), [("ipmi", limit), ("redfish", limit)]);
        bmcs.forget(one);
        assert_eq!((seen(one).len(), seen(other)), (0, vec!["redfish 10.0.0.5".to_owned()]));
    }
}
