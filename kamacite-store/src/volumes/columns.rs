//! The columns of connectors and targets of volumes: one row here per field.

use kamacite_model::{Timestamp, Uuid, VolumeConnector, VolumeTarget, is_secret_key};

use crate::db::{Table, column, secret_column};

/// How a connector lies in its table.
pub(crate) static CONNECTORS: Table<VolumeConnector> = Table {
    name: "volume_connectors",
    blank: || VolumeConnector::new(Uuid::nil(), Uuid::nil(), Timestamp::UNIX_EPOCH),
    columns: &[
        column!(uuid),
        column!(node),
        column!("type", kind),
        column!(connector_id),
        column!(extra),
        column!(created_at),
        column!(updated_at),
    ],
};

/// How a target lies in its table.
pub(crate) static TARGETS: Table<VolumeTarget> = Table {
    name: "volume_targets",
    blank: || VolumeTarget::new(Uuid::nil(), Uuid::nil(), Timestamp::UNIX_EPOCH),
    columns: &[
        column!(uuid),
        column!(node),
        column!(volume_type),
        secret_column!(public properties, is_secret_key),
        secret_column!(secrets properties, "properties_secrets", is_secret_key),
        column!(boot_index),
        column!(volume_id),
        column!(extra),
        column!(created_at),
        column!(updated_at),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volumes::{VolumeConnectorColumn, VolumeTargetColumn};

    #[test]
    fn every_sort_key_is_a_column() {
        for key in VolumeConnectorColumn::ALL.iter().filter(|key| **key != VolumeConnectorColumn::Id) {
            assert!(CONNECTORS.column(key.as_str()).is_some(), "{}", key.as_str());
        }
        for key in VolumeTargetColumn::ALL.iter().filter(|key| **key != VolumeTargetColumn::Id) {
            assert!(TARGETS.column(key.as_str()).is_some(), "{}", key.as_str());
        }
    }
}
