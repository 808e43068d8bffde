-- An index over what most rows lack holds only those that have it. Whoever adds a row without does not write the index's page.
DROP INDEX nodes_instance_uuid;
DROP INDEX nodes_owner;
DROP INDEX nodes_lessee;
DROP INDEX nodes_shard;
DROP INDEX nodes_parent_node;
DROP INDEX nodes_chassis_uuid;
DROP INDEX operations_finished_at;
DROP INDEX operations_state;
CREATE UNIQUE INDEX nodes_instance_uuid ON nodes (instance_uuid) WHERE instance_uuid IS NOT NULL;
CREATE INDEX nodes_owner ON nodes (owner) WHERE owner IS NOT NULL;
CREATE INDEX nodes_lessee ON nodes (lessee) WHERE lessee IS NOT NULL;
CREATE INDEX nodes_shard ON nodes (shard) WHERE shard IS NOT NULL;
CREATE INDEX nodes_parent_node ON nodes (parent_node) WHERE parent_node IS NOT NULL;
CREATE INDEX nodes_chassis_uuid ON nodes (chassis_uuid) WHERE chassis_uuid IS NOT NULL;
CREATE INDEX operations_finished_at ON operations (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX operations_unfinished ON operations (node, id) WHERE finished_at IS NULL;

-- What belongs to a node goes with it: the store sees to that, since not every database is asked to.

CREATE TABLE ports (
    id $SERIAL_KEY,
    uuid TEXT NOT NULL,
    node TEXT NOT NULL,
    address TEXT NOT NULL,
    name TEXT,
    description TEXT,
    portgroup TEXT,
    local_link_connection TEXT NOT NULL,
    pxe_enabled BOOLEAN NOT NULL,
    physical_network TEXT,
    is_smartnic BOOLEAN NOT NULL,
    vendor TEXT,
    category TEXT,
    available_for_dynamic_portgroup BOOLEAN NOT NULL,
    internal_info TEXT NOT NULL,
    extra TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT
);
-- SQLite looks at the newest index first. Who repeats a request with a UUID of its own is to be told of that, not of the address.
CREATE UNIQUE INDEX ports_address ON ports (address);
CREATE UNIQUE INDEX ports_uuid ON ports (uuid);
CREATE UNIQUE INDEX ports_name ON ports (name) WHERE name IS NOT NULL;
CREATE INDEX ports_node ON ports (node);
CREATE INDEX ports_portgroup ON ports (portgroup) WHERE portgroup IS NOT NULL;

CREATE TABLE portgroups (
    id $SERIAL_KEY,
    uuid TEXT NOT NULL,
    node TEXT NOT NULL,
    name TEXT,
    address TEXT,
    mode TEXT NOT NULL,
    properties TEXT NOT NULL,
    standalone_ports_supported BOOLEAN NOT NULL,
    physical_network TEXT,
    category TEXT,
    dynamic_portgroup BOOLEAN NOT NULL,
    internal_info TEXT NOT NULL,
    extra TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT
);
CREATE UNIQUE INDEX portgroups_uuid ON portgroups (uuid);
CREATE UNIQUE INDEX portgroups_address ON portgroups (address) WHERE address IS NOT NULL;
CREATE UNIQUE INDEX portgroups_name ON portgroups (name) WHERE name IS NOT NULL;
CREATE INDEX portgroups_node ON portgroups (node);

-- What a node's own firmware knows of its settings, as read last.
CREATE TABLE bios_settings (
    id $SERIAL_KEY,
    node TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT,
    attribute_type TEXT,
    allowable_values TEXT NOT NULL,
    lower_bound BIGINT,
    upper_bound BIGINT,
    min_length BIGINT,
    max_length BIGINT,
    read_only BOOLEAN,
    reset_required BOOLEAN,
    is_unique BOOLEAN,
    created_at BIGINT NOT NULL,
    updated_at BIGINT
);
CREATE UNIQUE INDEX bios_settings_key ON bios_settings (node, name);

CREATE TABLE firmware_components (
    id $SERIAL_KEY,
    node TEXT NOT NULL,
    component TEXT NOT NULL,
    initial_version TEXT NOT NULL,
    current_version TEXT,
    last_version_flashed TEXT,
    vendor TEXT,
    model TEXT,
    serial_number TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT
);
CREATE UNIQUE INDEX firmware_components_key ON firmware_components (node, component);

-- What an inspection found, whole.
CREATE TABLE inventories (
    id $SERIAL_KEY,
    node TEXT NOT NULL,
    inventory TEXT NOT NULL,
    plugin_data TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT
);
CREATE UNIQUE INDEX inventories_node ON inventories (node);

CREATE TABLE volume_connectors (
    id $SERIAL_KEY,
    uuid TEXT NOT NULL,
    node TEXT NOT NULL,
    type TEXT NOT NULL,
    connector_id TEXT NOT NULL,
    extra TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT
);
CREATE UNIQUE INDEX volume_connectors_uuid ON volume_connectors (uuid);
CREATE UNIQUE INDEX volume_connectors_key ON volume_connectors (type, connector_id);
CREATE INDEX volume_connectors_node ON volume_connectors (node);

-- Secrets of the properties lie in a column of their own.
CREATE TABLE volume_targets (
    id $SERIAL_KEY,
    uuid TEXT NOT NULL,
    node TEXT NOT NULL,
    volume_type TEXT NOT NULL,
    properties TEXT NOT NULL,
    properties_secrets TEXT,
    boot_index BIGINT NOT NULL,
    volume_id TEXT NOT NULL,
    extra TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT
);
CREATE UNIQUE INDEX volume_targets_uuid ON volume_targets (uuid);
CREATE UNIQUE INDEX volume_targets_key ON volume_targets (node, boot_index);

CREATE TABLE chassis (
    id $SERIAL_KEY,
    uuid TEXT NOT NULL,
    description TEXT,
    extra TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT
);
CREATE UNIQUE INDEX chassis_uuid ON chassis (uuid);

CREATE TABLE allocations (
    id $SERIAL_KEY,
    uuid TEXT NOT NULL,
    name TEXT,
    node TEXT,
    state TEXT NOT NULL,
    owner TEXT,
    last_error TEXT,
    resource_class TEXT,
    traits TEXT NOT NULL,
    candidate_nodes TEXT NOT NULL,
    extra TEXT NOT NULL,
    conductor_affinity TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT
);
CREATE UNIQUE INDEX allocations_uuid ON allocations (uuid);
CREATE UNIQUE INDEX allocations_name ON allocations (name);
CREATE UNIQUE INDEX allocations_node ON allocations (node);
CREATE INDEX allocations_state ON allocations (state);
