//! The columns of allocations: one row here per field.

use kamacite_model::{Allocation, Timestamp, Uuid};

use crate::db::{Table, column};

/// How an allocation lies in its table.
pub(crate) static ALLOCATIONS: Table<Allocation> = Table {
    name: "allocations",
    blank: || Allocation::new(Uuid::nil(), Timestamp::UNIX_EPOCH),
    columns: &[
        column!(uuid),
        column!(name),
        column!(node),
        column!(state),
        column!(owner),
        column!(last_error),
        column!(resource_class),
        column!(traits),
        column!(candidate_nodes),
        column!(extra),
        column!(conductor_affinity),
        column!(created_at),
        column!(updated_at),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AllocationColumn;

    #[test]
    fn every_sort_key_is_a_column() {
        for key in AllocationColumn::ALL.iter().filter(|key| **key != AllocationColumn::Id) {
            assert!(ALLOCATIONS.column(key.as_str()).is_some(), "{}", key.as_str());
        }
    }
}
