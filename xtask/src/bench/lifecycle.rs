//! Brings a fleet of nodes into another state as quickly as the server allows, and asks little while it waits.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::{
    http::{Connection, request},
    server::Server,
};

/// How many clients send what comes next.
const CLIENTS: usize = 4;

/// Where nodes are brought, and how.
pub struct Way {
    /// The state that is looked at, as nodes are shown.
    field: &'static str,
    /// Below `/states`, where a target is asked for.
    path: &'static str,
    /// What is asked of a node in each state on the way. No state is the empty one.
    steps: &'static [(&'static str, &'static str)],
    /// The state at the end.
    end: &'static str,
}

/// From `enroll` to `active`.
pub const TO_ACTIVE: Way = Way {
    field: "provision_state",
    path: "provision",
    steps: &[("enroll", "manage"), ("manageable", "provide"), ("available", "active")],
    end: "active",
};

/// From a power that nobody has read yet.
pub const TO_POWER_ON: Way = Way { field: "power_state", path: "power", steps: &[("", "power on")], end: "power on" };

/// Returns how long it took until the last of `nodes` was there.
///
/// # Errors
/// A node came into a state from which it does not go on, or it takes longer than five minutes.
pub async fn bring(server: &Server, nodes: usize, way: &Way) -> Result<Duration> {
    let list = request("GET", &format!("/v1/nodes?fields=uuid,{}&limit=1000", way.field), "");
    let mut watcher = Connection::new(server.address);
    let mut asked: HashSet<(String, &str)> = HashSet::new();
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(300) {
        let looked = Instant::now();
        let answer = watcher.call(&list).await?;
        let fleet =
            fleet(answer.body, way).with_context(|| format!("a list of nodes was answered {}", answer.status))?;
        let looking = looked.elapsed();
        ensure!(fleet.len() == nodes, "{} nodes are there instead of {nodes}", fleet.len());
        if let Some(node) = fleet.iter().find(|node| node.state.ends_with("failed") || node.state == "error") {
            bail!("node {} came into the state '{}'", node.uuid, node.state);
        }
        if fleet.iter().all(|node| node.state == way.end) {
            return Ok(began.elapsed());
        }
        let due = fleet.into_iter().filter_map(|node| {
            let (state, target) = way.steps.iter().find(|(from, _)| *from == node.state)?;
            asked.insert((node.uuid.clone(), state)).then_some((node.uuid, *state, *target))
        });
        for again in send(server, way.path, due.collect()).await? {
            asked.remove(&again);
        }
        // So that asking takes a third of the server's time at most.
        tokio::time::sleep((looking * 2).max(Duration::from_millis(5))).await;
    }
    bail!("not every node was in the state '{}' after five minutes", way.end)
}

/// A node as the server lists it.
struct Node {
    uuid: String,
    state: String,
}

fn fleet(body: &[u8], way: &Way) -> Result<Vec<Node>> {
    let list: Value = serde_json::from_slice(body)?;
    let nodes = list["nodes"].as_array().context("there are no nodes in it")?;
    let text = |node: &Value, field: &str| node[field].as_str().unwrap_or_default().to_owned();
    Ok(nodes.iter().map(|node| Node { uuid: text(node, "uuid"), state: text(node, way.field) }).collect())
}

/// A node, the state it was seen in, and what is asked of it.
type Due = (String, &'static str, &'static str);

/// Sends what is due; returns what was locked and has to be asked again.
async fn send(server: &Server, states: &'static str, due: Vec<Due>) -> Result<Vec<(String, &'static str)>> {
    let share = due.len().div_ceil(CLIENTS).max(1);
    let address = server.address;
    let clients = due.chunks(share).map(|share| {
        let share = share.to_vec();
        tokio::spawn(async move {
            let mut connection = Connection::new(address);
            let mut locked = Vec::new();
            for (uuid, state, target) in share {
                let path = format!("/v1/nodes/{uuid}/states/{states}");
                let answer = connection.call(&request("PUT", &path, &format!(r#"{{"target": "{target}"}}"#))).await?;
                match answer.status {
                    202 => {}
                    // Its state is told a moment before its lock is free, or the database was busy.
                    409 | 503 => locked.push((uuid, state)),
                    status => {
                        bail!("{target} of node {uuid} was answered {status}: {}", String::from_utf8_lossy(answer.body))
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_state_that_is_not_known_is_the_empty_one() {
        let body = br#"{"nodes": [{"uuid": "a", "power_state": null}, {"uuid": "b", "power_state": "power on"}]}"#;
        let states: Vec<_> = fleet(body, &TO_POWER_ON).unwrap().into_iter().map(|node| node.state).collect();
        assert_eq!(states, ["", TO_POWER_ON.end]);
        assert!(fleet(br#"{"error_message": "no"}"#, &TO_POWER_ON).is_err());
    }
}
