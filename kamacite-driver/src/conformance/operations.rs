//! What can be called on an implementation: a row for each operation, with arguments that the machine takes.

use std::{fmt, time::Duration};

use kamacite_model::{Component, InterfaceKind, Json, MediaDevice, Port, Portgroup, PowerTarget};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::{
    Kit, Report,
    bench::Place,
    ports,
    run::{Outcome, Site},
};
use crate::{
    Verb,
    contract::{self, Call},
    interfaces::*,
};

/// An operation with its arguments.
#[derive(Clone)]
pub struct Operation {
    pub place: Place,
    pub name: String,
    pub asked: Asked,
    /// It does something, where it is about a node under the node's lock; otherwise it looks.
    pub acts: bool,
    /// Asked for twice, it does what it does once.
    pub repeatable: bool,
}

/// Whom it asks.
#[derive(Clone)]
pub enum Asked {
    /// An implementation, about the node.
    OfNode(Call),
    /// The hardware type, by one of its vendor methods: there is no node. Arguments that the machine gives go before these.
    OfType { method: String, verb: Verb, args: Value },
}

impl Operation {
    /// The call, where it is about a node.
    pub fn of_node(&self) -> Option<&Call> {
        match &self.asked {
            Asked::OfNode(call) => Some(call),
            Asked::OfType { .. } => None,
        }
    }

    /// It is a vendor method, of which nobody but the driver knows what it does.
    pub fn is_method(&self) -> bool {
        matches!(self.asked, Asked::OfType { .. } | Asked::OfNode(Call::NodeMethod { .. }))
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.place, self.name)
    }
}

/// Collects the operations of one implementation.
struct Rows<'a> {
    place: &'a Place,
    all: Vec<Operation>,
}

impl Rows<'_> {
    fn add(&mut self, call: impl Into<Call>, acts: bool, repeatable: bool) {
        let call = call.into();
        let (place, name) = (self.place.clone(), name_of(&call));
        self.all.push(Operation { place, name, asked: Asked::OfNode(call), acts, repeatable });
    }

    fn looks(&mut self, call: impl Into<Call>) {
        self.add(call, false, true);
    }

    fn acts(&mut self, call: impl Into<Call>) {
        self.add(call, true, false);
    }

    fn acts_repeatably(&mut self, call: impl Into<Call>) {
        self.add(call, true, true);
    }
}

macro_rules! calls {
    ($($Kind:ident($Call:ident)),+ $(,)?) => {$(
        impl From<$Call> for Call {
            fn from(call: $Call) -> Self { Self::$Kind(call) }
        }
    )+};
}

calls! {
    BootModes(BootModesCall), Console(ConsoleCall), Deploy(DeployCall), DetectVendor(DetectVendorCall),
    HealthReport(HealthReportCall), Indicators(IndicatorsCall), InjectNmi(InjectNmiCall), Inspect(InspectCall),
    Management(ManagementCall), Network(NetworkCall), Nics(NicsCall), Power(PowerCall), Raid(RaidCall), Rescue(RescueCall),
    SecureBoot(SecureBootCall), Sensors(SensorsCall), Storage(StorageCall), SwitchIndicators(SwitchIndicatorsCall),
    VirtualMedia(VirtualMediaCall),
}

/// Reads the power.
pub const fn power_state() -> Call {
    Call::Power(PowerCall::power_state {})
}

/// Changes the power in the configured time, or in that which is given.
pub const fn set_power(target: PowerTarget, timeout: Option<Duration>) -> Call {
    Call::Power(PowerCall::set_power { target, timeout })
}

