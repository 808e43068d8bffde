//! What silent BMCs cost the others: power sweeps over a thousand simulated ones, by turns all well and with some that begin
//! to hang. Prints Markdown, which the page of benchmarks takes over.
//! `cargo run --release -p kamacite --example sweep -- [BMCS] [PERCENT]`
#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "it measures, and tells")]

use std::{
    error::Error,
    sync::Arc,
    time::{Duration, Instant},
};

use kamacite_conductor::{Conductor, Config};
use kamacite_driver::{Registry, Selection, Services, governor::Status};
use kamacite_model::{
    Clock, InterfaceKind, Node, ProvisionState, Requester, Sleep, SystemClock, Uuid, options::Options,
};
use kamacite_sim::{Fault, Rack, Rule, SimBmc};
use kamacite_store::{Database, Store, StoreConfig};

const OPTIONS: &[(&str, &str, &str)] = &[
    ("DEFAULT", "host", "sweeper"),
    ("DEFAULT", "enabled_hardware_types", "redfish"),
    ("DEFAULT", "enabled_bios_interfaces", "no-bios"),
    ("DEFAULT", "enabled_boot_interfaces", "no-boot"),
    ("DEFAULT", "enabled_console_interfaces", "no-console"),
    ("DEFAULT", "enabled_deploy_interfaces", "no-deploy"),
    ("DEFAULT", "enabled_firmware_interfaces", "no-firmware"),
    ("DEFAULT", "enabled_inspect_interfaces", "no-inspect"),
    ("DEFAULT", "enabled_management_interfaces", "noop"),
    ("DEFAULT", "enabled_network_interfaces", "noop"),
    ("DEFAULT", "enabled_power_interfaces", "redfish"),
    ("DEFAULT", "enabled_raid_interfaces", "no-raid"),
    ("DEFAULT", "enabled_rescue_interfaces", "no-rescue"),
    ("DEFAULT", "enabled_storage_interfaces", "noop"),
    ("DEFAULT", "enabled_vendor_interfaces", "no-vendor"),
    ("conductor", "sync_power_state_interval", "4"),
    // Those that hang stay with the sweep.
    ("conductor", "power_state_sync_max_retries", "1000000"),
    ("redfish", "read_timeout", "1"),
    ("redfish", "connection_attempts", "1"),
];

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// So often some BMCs begin to hang. Between two sweeps is time for all to give up on them, and for
/// connections to end, so that every sweep begins alike.
const ROUNDS: usize = 30;

/// Groups that hang by turns; whoever is in none of them never does.
const GROUPS: usize = 10;

#[tokio::main]
async fn main() -> Outcome {
    let mut args = std::env::args().skip(1).map(|arg| arg.parse::<u32>());
    let mut arg = |default| args.next().unwrap_or(Ok(default));
    let (bmcs, percent) = (arg(1000)?, arg(5)?);
    let clock: Arc<dyn Clock> =
        Arc::new(SystemClock::new(|time| -> Sleep<'static> { Box::pin(tokio::time::sleep(time)) }));
    let rack = Rack::start(kamacite_sim::Config::new(bmcs), clock.clone()).await?;
    let before = resident()?;
    let service = Service::start(clock, rack.bmcs()).await?;
    // The first one logs in everywhere.
    service.sweep(&service.nodes).await;
    let each = resident()?.saturating_sub(before) as f64 / f64::from(bmcs);
    let at_once = (bmcs * percent / 100) as usize;
    // Those that never hang.
    let well = service.nodes.get(at_once * GROUPS..).filter(|well| !well.is_empty());
    let well = well.ok_or_else(|| format!("in {GROUPS} groups every BMC would hang; name a smaller percentage"))?;
    let (mut quiet, mut disturbed) = (Phase::default(), Phase::default());
    for ill in rack.bmcs().chunks(at_once.max(1)).take(GROUPS).cycle().take(ROUNDS) {
        quiet.add(service.sweep(well).await);
        ill.iter().for_each(|bmc| bmc.fault(Rule::from(Fault::Hang).times(0)));
        disturbed.add(service.sweep(well).await);
        ill.iter().for_each(|bmc| bmc.with(|bmc, _| bmc.faults.clear()));
    }
    println!("| {} BMCs of {bmcs}, {} sweeps of each kind | half, ms | 99 of 100, ms | all, ms |", well.len(), ROUNDS);
    println!("|---|--:|--:|--:|");
    println!("| all are well | {quiet} |");
    println!("| {at_once} others begin to hang | {disturbed} |");
    println!("| change, % | {} |", disturbed.against(&quiet));
    println!("\n- Memory of a node with a session: {each:.1} KiB, the simulated BMC's part included.");
    service.conductor.stop().await?;
    rack.stop().await;
    Ok(())
}

/// What was measured while some hung, or while none did: for each sweep, when half of the BMCs had answered, 99 of 100, and
/// all, in ms from its beginning.
#[derive(Default)]
struct Phase([Vec<f64>; 3]);

impl Phase {
    fn add(&mut self, mut offsets: Vec<f64>) {
        offsets.sort_by(f64::total_cmp);
        for (of, share) in self.0.iter_mut().zip([0.5, 0.99, 1.0]) {
            of.push(offsets[((offsets.len() - 1) as f64 * share) as usize]);
        }
    }

    /// The medians over the sweeps.
    fn medians(&self) -> [f64; 3] {
        self.0.clone().map(|mut times| {
            times.sort_by(f64::total_cmp);
            times[times.len() / 2]
        })
    }

    /// By how much the medians differ from those of another, in percent.
    fn against(&self, other: &Self) -> String {
        let changes = self.medians().into_iter().zip(other.medians()).map(|(mine, its)| (mine / its - 1.0) * 100.0);
        changes.map(|change| format!("{change:+.1}")).collect::<Vec<_>>().join(" | ")
    }
}

impl std::fmt::Display for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [half, most, all] = self.medians();
        write!(f, "{half:.0} | {most:.0} | {all:.0}")
    }
}

