//! Chassis: what nodes stand in.

use jiff::Timestamp;
use uuid::Uuid;

use crate::Json;

/// Something that nodes stand in: a rack, an enclosure of blades.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Chassis {
    /// Its identity.
    pub uuid: Uuid,
    /// What people say of it.
    pub description: Option<String>,
    /// What clients keep of it.
    pub extra: Json,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Option<Timestamp>,
}

impl Chassis {
    /// A chassis of which nothing is said.
    pub fn new(uuid: Uuid, created_at: Timestamp) -> Self {
        Self { uuid, description: None, extra: Json::new(), created_at, updated_at: None }
    }
}