/// Every operation of an implementation, every vendor method of it, on a node and on the hardware type, and every step.
pub async fn all_of(site: &Site, place: &Place, kit: &Kit, report: &mut Report) -> Vec<Operation> {
    let mut rows = Rows { place, all: Vec::new() };
    match place.kind {
        // What they do is in steps and methods.
        InterfaceKind::Bios | InterfaceKind::Boot | InterfaceKind::Firmware | InterfaceKind::Vendor => {}
        InterfaceKind::Console => {
            rows.acts(ConsoleCall::start {});
            rows.looks(ConsoleCall::access {});
            rows.acts_repeatably(ConsoleCall::stop {});
        }
        InterfaceKind::Deploy => deploy(&mut rows),
        InterfaceKind::Inspect => {
            rows.acts(InspectCall::inspect_hardware { cursor: None });
            rows.acts(InspectCall::abort {});
        }
        InterfaceKind::Management => management(&mut rows, site).await,
        InterfaceKind::Network => network(&mut rows, site),
        InterfaceKind::Power => {
            rows.looks(power_state());
            rows.looks(PowerCall::supported_targets {});
            rows.looks(PowerCall::supports_power_sync {});
            rows.acts_repeatably(set_power(PowerTarget::On, None));
            rows.acts_repeatably(set_power(PowerTarget::Off, None));
        }
        InterfaceKind::Raid => {
            let raid_config =
                Map::from_iter([("logical_disks".to_owned(), json!([{"raid_level": "1", "size_gb": 1}]))]);
            rows.looks(RaidCall::validate_raid_config { raid_config });
        }
        InterfaceKind::Rescue => {
            rows.acts(RescueCall::rescue { cursor: None });
            rows.acts(RescueCall::unrescue { cursor: None });
            rows.acts_repeatably(RescueCall::clean_up {});
        }
        InterfaceKind::Storage => {
            rows.acts(StorageCall::attach_volumes {});
            rows.acts_repeatably(StorageCall::detach_volumes {});
        }
    }
    features(&mut rows, site, kit, report);
    rows.all
}

fn deploy(rows: &mut Rows<'_>) {
    rows.acts(DeployCall::prepare { cursor: None });
    rows.acts_repeatably(DeployCall::tear_down { cursor: None });
    rows.acts_repeatably(DeployCall::clean_up {});
    rows.acts_repeatably(DeployCall::take_over {});
    rows.acts(DeployCall::prepare_cleaning { cursor: None });
    rows.acts_repeatably(DeployCall::tear_down_cleaning {});
    rows.acts(DeployCall::prepare_service { cursor: None });
    rows.acts_repeatably(DeployCall::tear_down_service {});
}

/// Boot devices, and every ability that is there.
async fn management(rows: &mut Rows<'_>, site: &Site) {
    rows.looks(ManagementCall::supported_boot_devices {});
    rows.looks(ManagementCall::boot_device {});
    if let Some(device) = ask::<Vec<_>>(site, rows.place, ManagementCall::supported_boot_devices {}).await.first() {
        rows.acts_repeatably(ManagementCall::set_boot_device { device: *device, persistent: false });
    }
    let Some(able) = site.bench.find(rows.place).and_then(|one| one.interface.management()) else { return };
    if able.boot_modes().is_some() {
        rows.looks(BootModesCall::supported_boot_modes {});
        rows.looks(BootModesCall::boot_mode {});
        if let Some(mode) = ask::<Vec<_>>(site, rows.place, BootModesCall::supported_boot_modes {}).await.first() {
            rows.acts_repeatably(BootModesCall::set_boot_mode { mode: *mode });
        }
    }
    if able.secure_boot().is_some() {
        rows.looks(SecureBootCall::secure_boot_state {});
        rows.acts_repeatably(SecureBootCall::set_secure_boot { on: true });
    }
    if able.nmi().is_some() {
        rows.acts(InjectNmiCall::inject_nmi {});
    }
    if able.indicators().is_some() {
        rows.looks(IndicatorsCall::supported_indicators {});
        let lights = ask::<Vec<Indicator>>(site, rows.place, IndicatorsCall::supported_indicators {}).await;
        for Indicator { component, name, read_only, states } in lights {
            rows.looks(IndicatorsCall::indicator_state { component, name: name.clone() });
            if let (false, true, Some(state)) = (read_only, able.switch_indicators().is_some(), states.first()) {
                rows.acts_repeatably(SwitchIndicatorsCall::set_indicator { component, name, state: *state });
            }
        }
    }
    if able.sensors().is_some() {
        rows.looks(SensorsCall::readings {});
    }
    if able.health().is_some() {
        rows.looks(HealthReportCall::read_health {});
    }
    if able.virtual_media().is_some() {
        rows.looks(VirtualMediaCall::media_slots {});
        let image_url = "http://127.0.0.1:9/image.iso".to_owned();
        rows.acts_repeatably(VirtualMediaCall::attach_media { device: MediaDevice::Cdrom, image_url });
        rows.acts_repeatably(VirtualMediaCall::detach_media { devices: None });
    }
    if able.vendor_name().is_some() {
        rows.looks(DetectVendorCall::detect_vendor {});
    }
    if able.nics().is_some() {
        rows.looks(NicsCall::nics {});
    }
}