/// A conductor without an API, and a node for each BMC.
struct Service {
    conductor: Conductor,
    nodes: Vec<Uuid>,
}

impl Service {
    async fn start(clock: Arc<dyn Clock>, bmcs: &[SimBmc]) -> Outcome<Self> {
        let options =
            OPTIONS.iter().map(|(group, name, value)| (group.to_string(), name.to_string(), value.to_string()));
        let options = Options::new(options);
        let store =
            Store::open(StoreConfig { database: Database::Memory, clock: clock.clone(), backup_before_upgrade: true })
                .await?;
        let (selection, config) = (Selection::from_options(&options), Config::from_options(&options));
        let services = Services::new(clock.clone(), options);
        let drivers = kamacite_drivers::builtin().into_iter().map(|driver| driver(&services)).collect();
        let registry = Registry::load(drivers, &selection)?;
        let conductor = Conductor::start(config, store, registry, services).await?;
        let mut nodes = Vec::new();
        for bmc in bmcs {
            let mut node = Node::new(Uuid::new_v4(), "redfish", clock.now());
            node.interfaces[InterfaceKind::Power] = Some("redfish".into());
            node.provision_state = ProvisionState::Manageable;
            let address = bmc.address();
            for (key, value) in [("address", &*address), ("username", "admin"), ("password", "password")] {
                node.driver_info.insert(format!("redfish_{key}"), value.into());
            }
            nodes.push(conductor.create_node(node, &Requester::default()).await?.uuid);
        }
        Ok(Self { conductor, nodes })
    }

    /// Waits for a sweep to come by all of these nodes; for each, ms from its beginning to the node's answer.
    async fn sweep(&self, nodes: &[Uuid]) -> Vec<f64> {
        let counted: Vec<u64> = nodes.iter().map(|node| self.answered(*node)).collect();
        let came_by = || nodes.iter().zip(&counted).all(|(node, before)| self.answered(*node) > *before);
        while !came_by() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let now = Instant::now();
        let ends = nodes.iter().filter_map(|node| self.status(*node)?.exchanges.into_iter().next());
        let ends: Vec<_> = ends.filter_map(|last| Some((now.checked_sub(last.ago())?, last.took))).collect();
        let began = ends.iter().filter_map(|(ended, took)| ended.checked_sub(*took)).min().unwrap_or(now);
        ends.iter().map(|(ended, _)| (*ended - began).as_secs_f64() * 1e3).collect()
    }

    fn answered(&self, node: Uuid) -> u64 {
        self.status(node).map_or(0, |status| status.answered)
    }

    fn status(&self, node: Uuid) -> Option<Status> {
        self.conductor.bmcs_of(node).pop().map(|(_, status)| status)
    }
}

/// Memory of this process, in KiB.
fn resident() -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").trim().parse()?)
}
