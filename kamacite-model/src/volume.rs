//! Volumes in a storage network: by what a node is known there, and which volumes it is given.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{Info, Json};

/// What a node is known by in a storage network.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct VolumeConnector {
    /// Its identity.
    pub uuid: Uuid,
    /// The node.
    pub node: Uuid,
    /// What kind of name it is: `iqn`, `ip`, `mac`, `wwnn`, `wwpn`, or any other text.
    pub kind: String,
    /// The name itself: an initiator's, an address.
    pub connector_id: String,
    /// What clients keep of it.
    pub extra: Json,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Option<Timestamp>,
}

impl VolumeConnector {
    /// A connector without a name, which is given apart.
    pub fn new(uuid: Uuid, node: Uuid, created_at: Timestamp) -> Self {
        Self {
            uuid,
            node,
            kind: String::new(),
            connector_id: String::new(),
            extra: Json::new(),
            created_at,
            updated_at: None,
        }
    }
}

/// A volume that a node is given.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct VolumeTarget {
    /// Its identity.
    pub uuid: Uuid,
    /// The node.
    pub node: Uuid,
    /// How it is reached: `iscsi`, `fibre_channel`, or any other text.
    pub volume_type: String,
    /// How to get at it; may hold passwords.
    pub properties: Info,
    /// Its place among the node's volumes when the machine boots; 0 is the one to boot from.
    pub boot_index: i64,
    /// What the storage calls it.
    pub volume_id: String,
    /// What clients keep of it.
    pub extra: Json,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Option<Timestamp>,
}

impl VolumeTarget {
    /// A target of which nothing is said.
    pub fn new(uuid: Uuid, node: Uuid, created_at: Timestamp) -> Self {
        Self {
            uuid,
            node,
            volume_type: String::new(),
            properties: Info::default(),
            boot_index: 0,
            volume_id: String::new(),
            extra: Json::new(),
            created_at,
            updated_at: None,
        }
    }
}