/// What becomes of VIFs, and whether ports may be changed.
fn network(rows: &mut Rows<'_>, site: &Site) {
    let vif = Vif { id: ports::NEW.to_owned(), port: None, portgroup: None, other: Json::new() };
    rows.looks(NetworkCall::vifs {});
    rows.acts(NetworkCall::attach_vif { vif });
    rows.acts(NetworkCall::detach_vif { id: ports::ATTACHED.to_owned() });
    let all = site.bench.ports();
    if let Some(port) = all.ports.into_iter().next() {
        let after = Port { description: Some("the first".to_owned()), ..port.clone() };
        rows.looks(NetworkCall::check_port { change: PortChange { before: port.into(), after: after.into() } });
    }
    if let Some(group) = all.portgroups.into_iter().next() {
        let after = Portgroup { name: Some("the first".to_owned()), ..group.clone() };
        let change = PortgroupChange { before: group.into(), after: after.into() };
        rows.looks(NetworkCall::check_portgroup { change });
    }
}

/// What a healthy machine answers; nothing where it does not.
async fn ask<T: DeserializeOwned + Default>(site: &Site, place: &Place, call: impl Into<Call>) -> T {
    match site.call(place, call.into(), false).await {
        Outcome::Ended(Ok(answer)) => contract::read(answer).unwrap_or_default(),
        Outcome::Ended(Err(_)) | Outcome::Panicked(_) | Outcome::Endless => T::default(),
    }
}

/// Vendor methods and steps, with the arguments of the kit's examples.
fn features(rows: &mut Rows<'_>, site: &Site, kit: &Kit, report: &mut Report) {
    let Some(implementation) = site.bench.find(rows.place) else { return };
    for spec in implementation.node_methods.iter().map(|method| &method.spec) {
        let Some(Value::Object(args)) = kit.arguments(&spec.name, &spec.args, None, report) else { continue };
        let verb = spec.verbs.first().copied().unwrap_or(Verb::POST);
        rows.add(Call::NodeMethod { method: spec.name.clone(), verb, args }, spec.exclusive, false);
    }
    for spec in implementation.driver_methods.iter().map(|method| &method.spec) {
        let own = site.machine.example(&spec.name);
        let Some(args) = kit.arguments(&spec.name, &spec.args, own, report) else { continue };
        let verb = spec.verbs.first().copied().unwrap_or(Verb::POST);
        let (name, asked) =
            (format!("driver vendor method {}", spec.name), Asked::OfType { method: spec.name.clone(), verb, args });
        // What answers to GET as well looks.
        let acts = !spec.verbs.contains(&Verb::GET);
        rows.all.push(Operation { place: rows.place.clone(), name, asked, acts, repeatable: false });
    }
    for spec in implementation.steps.iter().map(|step| &step.spec) {
        let Some(Value::Object(args)) = kit.arguments(&spec.name, &spec.args, None, report) else { continue };
        rows.acts(Call::Step { step: spec.name.clone(), kind: spec.kind, args, cursor: None });
    }
}

/// An operation in a few words.
fn name_of(call: &Call) -> String {
    match call {
        Call::NodeMethod { method, .. } => format!("vendor method {method}"),
        Call::Step { step, kind, .. } => format!("{} step {step}", kind.as_str()),
        Call::Power(PowerCall::set_power { target, .. }) => format!("set_power to {target}"),
        Call::Indicators(IndicatorsCall::indicator_state { component, name }) => {
            light("indicator_state", *component, name)
        }
        Call::SwitchIndicators(SwitchIndicatorsCall::set_indicator { component, name, .. }) => {
            light("set_indicator", *component, name)
        }
        // Each is a kind with the operation in it, as it crosses a wire.
        other => {
            let written = serde_json::to_value(other).unwrap_or_default();
            let kind = written.as_object().and_then(|kinds| kinds.values().next());
            let operation = kind.and_then(Value::as_object).and_then(|operations| operations.keys().next());
            operation.cloned().unwrap_or_else(|| "validate".to_owned())
        }
    }
}

fn light(operation: &str, component: Component, name: &str) -> String {
    format!("{operation} of {component} {name}")
}
