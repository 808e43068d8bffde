//! What goes wrong with a BMC: on demand, by count or by chance.

mod around;
mod datagrams;
mod text;

use std::time::Duration;

use kamacite_model::{Secret, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    bmc::Bmc,
    http::{Method, Request, Response},
    ipmi,
    machine::Event,
    random::Random,
    redfish,
};

pub(crate) use around::{Around, Within};
pub use datagrams::Packets;
pub(crate) use datagrams::hear;
pub use text::BadFault;

/// A way to go wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum Fault {
    /// The answer comes so many milliseconds late.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// No answer ever comes; the connection stays.
    Hang,
    /// The connection is closed without an answer; with IPMI, the datagram is lost.
    Drop,
    /// What was asked is done, and its answer lost.
    LostAnswer,
    /// The answer comes twice. IPMI only.
    Twice,
    /// The answer comes after that to the next datagram. IPMI only.
    Reordered,
    /// 503; with IPMI, "node busy" (C0h).
    Unavailable {
        /// `Retry-After`, in seconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_s: Option<u32>,
    },
    /// 429; with IPMI, "node busy" (C0h).
    TooMany {
        /// `Retry-After`, in seconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_s: Option<u32>,
    },
    /// Any status, without a body. Redfish only.
    Status {
        /// The status.
        status: u16,
    },
    /// A completion code, and nothing is done. IPMI only.
    Completion {
        /// The code.
        code: u8,
    },
    /// The answer is complete as HTTP, and half of its JSON is missing; with IPMI, half of the response's data.
    Truncated,
    /// The connection is closed in the middle of the answer; with IPMI, half of the datagram is missing.
    Cut,
    /// The answer is JSON, and no object. Redfish only.
    WrongJson,
    /// The answer is what it should be and says that it is HTML. Redfish only.
    WrongType,
    /// A write is answered as if it had been done. Reads are spared.
    IgnoredWrite,
    /// The BMC restarts, and is away for so long. Sessions are lost.
    Away {
        /// Seconds.
        seconds: u32,
    },
    /// Every place in the table of sessions is taken, until they time out.
    SessionsFull,
    /// The password is another one from now on.
    Password {
        /// The new one.
        password: Secret<String>,
    },
    /// No transition of power completes for so long.
    PowerStuck {
        /// Seconds.
        seconds: u32,
    },
}

/// When something goes wrong, and what. Requests that fit are counted from 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// What.
    #[serde(flatten)]
    pub fault: Fault,
    /// Only requests of this method, for example `PATCH`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Only requests whose path contains this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Only datagrams of IPMI that ask for something whose name contains this: `chassis-control`, `rakp-1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// The first request that is hit: 1 is the next.
    #[serde(default = "one")]
    pub nth: u32,
    /// How often; 0 is for ever. `None`: once, or for ever where there is a chance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// The chance of each request to be hit, from 0 to 1. `None`: it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chance: Option<f64>,
}

/// The plan of a BMC's faults.
#[derive(Clone, Debug, Default)]
pub struct Faults(Vec<Armed>);

/// A rule, and how far it has come.
#[derive(Clone, Debug)]
struct Armed {
    rule: Rule,
    seen: u32,
    hit: u32,
}

/// What a rule may choose by.
#[derive(Clone, Copy)]
enum Asked<'a> {
    Http(&'a Request),
    /// By its name; only commands can be answered with a completion code.
    Ipmi {
        name: &'a str,
        is_command: bool,
    },
}

/// What a BMC does about a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Act {
    /// How long it takes until it does.
    pub delay: Duration,
    /// What it does.
    pub reply: Reply,
}

/// How a request ends.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// With an answer.
    Answer(Response),
    /// With half of one, and a closed connection.
    Cut(Response),
    /// With silence.
    Hang,
    /// With a closed connection.
    Drop,
}

impl Fault {
    /// Whether it needs a machine, or accounts and sessions, as simulated BMCs have and recorded ones have not.
    pub(crate) fn needs_a_machine(&self) -> bool {
        matches!(self, Self::SessionsFull | Self::Password { .. } | Self::PowerStuck { .. })
    }

