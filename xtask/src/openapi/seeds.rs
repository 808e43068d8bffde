//! Nodes and what belongs to them for requests to hit: some that stay, and some to be removed.

use anyhow::{Context, Result};
use reqwest::Client;
use serde_json::{Value, json};

/// How many nodes stay, each with two ports, a group, a connector and a target of volumes; and how many chassis and
/// allocations.
const NODES: usize = 10;

/// How many of each kind are there to be removed.
const SPARE: usize = 20;

/// Makes them all, and tells their names by the parameters that stand for them.
///
/// # Errors
/// The service does not make one.
pub async fn plant(client: &Client, url: &str) -> Result<Value> {
    let made = |path: &'static str, document: Value| make(client, url, path, document);
    let (mut nodes, mut ports, mut groups) = (Vec::new(), Vec::new(), Vec::new());
    let (mut connectors, mut targets, mut chassis, mut allocations) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for number in 0..NODES {
        let node = made("nodes", json!({"driver": "fake-hardware", "vendor_interface": "fake-extra"})).await?;
        let group = made("portgroups", json!({"node_uuid": node, "name": format!("group-{number}")})).await?;
        for side in 0..2 {
            ports.push(made("ports", json!({"node_uuid": node, "address": address(number * 2 + side)})).await?);
        }
        turn_off(client, url, &node).await?;
        connectors.push(made("volume/connectors", connector(&node, number)).await?);
        targets.push(made("volume/targets", target(&node, number)).await?);
        chassis.push(made("chassis", json!({})).await?);
        allocations.push(made("allocations", json!({"resource_class": "gold"})).await?);
        nodes.push(node);
        groups.push(group);
    }
    let (mut spare_nodes, mut spare_ports, mut spare_groups) = (Vec::new(), Vec::new(), Vec::new());
    let (mut spare_connectors, mut spare_targets) = (Vec::new(), Vec::new());
    let (mut spare_chassis, mut spare_allocations) = (Vec::new(), Vec::new());
    for number in 0..SPARE {
        spare_nodes.push(made("nodes", json!({"driver": "fake-hardware"})).await?);
        let node = &nodes[number % NODES];
        spare_ports.push(made("ports", json!({"node_uuid": node, "address": address(1000 + number)})).await?);
        spare_groups.push(made("portgroups", json!({"node_uuid": node})).await?);
        spare_connectors.push(made("volume/connectors", connector(node, 1000 + number)).await?);
        spare_targets.push(made("volume/targets", target(node, 1000 + number)).await?);
        spare_chassis.push(made("chassis", json!({})).await?);
        spare_allocations.push(made("allocations", json!({"resource_class": "gold"})).await?);
    }
    Ok(json!({
        "node": nodes,
        "port": ports,
        "portgroup": groups,
        "conductor": ["conductor"],
        "connector": connectors,
        "target": targets,
        "chassis": chassis,
        "allocation": allocations,
        "spare": {
            "deleteNode": spare_nodes,
            "deletePort": spare_ports,
            "deletePortgroup": spare_groups,
            "deleteVolumeConnector": spare_connectors,
            "deleteVolumeTarget": spare_targets,
            "deleteChassis": spare_chassis,
            "deleteAllocation": spare_allocations,
        },
    }))
}

/// Makes one, and tells its UUID.
async fn make(client: &Client, url: &str, path: &str, document: Value) -> Result<String> {
    let request =
        client.post(format!("{url}/v1/{path}")).header("X-OpenStack-Ironic-API-Version", "latest").json(&document);
    let answer = request.send().await?.error_for_status().with_context(|| format!("making one of {path}"))?;
    let made: Value = answer.json().await?;
    made["uuid"].as_str().map(str::to_owned).with_context(|| format!("one of {path} has no UUID"))
}

/// What hangs on a node's volumes changes only while the node is off.
async fn turn_off(client: &Client, url: &str, node: &str) -> Result<()> {
    let request = client.put(format!("{url}/v1/nodes/{node}/states/power"));
    let request = request.header("X-OpenStack-Ironic-API-Version", "latest").json(&json!({"target": "power off"}));
    request.send().await?.error_for_status().context("turning a node off")?;
    Ok(())
}

fn connector(node: &str, number: usize) -> Value {
    json!({"node_uuid": node, "type": "iqn", "connector_id": format!("iqn.2026-11.test:{number}")})
}

fn target(node: &str, number: usize) -> Value {
    json!({"node_uuid": node, "volume_type": "iscsi", "volume_id": "volume", "boot_index": number})
}

fn address(number: usize) -> String {
    let number = number.to_be_bytes();
    let [.., high, low] = number;
    format!("52:54:00:00:{high:02x}:{low:02x}")
}
