//! What a driver reads from a node's `driver_info`.

use serde::{Deserialize, Serialize};

/// One key of `driver_info` that an implementation reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Property {
    /// The key.
    pub name: String,
    /// What it means and whether it is needed, as clients see it.
    pub description: String,
    /// Whether a node without it can be driven.
    pub required: bool,
}

impl Property {
    /// A key that must be there.
    pub fn required(name: &str, description: &str) -> Self {
        Self { name: name.to_owned(), description: description.to_owned(), required: true }
    }

    /// A key that may be there.
    pub fn optional(name: &str, description: &str) -> Self {
        Self { name: name.to_owned(), description: description.to_owned(), required: false }
    }
}