    /// Whether this can befall it.
    fn concerns(&self, asked: Asked<'_>) -> bool {
        let (http, command) = match asked {
            Asked::Http(_) => (true, false),
            Asked::Ipmi { is_command, .. } => (false, is_command),
        };
        match self {
            Self::Status { .. } | Self::WrongJson | Self::WrongType => http,
            Self::Twice | Self::Reordered => !http,
            Self::Completion { .. } => command,
            Self::IgnoredWrite => matches!(asked, Asked::Http(request) if !request.method.reads()) || command,
            Self::Unavailable { .. } | Self::TooMany { .. } => http || command,
            Self::Delay { .. }
            | Self::Hang
            | Self::Drop
            | Self::LostAnswer
            | Self::Truncated
            | Self::Cut
            | Self::Away { .. }
            | Self::SessionsFull
            | Self::Password { .. }
            | Self::PowerStuck { .. } => true,
        }
    }
}

impl From<Fault> for Rule {
    /// Of the next request, once.
    fn from(fault: Fault) -> Self {
        Self { fault, method: None, path: None, command: None, nth: 1, times: None, chance: None }
    }
}

impl Rule {
    /// The same for requests of one method, whose path contains `path`.
    #[must_use]
    pub fn on(mut self, method: Method, path: &str) -> Self {
        self.method = Some(method.name().to_owned());
        self.path = Some(path.to_owned());
        self
    }

    /// The same for datagrams of IPMI that ask for something whose name contains `command`.
    #[must_use]
    pub fn on_command(mut self, command: &str) -> Self {
        self.command = Some(command.to_owned());
        self
    }

    /// The same so many times; 0 is for ever.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    fn fits(&self, asked: Asked<'_>) -> bool {
        let chosen = match asked {
            Asked::Http(request) => {
                let method = self.method.as_deref();
                let path = self.path.as_deref();
                method.is_none_or(|method| method.eq_ignore_ascii_case(request.method.name()))
                    && path.is_none_or(|path| request.path.contains(path))
                    && self.command.is_none()
            }
            Asked::Ipmi { name, .. } => {
                let command = self.command.as_deref();
                command.is_none_or(|command| name.contains(command)) && self.method.is_none() && self.path.is_none()
            }
        };
        chosen && self.fault.concerns(asked)
    }

    /// How often it may hit; `None` is for ever.
    fn most(&self) -> Option<u32> {
        match (self.times, self.chance) {
            (Some(0), _) | (None, Some(_)) => None,
            (Some(times), _) => Some(times),
            (None, None) => Some(1),
        }
    }
}

impl Faults {
    /// A plan of these rules.
    pub fn new(rules: impl IntoIterator<Item = Rule>) -> Self {
        let mut faults = Self::default();
        rules.into_iter().for_each(|rule| faults.add(rule));
        faults
    }

    /// Adds a rule.
    pub fn add(&mut self, rule: Rule) {
        self.0.push(Armed { rule, seen: 0, hit: 0 });
    }

    /// Forgets all rules. What they did stays done.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The rules, with how often each has hit.
    pub fn rules(&self) -> impl Iterator<Item = (&Rule, u32)> {
        self.0.iter().map(|armed| (&armed.rule, armed.hit))
    }

    /// What befalls this request of HTTP.
    pub(crate) fn strike_http(&mut self, request: &Request, random: &mut Random) -> Vec<Fault> {
        self.strike(Asked::Http(request), random)
    }

    /// What befalls this request.
    fn strike(&mut self, asked: Asked<'_>, random: &mut Random) -> Vec<Fault> {
        let mut struck = Vec::new();
        for armed in self.0.iter_mut().filter(|armed| armed.rule.fits(asked)) {
            armed.seen += 1;
            let due = armed.seen >= armed.rule.nth && armed.rule.most().is_none_or(|most| armed.hit < most);
            if due && armed.rule.chance.is_none_or(|chance| random.fraction() < chance) {
                armed.hit += 1;
                struck.push(armed.rule.fault.clone());
            }
        }
        // A rule that is used up costs nothing any more.
        self.0.retain(|armed| armed.rule.most().is_none_or(|most| armed.hit < most));
        struck
    }
}

/// What the BMC does about a request, faults included.
pub(crate) fn act(bmc: &mut Bmc, request: &Request, now: Timestamp) -> Act {
    if bmc.is_away(now) {
        return Act { delay: Duration::ZERO, reply: Reply::Drop };
    }
    let mut around = Around::default();
    for fault in bmc.faults.strike(Asked::Http(request), &mut bmc.random) {
        match around.take(fault) {
            None => {}
            // Nobody is told that it was done who may not do it.
            Some(Within::IgnoredWrite) if redfish::lets_in(bmc, request, now) => {
                around.instead(Reply::Answer(Response::empty(204)));
            }
            Some(Within::IgnoredWrite) => {}
            Some(Within::Away { seconds }) => {
                bmc.go_away(now, Duration::from_secs(seconds.into()));
                around.instead(Reply::Drop);
            }
            Some(Within::SessionsFull) => fill_sessions(bmc, now),
            Some(Within::Password(password)) => change_password(bmc, &password),
            Some(Within::PowerStuck { seconds }) => stick(bmc, seconds, now),
        }
    }
    around.act(|| redfish::answer(bmc, request, now))
}

