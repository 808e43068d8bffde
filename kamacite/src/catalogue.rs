//! `kamacite driver list`: which hardware types and interfaces there are.

use std::fmt::Write;

use kamacite_driver::{Catalogue, HardwareType, LoadError, Registry, Selection, Services};
use kamacite_model::InterfaceKind;

use crate::{Service, cli::Files, clock, config, serve::StartError};

/// The list, a hardware type at a time.
///
/// # Errors
/// When the configuration cannot be used.
pub(crate) fn list(service: &Service, files: &Files, available: bool, all: bool) -> Result<String, StartError> {
    let loaded = config::load(service, files)?;
    let selection = Selection::from_options(&loaded.options);
    let services = Services::new(clock::system(), loaded.options);
    if available {
        let catalogue = Catalogue::new(service.build(&services))?;
        Ok(everything(&catalogue, &selection, all))
    } else {
        enabled(&Registry::load(service.build(&services), &selection)?, all)
    }
}

/// Everything the program contains; what is enabled is marked.
fn everything(catalogue: &Catalogue, selection: &Selection, all: bool) -> String {
    let mut text = String::from("Marked with *: enabled. In each line the most preferred comes first.\n");
    for hardware_type in catalogue.types.values().filter(|one| all || !one.fake) {
        let mark = mark(selection.types.names.iter().any(|name| **name == *hardware_type.name));
        let _ = writeln!(text, "\n{}{mark}", hardware_type.name);
        for kind in InterfaceKind::ALL.iter().copied() {
            let contained = &catalogue.implementations[kind as usize];
            let listed = hardware_type.supported[kind].iter().filter(|name| contained.contains_key(*name));
            let others =
                contained.keys().filter(|name| hardware_type.takes_anything && !hardware_type.lists(kind, name));
            let names: Vec<_> = listed
                .chain(others)
                .map(|name| {
                    format!("{name}{}", self::mark(selection.interfaces[kind].names.iter().any(|one| **one == **name)))
                })
                .collect();
            let _ = writeln!(text, "  {kind:<12}{}", names.join(", "));
        }
    }
    text
}

/// What is enabled; the default of each kind is marked.
fn enabled(registry: &Registry, all: bool) -> Result<String, StartError> {
    let mut text = String::from("Marked with *: the default for nodes that choose none.\n");
    for hardware_type in registry.types().filter(|one| all || !one.fake) {
        let _ = writeln!(text, "\n{}", hardware_type.name);
        for kind in InterfaceKind::ALL.iter().copied() {
            let _ = writeln!(text, "  {kind:<12}{}", names(registry, hardware_type, kind));
        }
    }
    Ok(text)
}

fn names(registry: &Registry, of: &HardwareType, kind: InterfaceKind) -> String {
    let default = registry.default_for(of, kind).ok();
    let names = registry.enabled_for(of, kind);
    names.iter().map(|name| format!("{name}{}", mark(default.as_ref() == Some(name)))).collect::<Vec<_>>().join(", ")
}

const fn mark(set: bool) -> &'static str {
    if set { "*" } else { "" }
}

impl From<LoadError> for StartError {
    fn from(error: LoadError) -> Self {
        Self::Drivers(error)
    }
}
