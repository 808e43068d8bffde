//! Clients: they enrol nodes, ask for whatever comes to their minds, and in the end lead every node home.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{
    choice::{self, Ask},
    rack::DriverInfo,
};
use crate::bench::http::{Connection, request};

/// Enrols a node for each machine; their UUIDs.
///
/// # Errors
/// One was refused.
pub async fn enrol(address: SocketAddr, machines: &[DriverInfo]) -> Result<Vec<String>> {
    let mut connection = Connection::new(address);
    let mut nodes = Vec::new();
    for DriverInfo { interface, info } in machines {
        let node = json!({
            "driver": "fake-hardware", "driver_info": info, "power_interface": interface,
            "management_interface": interface, "vendor_interface": interface,
        });
        let answer = connection.call(&request("POST", "/v1/nodes", &node.to_string())).await?;
        ensure!(answer.status == 201, "{}", String::from_utf8_lossy(answer.body));
        let node: Value = serde_json::from_slice(answer.body)?;
        nodes.push(node["uuid"].as_str().context("a node without a UUID")?.to_owned());
    }
    Ok(nodes)
}

/// What was answered, by what was asked.
#[derive(Default)]
pub struct Tally(BTreeMap<String, BTreeMap<u16, u64>>);

/// The status under which a request is counted that the service did not answer: it was away.
const AWAY: u16 = 0;

impl Tally {
    fn count(&mut self, ask: &Ask, status: u16) {
        let target = ask.body["target"].as_str().unwrap_or_default();
        let name = format!("{} {} {target}", ask.method, ask.path);
        *self.0.entry(name.trim_end().to_owned()).or_default().entry(status).or_default() += 1;
    }

    fn sum(&self, which: impl Fn(u16) -> bool) -> u64 {
        self.0.values().flatten().filter(|(status, _)| which(**status)).map(|(_, count)| count).sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, answers) in &self.0 {
            let answers: Vec<String> = answers
                .iter()
                .map(|(status, count)| match *status {
                    AWAY => format!("{count} while away"),
                    status => format!("{count} x {status}"),
                })
                .collect();
            writeln!(f, "{name:<58} {}", answers.join(", "))?;
        }
        let all = self.sum(|_| true);
        let (good, away) = (self.sum(|status| (200..300).contains(&status)), self.sum(|status| status == AWAY));
        write!(f, "{all} requests: {good} done or begun, {away} while the service was away")
    }
}

/// Clients that ask at random.
pub struct Storm {
    tally: Arc<Mutex<Tally>>,
    end: CancellationToken,
    clients: Vec<JoinHandle<Result<()>>>,
}

impl Storm {
    /// Begins.
    pub fn start(address: SocketAddr, nodes: Vec<String>, clients: usize, random: &mut fastrand::Rng) -> Self {
        let (tally, end, nodes) =
            (Arc::<Mutex<Tally>>::default(), CancellationToken::new(), Arc::<[String]>::from(nodes));
        let clients = (0..clients)
            .map(|_| tokio::spawn(ask_at_random(address, nodes.clone(), tally.clone(), end.clone(), random.fork())))
            .collect();
        Self { tally, end, clients }
    }

    /// How much was asked until now.
    pub fn told(&self) -> String {
        format!("{} requests", self.tally.lock().sum(|_| true))
    }

    /// Ends; what was answered.
    ///
    /// # Errors
    /// A client came upon something that no service answers.
    pub async fn end(self) -> Result<Tally> {
        self.end.cancel();
        for client in self.clients {
            client.await??;
        }
        Ok(std::mem::take(&mut *self.tally.lock()))
    }
}

