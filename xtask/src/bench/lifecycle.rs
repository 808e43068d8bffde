//! Brings a fleet of nodes into another state as quickly as the server allows, and asks little while it waits.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::{
    http::{Answer, Connection, request},
    server::Server,
};

/// How many clients send what comes next.
const CLIENTS: usize = 4;

/// Where nodes are brought, and how.
pub struct Way {
    /// The state that is looked at, as nodes are shown.
    field: &'static str,
    /// What is shown while a node is on its way, where its state does not tell.
    under_way: Option<&'static str>,
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
    under_way: None,
    path: "provision",
    steps: &[("enroll", "manage"), ("manageable", "provide"), ("available", "active")],
    end: "active",
};

/// From a power that nobody has read yet.
pub const TO_POWER_ON: Way = Way {
    field: "power_state",
    under_way: Some("target_power_state"),
    path: "power",
    steps: &[("", "power on")],
    end: "power on",
};

/// How long it may take.
const LIMIT: Duration = Duration::from_secs(600);

/// Returns how long it took until the last of `nodes` was there.
///
/// # Errors
/// A node came into a state from which it does not go on, or it takes longer than ten minutes.
pub async fn bring(server: &Server, nodes: usize, way: &Way) -> Result<Duration> {
    let fields = [way.field].into_iter().chain(way.under_way).collect::<Vec<_>>().join(",");
    let list = request("GET", &format!("/v1/nodes?fields=uuid,{fields}&limit=1000"), "");
    let mut watcher = Connection::new(server.address);
    // In which state each was asked for something.
    let mut asked: HashMap<String, &str> = HashMap::new();
    let began = Instant::now();
    while began.elapsed() < LIMIT {
        let looked = Instant::now();
        let answer = watcher.call(&list).await?;
        if is_busy(&answer) {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        }
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
        for again in send(server, way.path, due(fleet, way, &mut asked)).await? {
            asked.remove(&again);
        }
        // So that asking takes a third of the server's time at most.
        tokio::time::sleep((looking * 2).max(Duration::from_millis(5))).await;
    }
    bail!("not every node was in the state '{}' after ten minutes", way.end)
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
    let state = |node: &Value| match way.under_way {
        Some(field) if !node[field].is_null() => "under way".to_owned(),
        _ => text(node, way.field),
    };
    Ok(nodes.iter().map(|node| Node { uuid: text(node, "uuid"), state: state(node) }).collect())
}

/// What is asked next, and of whom. A node that is back where it was asked for something has not got away, and is asked anew.
fn due(fleet: Vec<Node>, way: &Way, asked: &mut HashMap<String, &'static str>) -> Vec<Due> {
    let mut due = Vec::new();
    for node in fleet {
        match way.steps.iter().find(|(from, _)| *from == node.state) {
            Some((state, _)) if asked.get(&node.uuid) == Some(state) => {}
            Some((state, target)) => {
                asked.insert(node.uuid.clone(), state);
                due.push((node.uuid, *target));
            }
            None => {
                asked.remove(&node.uuid);
            }
        }
    }
    due
}

/// Whether the same request may go well the next time: the database was busy, for which Ironic answers 500, too.
fn is_busy(answer: &Answer<'_>) -> bool {
    answer.status == 503 || answer.status == 500 && String::from_utf8_lossy(answer.body).contains("database is locked")
}

/// A node, and what is asked of it.
type Due = (String, &'static str);

/// Sends what is due; returns what was locked and has to be asked again.
async fn send(server: &Server, states: &'static str, due: Vec<Due>) -> Result<Vec<String>> {
    let share = due.len().div_ceil(CLIENTS).max(1);
    let address = server.address;
    let clients = due.chunks(share).map(|share| {
        let share = share.to_vec();
        tokio::spawn(async move {
            let mut connection = Connection::new(address);
            let mut locked = Vec::new();
            for (uuid, target) in share {
                let path = format!("/v1/nodes/{uuid}/states/{states}");
                let answer = connection.call(&request("PUT", &path, &format!(r#"{{"target": "{target}"}}"#))).await?;
                match answer.status {
                    202 => {}
                    // Its state is told a moment before its lock is free.
                    409 => locked.push(uuid),
                    _ if is_busy(&answer) => locked.push(uuid),
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
    use serde_json::json;

    use super::*;

    fn power(nodes: &Value) -> Vec<Node> {
        fleet(json!({"nodes": nodes}).to_string().as_bytes(), &TO_POWER_ON).unwrap()
    }

    #[test]
    fn states_are_read() {
        let nodes = power(&json!([
            {"uuid": "a", "power_state": null, "target_power_state": null},
            {"uuid": "b", "power_state": null, "target_power_state": "power on"},
            {"uuid": "c", "power_state": "power on", "target_power_state": null},
        ]));
        assert_eq!(nodes.iter().map(|node| &*node.state).collect::<Vec<_>>(), ["", "under way", TO_POWER_ON.end]);
        assert!(fleet(br#"{"error_message": "no"}"#, &TO_POWER_ON).is_err());
    }

    #[test]
    fn a_node_is_asked_once_and_again_when_it_came_back() {
        let mut asked = HashMap::new();
        let mut due = |target: Value| {
            let node = json!([{"uuid": "a", "power_state": null, "target_power_state": target}]);
            super::due(power(&node), &TO_POWER_ON, &mut asked).len()
        };
        let seen = [Value::Null, Value::Null, "power on".into(), Value::Null, Value::Null];
        assert_eq!(seen.map(&mut due), [1, 0, 0, 1, 0]);
    }

    #[test]
    fn a_busy_database_is_no_failure() {
        let busy = |status, body: &str| is_busy(&Answer { status, body: body.as_bytes() });
        assert!(busy(503, "") && busy(500, "(sqlite3.OperationalError) database is locked"));
        assert!(!busy(500, "something else") && !busy(202, ""));
    }
}
