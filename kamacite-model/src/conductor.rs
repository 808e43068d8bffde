//! A conductor as the others see it: its membership row.

use jiff::Timestamp;

use crate::InterfaceKind;

/// One conductor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConductorInfo {
    /// Its name, unique.
    pub hostname: String,
    /// The group of nodes it manages; empty for the common group.
    pub conductor_group: String,
    /// Whether it has said that it runs (and not that it stops).
    pub online: bool,
    /// The hardware types it has.
    pub drivers: Vec<String>,
    /// When it first registered.
    pub created_at: Timestamp,
    /// Its last sign of life.
    pub updated_at: Timestamp,
}

/// One implementation that a conductor offers for a hardware type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnabledInterface {
    /// The hardware type.
    pub hardware_type: String,
    /// The kind of interface.
    pub kind: InterfaceKind,
    /// The implementation's name.
    pub name: String,
    /// Whether nodes of the type get it when they choose none.
    pub default: bool,
}
