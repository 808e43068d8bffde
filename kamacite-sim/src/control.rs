//! The control face: what a person or a script tells the simulator while it runs, over HTTP and JSON.
//!
//! | request | does |
//! |---|---|
//! | `GET /sim` | how many BMCs there are, where the first and the last are, and how many requests came |
//! | `GET /sim/requests` | how many requests came to each BMC, in their order: little enough to be asked for all the time |
//! | `GET /sim/bmcs/{n}` | a BMC: address, vendor, power, boot, what is in its slots, requests, rules |
//! | `GET /sim/bmcs/{n}/faults` | its rules that are not used up, and how often each has hit |
//! | `POST /sim/bmcs/{n}/faults` | adds a rule, or a list of them |
//! | `DELETE /sim/bmcs/{n}/faults` | forgets them, brings the BMC back, and frees the power |
//! | `POST /sim/faults` | adds rules to every BMC |

use std::time::Duration;

use kamacite_model::Timestamp;
use serde_json::{Map, Value, json};

use crate::{
    bmc::Bmc,
    face::Face,
    faults::{Act, Faults, Reply, Rule},
    http::{Method, Request, Response},
    machine::Event,
    rack::SimBmc,
};

/// What a rule may say; a misspelt member must not go unnoticed.
const KNOWN: &[&str] = &[
    "fault",
    "ms",
    "retry_after_s",
    "status",
    "seconds",
    "password",
    "method",
    "path",
    "command",
    "code",
    "nth",
    "times",
    "chance",
];

pub(crate) struct Control<B> {
    bmcs: Vec<B>,
}

/// A BMC that can be told what to do.
pub(crate) trait Controlled: Send + 'static {
    /// Where it is.
    fn address(&self) -> String;
    /// How many requests it has received.
    fn requests(&self) -> u64;
    /// What there is to see of it, its rules aside.
    fn shown(&self) -> Value;
    /// Looks at its rules, or changes them.
    fn with_faults<T>(&self, what: impl FnOnce(&mut Faults) -> T) -> T;
    /// Why a rule makes no sense for it.
    fn objection(&self, rule: &Rule) -> Option<&'static str>;
    /// Undoes what faults did that lasts.
    fn mend(&self);
}

impl<B: Controlled> Control<B> {
    pub fn new(bmcs: Vec<B>) -> Self {
        Self { bmcs }
    }

    fn answer(&self, request: &Request) -> Result<Response, Response> {
        let path = request.path.trim_end_matches('/');
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match (request.method, parts.as_slice()) {
            (Method::Get, ["sim"]) => Ok(Response::json(200, self.overview())),
            (Method::Get, ["sim", "requests"]) => Ok(Response::json(200, self.requests().collect())),
            (Method::Post, ["sim", "faults"]) => {
                let rules = rules(request)?;
                self.bmcs.iter().try_for_each(|bmc| accepts(bmc, &rules))?;
                for bmc in &self.bmcs {
                    bmc.with_faults(|faults| rules.iter().for_each(|rule| faults.add(rule.clone())));
                }
                Ok(Response::empty(204))
            }
            (method, ["sim", "bmcs", number, rest @ ..]) => {
                let index = number.parse::<usize>().ok();
                let bmc = index.and_then(|index| self.bmcs.get(index)).ok_or_else(|| refused(404, "no such BMC"))?;
                of_bmc(bmc, method, rest, request)
            }
            _ => Err(refused(404, "no such path; begin at /sim")),
        }
    }

    fn overview(&self) -> Value {
        json!({
            "bmcs": self.bmcs.len(),
            "first": self.bmcs.first().map(Controlled::address),
            "last": self.bmcs.last().map(Controlled::address),
            "requests": self.requests().sum::<u64>(),
        })
    }

    fn requests(&self) -> impl Iterator<Item = u64> {
        self.bmcs.iter().map(Controlled::requests)
    }
}

impl<B: Controlled> Face for Control<B> {
    fn act(&mut self, request: &Request, _: Timestamp) -> Act {
        let response = self.answer(request).unwrap_or_else(|refusal| refusal);
        Act { delay: Duration::ZERO, reply: Reply::Answer(response) }
    }
}

