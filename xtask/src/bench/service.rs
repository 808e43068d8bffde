//! What is measured of the service itself, on hardware that does nothing.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::{
    LONG,
    http::{Connection, request},
    lifecycle,
    load::{self, Load, Sample},
    nodes::{create, create_exactly, each, uuids},
    server::{FAKE, Program},
};

/// How often a server is started.
const STARTS: usize = 5;

/// The nodes that are there while requests are measured.
const NODES: usize = 1000;

/// The nodes that are brought from `enroll` to `active`.
const FLEET: usize = 100;

/// What a server is through with in less is measured again, on a fresh one, and the median taken: a fraction of a second is
/// at the mercy of whatever else the machine does.
const ENOUGH: Duration = Duration::from_secs(10);

/// The figures of one server.
pub struct Figures {
    /// From the start to the first answer: the median of several starts.
    pub first_answer: Duration,
    /// From the start until the hardware types are listed: the median.
    pub ready: Duration,
    /// Memory in MiB some seconds after the start.
    pub memory_idle: f64,
    /// Memory in MiB after everything below but the fleet.
    pub memory_used: f64,
    /// `GET /v1/nodes/{id}`, 8 clients.
    pub get: Sample,
    /// A thousand nodes in detail.
    pub list: Sample,
    /// How long that list is, in bytes.
    pub list_bytes: usize,
    /// `POST /v1/nodes`, 4 clients: the median of several fresh servers.
    pub create: Sample,
    /// A synchronous vendor method, 1 client.
    pub sync: Sample,
    /// An asynchronous vendor method, 4 clients: accepted.
    pub accept: Sample,
    /// A hundred nodes from `enroll` to `active`: the median of several fresh servers.
    pub fleet: Duration,
    /// How the database is written.
    pub journal: &'static str,
}

/// Measures a server.
///
/// # Errors
/// It does not start, does not answer, or brings a node into a state from which it does not go on.
pub async fn all(program: &Program) -> Result<Figures> {
    let say = |what: &str| println!("{}: {what}", program.name());
    say("starting");
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let server = program.start(&FAKE).await?;
        starts.push((server.first_answer, server.ready));
    }
    let server = program.start(&FAKE).await?;
    tokio::time::sleep(LONG).await;
    let memory_idle = server.memory_mib()?;

    say("creating nodes");
    let first = create(&server, 4, documents(NODES)).await?;
    let (nodes, answers) = (uuids(&server).await?, first.answers.len());
    ensure!(nodes.len() == answers, "{answers} nodes were created and {} are there", nodes.len());
    say("reading nodes");
    let get = load::steadily(server.address, 8, LONG, each(&nodes, "GET", "", ""), 200).await?;
    let all = request("GET", "/v1/nodes/detail?limit=1000", "");
    let list =
        load::run(server.address, Load { clients: 1, requests: 20, time: LONG * 4 }, vec![all.clone()], 200).await?;
    let list_bytes = Connection::new(server.address).call(&all).await?.body.len();
    say("calling vendor methods");
    let sync = each(&nodes, "POST", "/vendor_passthru?method=third_method_sync", r#"{"bar": "meow"}"#);
    let sync = load::steadily(server.address, 1, LONG, sync, 200).await?;
    let accept = each(&nodes, "POST", "/vendor_passthru?method=second_method", r#"{"bar": "kazoo"}"#);
    let accept = load::steadily(server.address, 4, LONG, accept, 202).await?;
    let (memory_used, journal) = (server.memory_mib()?, server.journal()?);
    drop(server);

    say("creating nodes on fresh servers");
    let mut created = vec![first];
    while created.iter().map(|sample| sample.took).sum::<Duration>() < ENOUGH {
        created.push(create(&program.start(&FAKE).await?, 4, documents(NODES)).await?);
    }
    say("bringing nodes from enroll to active");
    let mut fleets = Vec::new();
    while fleets.iter().sum::<Duration>() < ENOUGH {
        let server = program.start(&FAKE).await?;
        create_exactly(&server, documents(FLEET)).await?;
        fleets.push(lifecycle::bring(&server, FLEET, &lifecycle::TO_ACTIVE).await?);
    }
    let create = median_by(created, |sample| sample.took).context("nothing was created")?;
    let fleet = median(fleets.into_iter());
    let (first_answer, ready) =
        (median(starts.iter().map(|start| start.0)), median(starts.iter().map(|start| start.1)));
    Ok(Figures {
        first_answer,
        ready,
        memory_idle,
        memory_used,
        get,
        list,
        list_bytes,
        create,
        sync,
        accept,
        fleet,
        journal,
    })
}

/// Documents of nodes, to be sent.
fn documents(nodes: usize) -> Vec<Vec<u8>> {
    let document = |number: usize| {
        json!({
            "driver": "fake-hardware",
            "name": format!("node-{number:04}"),
            "resource_class": "baremetal",
            "driver_info": {"address": format!("192.0.2.{}", number % 256), "username": "admin", "password": "secret"},
            "properties": {"cpus": 64, "memory_mb": 262_144, "local_gb": 900, "cpu_arch": "x86_64"},
            "extra": {"rack": format!("r{:02}", number / 40), "slot": number % 40},
        })
    };
    (0..nodes).map(|number| request("POST", "/v1/nodes", &document(number).to_string())).collect()
}

fn median(times: impl Iterator<Item = Duration>) -> Duration {
    median_by(times.collect(), |time| *time).unwrap_or_default()
}

/// The one in the middle of those that took less and those that took longer.
fn median_by<T>(mut measured: Vec<T>, took: impl Fn(&T) -> Duration) -> Option<T> {
    measured.sort_unstable_by_key(took);
    let middle = measured.len() / 2;
    measured.into_iter().nth(middle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_does_not_mind_one_that_took_long() {
        assert_eq!(median([9, 1, 2, 900, 3].into_iter().map(Duration::from_secs)), Duration::from_secs(3));
    }
}
