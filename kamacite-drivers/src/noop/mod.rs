//! Interfaces that do nothing: those that refuse (`no-...`) and those that accept and ignore (`noop`).
//!
//! Any hardware type may list them. A `no-...` interface says that the hardware cannot do a thing, or that nobody wants
//! it done; a `noop` interface says that the thing needs no doing.

mod deploy;
mod management;
mod network;
mod no_bios;
mod no_boot;
mod no_console;
mod no_deploy;
mod no_firmware;
mod no_inspect;
mod no_raid;
mod no_rescue;
mod no_vendor;
mod storage;

use std::sync::Arc;

use kamacite_driver::{Driver, Error, Services, SharedTask, model::InterfaceKind};

/// All of them, and no hardware type.
pub fn driver(_: &Services) -> Driver {
    Driver::new("noop")
        .bios("no-bios", Arc::new(no_bios::NoBios))
        .boot("no-boot", Arc::new(no_boot::NoBoot))
        .console("no-console", Arc::new(no_console::NoConsole))
        .deploy("no-deploy", Arc::new(no_deploy::NoDeploy))
        .deploy("noop", deploy::offer())
        .firmware("no-firmware", Arc::new(no_firmware::NoFirmware))
        .inspect("no-inspect", Arc::new(no_inspect::NoInspect))
        .management("noop", Arc::new(management::NoopManagement))
        .network("noop", Arc::new(network::NoopNetwork))
        .raid("no-raid", Arc::new(no_raid::NoRaid))
        .rescue("no-rescue", Arc::new(no_rescue::NoRescue))
        .storage("noop", Arc::new(storage::NoopStorage))
        .vendor("no-vendor", Arc::new(no_vendor::NoVendor))
}

/// The refusal of an interface that is switched off; clients know the sentence from the reference.
fn refusal(task: &SharedTask, kind: InterfaceKind) -> Error {
    Error::unsupported(format!("Driver {} does not support {kind} (disabled or not implemented).", task.node().driver))
}

/// The refusal of an interface that stands in where none is enabled that works.
fn stand_in(kind: InterfaceKind) -> Error {
    Error::unsupported(format!(
        "the node has the {kind} interface no-{kind}, which does nothing: add one that works to \
         [DEFAULT]enabled_{kind}_interfaces and choose it as the node's {kind}_interface"
    ))
}
