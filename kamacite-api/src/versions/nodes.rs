//! Since which microversion each field of nodes and of their history, and each filter of lists of nodes, is there.

use super::fields;

fields! {
    /// What a node document may hold.
    pub enum NodeField {
        Uuid = "uuid" since 1,
        CreatedAt = "created_at" since 1,
        UpdatedAt = "updated_at" since 1,
        AutomatedClean = "automated_clean" since 47,
        BiosInterface = "bios_interface" since 40,
        BootInterface = "boot_interface" since 31,
        BootMode = "boot_mode" since 75,
        CleanStep = "clean_step" since 7,
        ConductorGroup = "conductor_group" since 46,
        ConsoleEnabled = "console_enabled" since 1,
        ConsoleInterface = "console_interface" since 31,
        DisablePowerOff = "disable_power_off" since 95,
        DeployInterface = "deploy_interface" since 31,
        DeployStep = "deploy_step" since 44,
        Description = "description" since 51,
        Driver = "driver" since 1,
        DriverInfo = "driver_info" since 1,
        DriverInternalInfo = "driver_internal_info" since 3,
        Extra = "extra" since 1,
        Fault = "fault" since 42,
        FirmwareInterface = "firmware_interface" since 86,
        Health = "health" since 109,
        InspectionFinishedAt = "inspection_finished_at" since 6,
        InspectionStartedAt = "inspection_started_at" since 6,
        InspectInterface = "inspect_interface" since 31,
        InstanceInfo = "instance_info" since 1,
        InstanceName = "instance_name" since 104,
        InstanceUuid = "instance_uuid" since 1,
        LastError = "last_error" since 1,
        Lessee = "lessee" since 65,
        Maintenance = "maintenance" since 1,
        MaintenanceReason = "maintenance_reason" since 1,
        ManagementInterface = "management_interface" since 31,
        Name = "name" since 5,
        NetworkData = "network_data" since 66,
        NetworkInterface = "network_interface" since 20,
        Owner = "owner" since 50,
        ParentNode = "parent_node" since 83,
        PowerInterface = "power_interface" since 31,
        PowerState = "power_state" since 1,
        Properties = "properties" since 1,
        Protected = "protected" since 48,
        ProtectedReason = "protected_reason" since 48,
        ProvisionState = "provision_state" since 1,
        ProvisionUpdatedAt = "provision_updated_at" since 1,
        RaidConfig = "raid_config" since 12,
        RaidInterface = "raid_interface" since 31,
        RescueInterface = "rescue_interface" since 38,
        Reservation = "reservation" since 1,
        ResourceClass = "resource_class" since 21,
        Retired = "retired" since 61,
        RetiredReason = "retired_reason" since 61,
        SecureBoot = "secure_boot" since 75,
        ServiceStep = "service_step" since 87,
        Shard = "shard" since 82,
        StorageInterface = "storage_interface" since 33,
        TargetPowerState = "target_power_state" since 1,
        TargetProvisionState = "target_provision_state" since 1,
        TargetRaidConfig = "target_raid_config" since 12,
        Traits = "traits" since 37,
        VendorInterface = "vendor_interface" since 31,
        Links = "links" since 1,
        Conductor = "conductor" since 49,
        AllocationUuid = "allocation_uuid" since 52,
        ChassisUuid = "chassis_uuid" since 1,
        Ports = "ports" since 1,
        States = "states" since 14,
        Portgroups = "portgroups" since 24,
        Volume = "volume" since 32,
    }
}

fields! {
    /// What an entry of a node's history may hold; the first four are the short form.
    pub enum HistoryField {
        Uuid = "uuid" since 78,
        CreatedAt = "created_at" since 78,
        Severity = "severity" since 78,
        Event = "event" since 78,
        EventType = "event_type" since 78,
        Conductor = "conductor" since 78,
        User = "user" since 78,
        Project = "project" since 113,
        State = "state" since 115,
        TargetProvisionState = "target_provision_state" since 115,
        DurationSeconds = "duration_seconds" since 115,
    }
}

fields! {
    /// What a setting of a node's firmware may hold.
    pub enum BiosField {
        CreatedAt = "created_at" since 40,
        UpdatedAt = "updated_at" since 40,
        Name = "name" since 40,
        Value = "value" since 40,
        AttributeType = "attribute_type" since 74,
        AllowableValues = "allowable_values" since 74,
        LowerBound = "lower_bound" since 74,
        MaxLength = "max_length" since 74,
        MinLength = "min_length" since 74,
        ReadOnly = "read_only" since 74,
        ResetRequired = "reset_required" since 74,
        Unique = "unique" since 74,
        UpperBound = "upper_bound" since 74,
        Links = "links" since 40,
        NodeUuid = "node_uuid" since 74,
    }
}

fields! {
    /// What is told of the firmware of a node's part.
    pub enum FirmwareField {
        CreatedAt = "created_at" since 86,
        UpdatedAt = "updated_at" since 86,
        Component = "component" since 86,
        InitialVersion = "initial_version" since 86,
        CurrentVersion = "current_version" since 86,
        LastVersionFlashed = "last_version_flashed" since 86,
        Vendor = "vendor" since 114,
        Model = "model" since 114,
        SerialNumber = "serial_number" since 114,
    }
}

fields! {
    /// What lists of nodes can be filtered, sorted and paged by.
    pub enum NodeFilterName {
        ChassisUuid = "chassis_uuid" since 1,
        InstanceUuid = "instance_uuid" since 1,
        Associated = "associated" since 1,
        Maintenance = "maintenance" since 1,
        Marker = "marker" since 1,
        Limit = "limit" since 1,
        SortKey = "sort_key" since 1,
        SortDir = "sort_dir" since 1,
        Fields = "fields" since 8,
        ProvisionState = "provision_state" since 9,
        Driver = "driver" since 16,
        ResourceClass = "resource_class" since 21,
        Fault = "fault" since 42,
        Detail = "detail" since 43,
        ConductorGroup = "conductor_group" since 46,
        Conductor = "conductor" since 49,
        Owner = "owner" since 50,
        // Ironic documents the next two for 1.51 and 1.61 and takes them at any version.
        DescriptionContains = "description_contains" since 1,
        Retired = "retired" since 1,
        Lessee = "lessee" since 65,
        Project = "project" since 1,
        Shard = "shard" since 82,
        Sharded = "sharded" since 82,
        IncludeChildren = "include_children" since 83,
        ParentNode = "parent_node" since 83,
        InstanceName = "instance_name" since 104,
    }
}
