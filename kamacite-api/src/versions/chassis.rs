//! Since which microversion each field of chassis is there.

use super::fields;

fields! {
    /// What the document of a chassis may hold.
    pub enum ChassisField {
        Uuid = "uuid" since 1,
        CreatedAt = "created_at" since 1,
        UpdatedAt = "updated_at" since 1,
        Description = "description" since 1,
        Extra = "extra" since 1,
        Links = "links" since 1,
        Nodes = "nodes" since 1,
    }
}
