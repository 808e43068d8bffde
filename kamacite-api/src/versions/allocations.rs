//! Since which microversion each field of allocations is there.

use super::fields;

fields! {
    /// What the document of an allocation may hold.
    pub enum AllocationField {
        Uuid = "uuid" since 52,
        CreatedAt = "created_at" since 52,
        UpdatedAt = "updated_at" since 52,
        CandidateNodes = "candidate_nodes" since 52,
        Extra = "extra" since 52,
        LastError = "last_error" since 52,
        Name = "name" since 52,
        Owner = "owner" since 60,
        ResourceClass = "resource_class" since 52,
        State = "state" since 52,
        Traits = "traits" since 52,
        Links = "links" since 52,
        NodeUuid = "node_uuid" since 52,
    }
}
