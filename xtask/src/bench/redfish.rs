//! What is measured of the way to BMCs that speak Redfish: the same simulated ones for both servers.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use serde_json::json;

use super::{
    LONG,
    http::request_in,
    lifecycle,
    load::{self, Sample},
    nodes::{create_exactly, each, uuids},
    server::{Program, Setup},
    simulator::{ACCOUNT, Rack, Round, Rounds},
};

/// The machines that are asked for boot devices and turned on.
pub const MACHINES: usize = 100;

/// After a sweep no BMC is asked anything for so long at least: Ironic begins anew at once, but takes longer to find a session.
const QUIET: Duration = Duration::from_millis(300);

/// Two sweeps may take so long.
const LIMIT: Duration = Duration::from_secs(300);

/// Nobody looks at the power but who is asked to.
const UNSWEPT: Setup = Setup {
    hardware_type: "redfish",
    interfaces: "\
enabled_bios_interfaces = no-bios
enabled_console_interfaces = no-console
enabled_firmware_interfaces = no-firmware
enabled_inspect_interfaces = no-inspect
enabled_management_interfaces = redfish
enabled_network_interfaces = noop
enabled_power_interfaces = redfish
enabled_raid_interfaces = no-raid
enabled_rescue_interfaces = no-rescue
enabled_storage_interfaces = noop
enabled_vendor_interfaces = no-vendor
",
    // They are not used; Ironic has no stand-ins for them that this hardware takes.
    own_interfaces: (
        "enabled_boot_interfaces = ipxe\nenabled_deploy_interfaces = direct\n",
        "enabled_boot_interfaces = no-boot\nenabled_deploy_interfaces = no-deploy\n",
    ),
    sections: "[conductor]\nsync_power_state_interval = 0\n",
};

/// The power sweep, with the eight workers that are Ironic's default.
const SWEEPING: Setup =
    Setup { sections: "[conductor]\nsync_power_state_interval = 10\nsync_power_state_workers = 8\n", ..UNSWEPT };

/// The figures of one server.
pub struct Figures {
    /// From a request to turn on [`MACHINES`] until all report that they are; each BMC is asked for the first time.
    pub power_on: Duration,
    /// `GET /v1/nodes/{id}/management/boot_device`, 1 client.
    pub get: Sample,
    /// `PUT /v1/nodes/{id}/management/boot_device`, 1 client.
    pub put: Sample,
    /// The power sweep.
    pub sweep: Sweep,
}

/// A power sweep that finds a session with each BMC.
pub struct Sweep {
    /// How many nodes it looks at.
    pub nodes: usize,
    /// When, and how much it asks.
    pub round: Round,
    /// Memory in MiB before there were nodes.
    pub memory_idle: f64,
    /// With all nodes, before their BMCs were asked anything.
    pub memory_nodes: f64,
    /// With a session with each BMC, after the sweep.
    pub memory_sessions: f64,
}

/// Measures a server; `kamacite` is the program that simulates the BMCs.
///
/// # Errors
/// A program does not start or does not answer, or a node does not go on.
pub async fn all(program: &Program, kamacite: &Path) -> Result<Figures> {
    let say = |what: &str| println!("{}, Redfish: {what}", program.name());
    let rack = Rack::start(kamacite, MACHINES).await?;
    let server = program.start(&UNSWEPT).await?;
    create_exactly(&server, documents(&rack)).await?;
    say("turning machines on");
    let power_on = lifecycle::bring(&server, MACHINES, &lifecycle::TO_POWER_ON).await?;
    say("reading and writing boot devices");
    let nodes = uuids(&server).await?;
    let get = load::steadily(server.address, 1, LONG, each(&nodes, "GET", BOOT_DEVICE, ""), 200).await?;
    let devices = ["pxe", "disk"].map(|device| json!({"boot_device": device, "persistent": false}).to_string());
    let put = devices.iter().flat_map(|device| each(&nodes, "PUT", BOOT_DEVICE, device)).collect();
    let put = load::steadily(server.address, 1, LONG, put, 204).await?;
    drop((server, rack));
    say("sweeping");
    let sweep = sweep(program, kamacite).await?;
    Ok(Figures { power_on, get, put, sweep })
}

const BOOT_DEVICE: &str = "/management/boot_device";

/// Waits for the second sweep after the start: the first one logs in everywhere.
async fn sweep(program: &Program, kamacite: &Path) -> Result<Sweep> {
    let nodes = swept(program);
    let mut rack = Rack::start(kamacite, nodes).await?;
    let server = program.start(&SWEEPING).await?;
    let memory_idle = server.memory_mib()?;
    create_exactly(&server, documents(&rack)).await?;
    let memory_nodes = server.memory_mib()?;
    let mut rounds = Rounds::new(rack.requests().await?, QUIET);
    let began = Instant::now();
    while rounds.over.len() < 2 {
        ensure!(
            began.elapsed() < LIMIT,
            "{} did not ask all BMCs the same in two sweeps within {LIMIT:?}",
            program.name()
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
        rounds.see(Instant::now(), rack.requests().await?);
    }
    Ok(Sweep { nodes, round: rounds.over[1], memory_idle, memory_nodes, memory_sessions: server.memory_mib()? })
}

/// How many nodes are swept: as many as take Ironic well under a minute, and for Kamacite enough to be seen.
const fn swept(program: &Program) -> usize {
    match program {
        Program::Ironic(..) => 24,
        Program::Kamacite(..) => 1000,
    }
}

/// Documents of nodes, one for each BMC.
fn documents(rack: &Rack) -> Vec<Vec<u8>> {
    let document = |address: &String| {
        json!({
            "driver": "redfish",
            "driver_info": {
                "redfish_address": address,
                "redfish_system_id": "/redfish/v1/Systems/1",
                "redfish_username": ACCOUNT.0,
                "redfish_password": ACCOUNT.1,
            },
        })
    };
    // In this version a new node is available, and thus swept, before anybody has asked its BMC for anything.
    rack.addresses
        .iter()
        .map(|address| request_in("1.10", "POST", "/v1/nodes", &document(address).to_string()))
        .collect()
}