/// Takes every place in the tables of sessions.
fn fill_sessions(bmc: &mut Bmc, now: Timestamp) {
    redfish::fill_sessions(bmc, now);
    ipmi::fill(bmc, now);
}

fn change_password(bmc: &mut Bmc, password: &Secret<String>) {
    bmc.account.password = Secret::new(password.expose().as_str().into());
}

fn stick(bmc: &mut Bmc, seconds: u32, now: Timestamp) {
    let until = crate::machine::after(now, seconds.saturating_mul(1000));
    // A machine is always ready to be stuck.
    let _ = bmc.event(Event::Stick(until), now);
}

fn one() -> u32 {
    1
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{bmc::Setup, http::Body};

    fn get(path: &str) -> Request {
        Request::new(Method::Get, path, &Value::Null)
    }

    fn strikes(rule: Rule, paths: &[&str]) -> Vec<bool> {
        let (mut faults, mut random) = (Faults::new([rule]), Random::stream(1, 0));
        paths.iter().map(|path| !faults.strike(Asked::Http(&get(path)), &mut random).is_empty()).collect()
    }

    #[test]
    fn a_rule_hits_the_nth_request_that_fits() {
        let rule = Rule { nth: 2, times: Some(2), ..Rule::from(Fault::Hang).on(Method::Get, "/a") };
        assert_eq!(strikes(rule, &["/a", "/b", "/a", "/a", "/a"]), [false, false, true, true, false]);
        assert_eq!(strikes(Fault::Drop.into(), &["/a", "/a"]), [true, false]);
        assert_eq!(strikes(Rule::from(Fault::Drop).times(0), &["/a"; 3]), [true; 3]);
    }

    #[test]
    fn chance_is_decided_by_the_seed() {
        let rule = || Rule { chance: Some(0.2), ..Rule::from(Fault::Drop) };
        let hits = strikes(rule(), &["/a"; 1000]);
        assert_eq!(hits, strikes(rule(), &["/a"; 1000]));
        let count = hits.iter().filter(|hit| **hit).count();
        assert!((150..250).contains(&count), "{count}");
    }

    #[test]
    fn a_rule_is_read_from_json() {
        let rule: Rule = serde_json::from_value(json!({"fault": "unavailable", "retry_after_s": 2, "nth": 3})).unwrap();
        assert_eq!(rule, Rule { nth: 3, ..Fault::Unavailable { retry_after_s: Some(2) }.into() });
        let rule: Rule = serde_json::from_value(json!({"fault": "ignored-write", "method": "PATCH"})).unwrap();
        assert_eq!((rule.fault, rule.method.as_deref()), (Fault::IgnoredWrite, Some("PATCH")));
    }

    #[test]
    fn a_bmc_that_is_away_answers_nobody() {
        let mut bmc = Bmc::new(0, &Setup::default());
        bmc.faults.add(Fault::Away { seconds: 30 }.into());
        let at = |s| Timestamp::from_second(s).unwrap();
        assert_eq!(bmc.act(&get("/redfish/v1"), at(0)).reply, Reply::Drop);
        assert_eq!(bmc.act(&get("/redfish/v1"), at(29)).reply, Reply::Drop);
        assert!(
            matches!(bmc.act(&get("/redfish/v1"), at(30)).reply, Reply::Answer(response) if response.status == 200)
        );
    }

    #[test]
    fn half_of_the_json_is_missing() {
        let mut bmc = Bmc::new(0, &Setup::default());
        bmc.faults.add(Fault::Truncated.into());
        let Reply::Answer(response) = bmc.act(&get("/redfish/v1"), Timestamp::UNIX_EPOCH).reply else { panic!() };
        let Body::Raw("application/json", bytes) = response.body else { panic!("{:?}", response.body) };
        assert!(serde_json::from_slice::<Value>(&bytes).is_err() && bytes.len() > 100);
    }
}
