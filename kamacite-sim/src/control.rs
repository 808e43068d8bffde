//! The control face: what a person or a script tells the simulator while it runs, over HTTP and JSON.
//!
//! | request | does |
//! |---|---|
//! | `GET /sim` | how many BMCs there are, where the first and the last are, and how many requests came |
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
    faults::{Act, Reply, Rule},
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

pub(crate) struct Control {
    bmcs: Vec<SimBmc>,
}

impl Control {
    pub fn new(bmcs: Vec<SimBmc>) -> Self {
        Self { bmcs }
    }

    fn answer(&self, request: &Request) -> Result<Response, Response> {
        let path = request.path.trim_end_matches('/');
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match (request.method, parts.as_slice()) {
            (Method::Get, ["sim"]) => Ok(Response::json(200, self.overview())),
            (Method::Post, ["sim", "faults"]) => {
                let rules = rules(request)?;
                for bmc in &self.bmcs {
                    rules.iter().for_each(|rule| bmc.fault(rule.clone()));
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
        let requests: u64 = self.bmcs.iter().map(|bmc| bmc.with(|bmc, _| bmc.requests)).sum();
        json!({
            "bmcs": self.bmcs.len(),
            "first": self.bmcs.first().map(SimBmc::address),
            "last": self.bmcs.last().map(SimBmc::address),
            "requests": requests,
        })
    }
}

impl Face for Control {
    fn act(&mut self, request: &Request, _: Timestamp) -> Act {
        let response = self.answer(request).unwrap_or_else(|refusal| refusal);
        Act { delay: Duration::ZERO, reply: Reply::Answer(response) }
    }
}

fn of_bmc(bmc: &SimBmc, method: Method, rest: &[&str], request: &Request) -> Result<Response, Response> {
    match (method, rest) {
        (Method::Get, []) => {
            let mut shown = bmc.with(shown);
            shown["address"] = bmc.address().into();
            if let Some(address) = bmc.ipmi_address() {
                shown["ipmi_address"] = address.to_string().into();
            }
            Ok(Response::json(200, shown))
        }
        (Method::Get, ["faults"]) => Ok(Response::json(200, bmc.with(|bmc, _| listed(bmc)))),
        (Method::Post, ["faults"]) => {
            rules(request)?.into_iter().for_each(|rule| bmc.fault(rule));
            Ok(Response::json(200, bmc.with(|bmc, _| listed(bmc))))
        }
        (Method::Delete, ["faults"]) => {
            bmc.with(|bmc, now| {
                bmc.faults.clear();
                bmc.come_back();
                bmc.event(Event::Stick(now), now)
            })
            .map_err(|refusal| refused(409, &refusal.to_string()))?;
            Ok(Response::empty(204))
        }
        _ => Err(refused(405, "a BMC takes GET, its faults GET, POST and DELETE")),
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
        "requests": bmc.requests,
        "faults": listed(bmc),
    })
}

fn listed(bmc: &Bmc) -> Value {
    let rules = bmc.faults.rules().map(|(rule, hits)| {
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
