//! The columns of nodes: one row here per field.

use kamacite_model::{InterfaceKind::*, Node, Timestamp, Uuid, is_secret_key};

use crate::{
    db::{Column, Table, column, secret_column},
    secrets::is_instance_secret,
};

/// How a node lies in its table.
pub(crate) static NODES: Table<Node> = Table {
    name: "nodes",
    blank: || Node::new(Uuid::nil(), "", Timestamp::UNIX_EPOCH),
    columns: &[
        column!(uuid),
        column!(name),
        column!(description),
        column!(driver),
        column!("bios_interface", interfaces[Bios]),
        column!("boot_interface", interfaces[Boot]),
        column!("console_interface", interfaces[Console]),
        column!("deploy_interface", interfaces[Deploy]),
        column!("firmware_interface", interfaces[Firmware]),
        column!("inspect_interface", interfaces[Inspect]),
        column!("management_interface", interfaces[Management]),
        column!("network_interface", interfaces[Network]),
        column!("power_interface", interfaces[Power]),
        column!("raid_interface", interfaces[Raid]),
        column!("rescue_interface", interfaces[Rescue]),
        column!("storage_interface", interfaces[Storage]),
        column!("vendor_interface", interfaces[Vendor]),
        secret_column!(public driver_info, is_secret_key),
        secret_column!(secrets driver_info, "driver_info_secrets", is_secret_key),
        secret_column!(public driver_internal_info, is_secret_key),
        secret_column!(secrets driver_internal_info, "driver_internal_info_secrets", is_secret_key),
        secret_column!(public instance_info, is_instance_secret),
        secret_column!(secrets instance_info, "instance_info_secrets", is_instance_secret),
        column!(instance_uuid),
        column!(instance_name),
        column!(properties),
        column!(extra),
        column!(network_data),
        column!(resource_class),
        column!(traits),
        column!(chassis_uuid),
        column!(conductor_group),
        column!(parent_node),
        column!(shard),
        column!(owner),
        column!(lessee),
        column!(allocation_uuid),
        column!(provision_state),
        column!(target_provision_state),
        column!(provision_updated_at),
        column!(power_state),
        column!(target_power_state),
        column!(last_error),
        column!(clean_step),
        column!(deploy_step),
        column!(service_step),
        column!(reservation),
        column!(fence),
        column!(conductor_affinity),
        column!(maintenance),
        column!(maintenance_reason),
        column!(fault),
        column!(protected),
        column!(protected_reason),
        column!(retired),
        column!(retired_reason),
        column!(automated_clean),
        column!(disable_power_off),
        column!(console_enabled),
        column!(raid_config),
        column!(target_raid_config),
        column!(boot_mode),
        column!(secure_boot),
        column!(health),
        column!(inspection_started_at),
        column!(inspection_finished_at),
        column!(created_at),
        column!(updated_at),
    ],
};

/// The columns that a change of a node may set; the others are the store's own.
pub(crate) fn changeable() -> impl Iterator<Item = &'static Column<Node>> {
    const OWN: &[&str] = &["uuid", "reservation", "fence", "created_at", "updated_at"];
    NODES.columns.iter().filter(|column| !OWN.contains(&column.name))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::nodes::NodeColumn;

    #[test]
    fn every_sort_key_is_a_column() {
        for key in NodeColumn::ALL {
            assert!(*key == NodeColumn::Id || NODES.column(key.as_str()).is_some(), "{}", key.as_str());
            assert_eq!(key.as_str().parse::<NodeColumn>().unwrap(), *key);
        }
        assert!("driver_info".parse::<NodeColumn>().is_err());
    }

    #[test]
    fn a_rounded_node_is_the_same_node() {
        let mut node = Node::new(Uuid::new_v4(), "fake-hardware", Timestamp::UNIX_EPOCH);
        node.driver_info.insert("password".to_owned(), "p".into());
        node.interfaces[Power] = Some("fake".into());
        node.name = Some("n".to_owned());
        assert_eq!(NODES.rounded(&node), node);
    }
}