async fn ask_at_random(
    address: SocketAddr,
    nodes: Arc<[String]>,
    tally: Arc<Mutex<Tally>>,
    end: CancellationToken,
    mut random: fastrand::Rng,
) -> Result<()> {
    let mut connection = Connection::new(address);
    while !end.is_cancelled() {
        let Some(node) = random.choice(nodes.iter()) else { return Ok(()) };
        let state = match state(&mut connection, node).await {
            Ok(state) => state,
            Err(_) => {
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let ask = choice::any(&state, &mut random);
        let status = send(&mut connection, node, &ask).await.unwrap_or(AWAY);
        tally.lock().count(&ask, status);
        // A person's haste, not a machine's: the BMCs are to be the ones that are busy.
        tokio::time::sleep(Duration::from_millis(random.u64(..40))).await;
    }
    Ok(())
}

async fn state(connection: &mut Connection, node: &str) -> Result<String> {
    let path = format!("/v1/nodes/{node}?fields=provision_state");
    let answer = connection.call(&request("GET", &path, "")).await?;
    let found: Value = serde_json::from_slice(answer.body)?;
    Ok(found["provision_state"].as_str().context("a node without a state")?.to_owned())
}

async fn send(connection: &mut Connection, node: &str, ask: &Ask) -> Result<u16> {
    let path = match ask.path.as_str() {
        own if own.starts_with("/v1/") || own.starts_with("/kamacite/") => own.replace("{node}", node),
        below => format!("/v1/nodes/{node}{below}"),
    };
    let body = if ask.body.is_null() { String::new() } else { ask.body.to_string().replace("{node}", node) };
    let asked = request(ask.method, &path, &body);
    let patience = Duration::from_secs(120);
    Ok(tokio::time::timeout(patience, connection.call(&asked)).await.context("no answer in two minutes")??.status)
}

/// Leads every node that was enrolled to `available`, powered by nobody and locked by nobody, with nothing but what any client may
/// ask. Those that do not come are returned, with where they stand; one that the service does not list any more is among them.
///
/// # Errors
/// The service is gone.
pub async fn lead_home(address: SocketAddr, enrolled: &[String], patience: Duration) -> Result<Vec<String>> {
    let began = Instant::now();
    let mut connection = Connection::new(address);
    loop {
        let away = away(enrolled, all(&mut connection).await?);
        if away.is_empty() || began.elapsed() > patience {
            return Ok(away.iter().map(Value::to_string).collect());
        }
        println!("{:>5.0} s: {} nodes are not home yet", began.elapsed().as_secs_f64(), away.len());
        for node in away.iter().filter(|node| node["reservation"].is_null()) {
            let uuid = node["uuid"].as_str().unwrap_or_default();
            if node["maintenance"] == true {
                connection.call(&request("DELETE", &format!("/v1/nodes/{uuid}/maintenance"), "")).await?;
            }
            if let Some(ask) = choice::homeward(node["provision_state"].as_str().unwrap_or_default()) {
                // A refusal is no harm: the next round sees where the node stands.
                send(&mut connection, uuid, &ask).await?;
            }
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
}

/// The nodes that are not home: those that are listed as being elsewhere, then those that are not listed at all.
fn away(enrolled: &[String], listed: Vec<Value>) -> Vec<Value> {
    let known: BTreeSet<String> = listed.iter().filter_map(|node| node["uuid"].as_str()).map(str::to_owned).collect();
    let lost = enrolled.iter().filter(|uuid| !known.contains(*uuid));
    let lost = lost.map(|uuid| json!({"uuid": uuid, "last_error": "the service does not list it any more"}));
    listed.into_iter().filter(|node| !is_home(node)).chain(lost).collect()
}

fn is_home(node: &Value) -> bool {
    let at_rest = node["reservation"].is_null() && node["target_power_state"].is_null();
    at_rest && node["provision_state"] == "available" && node["maintenance"] == false
}

async fn all(connection: &mut Connection) -> Result<Vec<Value>> {
    const FIELDS: &str = "uuid,provision_state,target_power_state,reservation,maintenance,fault,last_error";
    let mut nodes: Vec<Value> = Vec::new();
    loop {
        let marker =
            nodes.last().and_then(|node| node["uuid"].as_str()).map_or(String::new(), |uuid| format!("&marker={uuid}"));
        let path = format!("/v1/nodes?limit=1000&fields={FIELDS}{marker}");
        let answer = connection.call(&request("GET", &path, "")).await?;
        let page: Value = serde_json::from_slice(answer.body)?;
        let page = page["nodes"].as_array().context("a list of nodes without nodes")?;
        nodes.extend(page.iter().cloned());
        if page.len() < 1000 {
            return Ok(nodes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_is_not_listed_is_not_home() {
        let node = |uuid: &str, state: &str| {
            json!({
                "uuid": uuid, "provision_state": state, "target_power_state": null, "reservation": null,
                "maintenance": false,
            })
        };
        let enrolled = ["a", "b", "c"].map(str::to_owned);
        let uuids = |listed| away(&enrolled, listed).iter().map(|node| node["uuid"].clone()).collect::<Vec<_>>();
        assert_eq!(uuids(vec![node("a", "available"), node("b", "available"), node("c", "available")]), [0; 0]);
        assert_eq!(uuids(vec![node("a", "available"), node("b", "active")]), ["b", "c"]);
        assert_eq!(uuids(Vec::new()), ["a", "b", "c"]);
    }
}
