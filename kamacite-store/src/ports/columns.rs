//! The columns of ports and of their groups: one row here per field.

use kamacite_model::{Mac, Port, Portgroup, Timestamp, Uuid};

use crate::db::{Table, column};

/// How a port lies in its table.
pub(crate) static PORTS: Table<Port> = Table {
    name: "ports",
    blank: || Port::new(Uuid::nil(), Uuid::nil(), Mac::default(), Timestamp::UNIX_EPOCH),
    columns: &[
        column!(uuid),
        column!(node),
        column!(address),
        column!(name),
        column!(description),
        column!(portgroup),
        column!(local_link_connection),
        column!(pxe_enabled),
        column!(physical_network),
        column!(is_smartnic),
        column!(vendor),
        column!(category),
        column!(available_for_dynamic_portgroup),
        column!(internal_info),
        column!(extra),
        column!(created_at),
        column!(updated_at),
    ],
};

/// How a group of ports lies in its table.
pub(crate) static PORTGROUPS: Table<Portgroup> = Table {
    name: "portgroups",
    blank: || Portgroup::new(Uuid::nil(), Uuid::nil(), Timestamp::UNIX_EPOCH),
    columns: &[
        column!(uuid),
        column!(node),
        column!(name),
        column!(address),
        column!(mode),
        column!(properties),
        column!(standalone_ports_supported),
        column!(physical_network),
        column!(category),
        column!("dynamic_portgroup", dynamic),
        column!(internal_info),
        column!(extra),
        column!(created_at),
        column!(updated_at),
    ],
};

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::ports::{PortColumn, PortgroupColumn};

    #[test]
    fn every_sort_key_is_a_column() {
        for key in PortColumn::ALL.iter().filter(|key| **key != PortColumn::Id) {
            assert!(PORTS.column(key.as_str()).is_some(), "{}", key.as_str());
        }
        for key in PortgroupColumn::ALL.iter().filter(|key| **key != PortgroupColumn::Id) {
            assert!(PORTGROUPS.column(key.as_str()).is_some(), "{}", key.as_str());
        }
    }
}