fn of_bmc(bmc: &impl Controlled, method: Method, rest: &[&str], request: &Request) -> Result<Response, Response> {
    match (method, rest) {
        (Method::Get, []) => {
            let mut shown = bmc.shown();
            shown["requests"] = bmc.requests().into();
            shown["address"] = bmc.address().into();
            shown["faults"] = bmc.with_faults(listed);
            Ok(Response::json(200, shown))
        }
        (Method::Get, ["faults"]) => Ok(Response::json(200, bmc.with_faults(listed))),
        (Method::Post, ["faults"]) => {
            let rules = rules(request)?;
            accepts(bmc, &rules)?;
            let added = |faults: &mut Faults| {
                rules.into_iter().for_each(|rule| faults.add(rule));
                listed(faults)
            };
            Ok(Response::json(200, bmc.with_faults(added)))
        }
        (Method::Delete, ["faults"]) => {
            bmc.with_faults(Faults::clear);
            bmc.mend();
            Ok(Response::empty(204))
        }
        _ => Err(refused(405, "a BMC takes GET, its faults GET, POST and DELETE")),
    }
}

fn accepts(bmc: &impl Controlled, rules: &[Rule]) -> Result<(), Response> {
    let objection = rules.iter().find_map(|rule| bmc.objection(rule));
    objection.map_or(Ok(()), |why| Err(refused(400, why)))
}

impl Controlled for SimBmc {
    fn address(&self) -> String {
        Self::address(self)
    }

    fn requests(&self) -> u64 {
        self.with(|bmc, _| bmc.requests)
    }

    fn shown(&self) -> Value {
        let mut shown = self.with(shown);
        if let Some(address) = self.ipmi_address() {
            shown["ipmi_address"] = address.to_string().into();
        }
        shown
    }

    fn with_faults<T>(&self, what: impl FnOnce(&mut Faults) -> T) -> T {
        self.with(|bmc, _| what(&mut bmc.faults))
    }

    fn objection(&self, _: &Rule) -> Option<&'static str> {
        None
    }

    fn mend(&self) {
        self.with(|bmc, now| {
            bmc.come_back();
            // Whatever was stuck is free at once; a machine is always ready for that.
            let _ = bmc.event(Event::Stick(now), now);
        });
    }
}

fn shown(bmc: &mut Bmc, now: Timestamp) -> Value {
    bmc.advance(now);
    let machine = &bmc.machine;
    let media: Vec<Option<&str>> =
        machine.media().iter().map(|slot| slot.as_ref().map(|media| &*media.image)).collect();
    json!({
        "number": bmc.number,
        "vendor": bmc.vendor.name,
        "uuid": machine.uuid().to_string(),
        "macs": machine.nics().map(|nic| nic.to_string()).collect::<Vec<_>>(),
        "away": bmc.is_away(now),
        "power": format!("{:?}", machine.power()),
        "boots": machine.boots(),
        "booted": machine.booted().map(|source| format!("{source:?}")),
        "interrupts": machine.interrupts(),
        "media": media,
    })
}

fn listed(faults: &mut Faults) -> Value {
    let rules = faults.rules().map(|(rule, hits)| {
        let mut rule = serde_json::to_value(rule).unwrap_or_default();
        rule["hits"] = hits.into();
        rule
    });
    rules.collect()
}

fn rules(request: &Request) -> Result<Vec<Rule>, Response> {
    let given: Value = serde_json::from_slice(&request.body).map_err(|e| refused(400, &format!("no JSON: {e}")))?;
    let given = match given {
        Value::Array(rules) => rules,
        one => vec![one],
    };
    given.into_iter().map(rule).collect()
}

fn rule(given: Value) -> Result<Rule, Response> {
    let unknown = |members: &Map<String, Value>| members.keys().find(|name| !KNOWN.contains(&name.as_str())).cloned();
    if let Some(name) = given.as_object().and_then(unknown) {
        return Err(refused(400, &format!("a rule has no {name}; it has {}", KNOWN.join(", "))));
    }
    serde_json::from_value(given).map_err(|e| refused(400, &format!("no rule: {e}")))
}

fn refused(status: u16, why: &str) -> Response {
    Response::json(status, json!({"error": why}))
}
