//! Brings a fleet of nodes from `enroll` to `active` as quickly as the server allows, and asks little while it waits.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use super::{
    http::{Connection, request},
    server::Server,
};

/// How many clients send what comes next.
const CLIENTS: usize = 4;

/// What is asked of a node in each state on the way.
const WAY: &[(&str, &str)] = &[("enroll", "manage"), ("manageable", "provide"), ("available", "active")];

/// Returns how long it took until the last of `nodes` was active.
///
/// # Errors
/// A node came into a state from which it does not go on, or it takes longer than five minutes.
pub async fn to_active(server: &Server, nodes: usize) -> Result<Duration> {
    let list = request("GET", "/v1/nodes?fields=uuid,provision_state&limit=1000", "");
    let mut watcher = Connection::new(server.address);
    let mut asked: HashSet<(String, &str)> = HashSet::new();
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(300) {
        let looked = Instant::now();
        let answer = watcher.call(&list).await?;
        let fleet: Fleet = serde_json::from_slice(answer.body)
            .with_context(|| format!("a list of nodes was answered {}", answer.status))?;
        let (looking, fleet) = (looked.elapsed(), fleet.nodes);
        ensure!(fleet.len() == nodes, "{} nodes are there instead of {nodes}", fleet.len());
        if let Some(node) = fleet.iter().find(|node| node.provision_state.ends_with("failed")) {
            bail!("node {} came into the state '{}'", node.uuid, node.provision_state);
        }
        if fleet.iter().all(|node| node.provision_state == "active") {
            return Ok(began.elapsed());
        }
        let due = fleet.into_iter().filter_map(|node| {
            let (state, verb) = WAY.iter().find(|(from, _)| *from == node.provision_state)?;
            asked.insert((node.uuid.clone(), state)).then_some((node.uuid, *state, *verb))
        });
        for again in send(server, due.collect()).await? {
            asked.remove(&again);
        }
        // So that asking takes a third of the server's time at most.
        tokio::time::sleep((looking * 2).max(Duration::from_millis(5))).await;
    }
    bail!("not every node was active after five minutes")
}

/// The nodes as the server lists them.
#[derive(Deserialize)]
struct Fleet {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    uuid: String,
    provision_state: String,
}

/// A node, the state it was seen in, and what is asked of it.
type Due = (String, &'static str, &'static str);

/// Sends what is due; returns what was locked and has to be asked again.
async fn send(server: &Server, due: Vec<Due>) -> Result<Vec<(String, &'static str)>> {
    let share = due.len().div_ceil(CLIENTS).max(1);
    let address = server.address;
    let clients = due.chunks(share).map(|share| {
        let share = share.to_vec();
        tokio::spawn(async move {
            let mut connection = Connection::new(address);
            let mut locked = Vec::new();
            for (uuid, state, verb) in share {
                let path = format!("/v1/nodes/{uuid}/states/provision");
                let answer = connection.call(&request("PUT", &path, &format!(r#"{{"target": "{verb}"}}"#))).await?;
                match answer.status {
                    202 => {}
                    // Its state is told a moment before its lock is free, or the database was busy.
                    409 | 503 => locked.push((uuid, state)),
                    status => {
                        bail!("{verb} of node {uuid} was answered {status}: {}", String::from_utf8_lossy(answer.body))
                    }
                }
            }
            Ok(locked)
        })
    });
    let clients: Vec<_> = clients.collect();
    let mut locked = Vec::new();
    for client in clients {
        locked.extend(client.await??);
    }
    Ok(locked)
}
