//! Which nodes, in which order.

use kamacite_model::{Fault, ProvisionState, Timestamp, Uuid};

use crate::sort::sort_keys;

/// A page of nodes.
#[derive(Debug, Clone, Default)]
pub struct NodeQuery {
    /// Which nodes.
    pub filter: NodeFilter,
    /// The last node of the page before; the page begins after it.
    pub marker: Option<Uuid>,
    /// The most nodes to return; `None` returns all.
    pub limit: Option<usize>,
    /// What to sort by; nodes that are equal in it stand in the order of their enrolment.
    pub sort_key: NodeColumn,
    /// Whether the order is turned round.
    pub descending: bool,
}

/// Which nodes: every field that is set must hold.
#[derive(Debug, Clone, Default)]
pub struct NodeFilter {
    /// One of these; an empty list lets nothing through.
    pub uuid_in: Option<Vec<Uuid>>,
    /// In this chassis.
    pub chassis_uuid: Option<Uuid>,
    /// With this instance.
    pub instance_uuid: Option<String>,
    /// With the instance of this name.
    pub instance_name: Option<String>,
    /// With an instance, or without.
    pub associated: Option<bool>,
    /// In maintenance, or not.
    pub maintenance: Option<bool>,
    /// In this state.
    pub provision_state: Option<ProvisionState>,
    /// In one of these states; an empty list lets nothing through.
    pub provision_state_in: Option<Vec<ProvisionState>>,
    /// Whose provision state changed last before this moment.
    pub provision_updated_before: Option<Timestamp>,
    /// Of this hardware type.
    pub driver: Option<String>,
    /// Of this class.
    pub resource_class: Option<String>,
    /// With this fault.
    pub fault: Option<Fault>,
    /// Of this group; the empty text is the common group.
    pub conductor_group: Option<String>,
    /// Last looked after by this conductor.
    pub conductor_affinity: Option<String>,
    /// Owned by this project.
    pub owner: Option<String>,
    /// Used by this project.
    pub lessee: Option<String>,
    /// Owned or used by this project.
    pub project: Option<String>,
    /// With this text in the description, whatever the case of ASCII letters.
    pub description_contains: Option<String>,
    /// Retired, or not.
    pub retired: Option<bool>,
    /// In one of these shards; an empty list lets nothing through.
    pub shard_in: Option<Vec<String>>,
    /// In any shard, or in none.
    pub sharded: Option<bool>,
    /// Locked, or not.
    pub reserved: Option<bool>,
    /// Parts of other nodes.
    pub parent: ParentFilter,
}

/// What to do about nodes that are parts of other nodes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ParentFilter {
    /// Every node, parts too.
    #[default]
    All,
    /// Only nodes that are no part of another.
    TopLevelOnly,
    /// Only the parts of this node.
    Of(String),
}

sort_keys! {
    /// What nodes can be sorted by: every plain column of the reference's table.
    pub enum NodeColumn {
        Id = "id",
        Uuid = "uuid",
        Name = "name",
        Description = "description",
        Driver = "driver",
        BiosInterface = "bios_interface",
        BootInterface = "boot_interface",
        ConsoleInterface = "console_interface",
        DeployInterface = "deploy_interface",
        FirmwareInterface = "firmware_interface",
        InspectInterface = "inspect_interface",
        ManagementInterface = "management_interface",
        NetworkInterface = "network_interface",
        PowerInterface = "power_interface",
        RaidInterface = "raid_interface",
        RescueInterface = "rescue_interface",
        StorageInterface = "storage_interface",
        VendorInterface = "vendor_interface",
        InstanceUuid = "instance_uuid",
        InstanceName = "instance_name",
        ResourceClass = "resource_class",
        ChassisUuid = "chassis_uuid",
        ConductorGroup = "conductor_group",
        ConductorAffinity = "conductor_affinity",
        ParentNode = "parent_node",
        Shard = "shard",
        Owner = "owner",
        Lessee = "lessee",
        ProvisionState = "provision_state",
        TargetProvisionState = "target_provision_state",
        ProvisionUpdatedAt = "provision_updated_at",
        PowerState = "power_state",
        TargetPowerState = "target_power_state",
        LastError = "last_error",
        Reservation = "reservation",
        Maintenance = "maintenance",
        MaintenanceReason = "maintenance_reason",
        Fault = "fault",
        Protected = "protected",
        ProtectedReason = "protected_reason",
        Retired = "retired",
        RetiredReason = "retired_reason",
        AutomatedClean = "automated_clean",
        DisablePowerOff = "disable_power_off",
        ConsoleEnabled = "console_enabled",
        BootMode = "boot_mode",
        SecureBoot = "secure_boot",
        Health = "health",
        InspectionStartedAt = "inspection_started_at",
        InspectionFinishedAt = "inspection_finished_at",
        CreatedAt = "created_at",
        UpdatedAt = "updated_at",
    }
}
