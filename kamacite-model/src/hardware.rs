//! What is known of the inside of a machine: settings of its firmware, versions of it, and what an inspection found.

use jiff::Timestamp;
use uuid::Uuid;

use crate::Json;

/// A setting of a machine's firmware, as read last; the limits are what a registry of attributes says (DSP0268,
/// AttributeRegistry).
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct BiosSetting {
    /// Its name.
    pub name: String,
    /// Its value, as text.
    pub value: Option<String>,
    /// `Enumeration`, `String`, `Integer`, `Boolean` or `Password`.
    pub attribute_type: Option<String>,
    /// What an enumeration may be.
    pub allowable_values: Vec<String>,
    /// The least an integer may be.
    pub lower_bound: Option<i64>,
    /// The most an integer may be.
    pub upper_bound: Option<i64>,
    /// The fewest characters of a text.
    pub min_length: Option<i64>,
    /// The most characters of a text.
    pub max_length: Option<i64>,
    /// It cannot be changed.
    pub read_only: Option<bool>,
    /// A change needs a restart.
    pub reset_required: Option<bool>,
    /// It is this machine's alone: a serial number, say.
    pub unique: Option<bool>,
}

/// A part of a machine with a firmware of its own.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct FirmwareComponent {
    /// Which: `bios`, `bmc`, `nic:...`.
    pub component: String,
    /// The version that was found first.
    pub initial_version: String,
    /// The version as read last.
    pub current_version: Option<String>,
    /// The version that was installed last.
    pub last_version_flashed: Option<String>,
    /// Who made it.
    pub vendor: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// Its serial number.
    pub serial_number: Option<String>,
}

/// What an inspection found, whole.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Inventory {
    /// The hardware.
    pub inventory: Json,
    /// What else was collected.
    pub plugin_data: Json,
}

/// Something known of a node's hardware, with when it was.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded<T> {
    /// The node.
    pub node: Uuid,
    /// What is known.
    pub what: T,
    /// When it was recorded first.
    pub created_at: Timestamp,
    /// When it changed last.
    pub updated_at: Option<Timestamp>,
}
