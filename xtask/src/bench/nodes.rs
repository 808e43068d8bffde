//! The nodes of a server: made, listed, and asked one after the other.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{
    http::{Connection, request},
    load::{self, Load, Sample},
    server::Server,
};

/// Sends requests that make a node each.
///
/// # Errors
/// The server is gone.
pub async fn create(server: &Server, clients: usize, requests: Vec<Vec<u8>>) -> Result<Sample> {
    let load = Load { clients, requests: requests.len(), time: Duration::from_secs(300) };
    load::run(server.address, load, requests, 201).await
}

/// The same, and none may be refused.
///
/// # Errors
/// One was refused, or the server is gone.
pub async fn create_exactly(server: &Server, requests: Vec<Vec<u8>>) -> Result<()> {
    let nodes = requests.len();
    let created = create(server, 1, requests).await?;
    ensure!(created.refused == 0, "{} of {nodes} nodes could not be created", created.refused);
    Ok(())
}

/// Of up to a thousand nodes.
///
/// # Errors
/// The server does not list them.
pub async fn uuids(server: &Server) -> Result<Vec<String>> {
    let mut connection = Connection::new(server.address);
    let answer = connection.call(&request("GET", "/v1/nodes?fields=uuid&limit=1000", "")).await?;
    let answer: Value = serde_json::from_slice(answer.body)?;
    let nodes = answer["nodes"].as_array().context("a list of nodes without nodes")?;
    Ok(nodes.iter().filter_map(|node| node["uuid"].as_str()).map(str::to_owned).collect())
}

/// A request to each node.
pub fn each(nodes: &[String], method: &str, path: &str, body: &str) -> Vec<Vec<u8>> {
    nodes.iter().map(|node| request(method, &format!("/v1/nodes/{node}{path}"), body)).collect()
}
