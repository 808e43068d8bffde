-- Moments are microseconds since 1970 UTC. JSON and UUIDs are text. What is secret lies in columns named *_secrets.

CREATE TABLE nodes (
    id $SERIAL_KEY,
    uuid TEXT NOT NULL,
    name TEXT,
    description TEXT,
    driver TEXT NOT NULL,
    bios_interface TEXT,
    boot_interface TEXT,
    console_interface TEXT,
    deploy_interface TEXT,
    firmware_interface TEXT,
    inspect_interface TEXT,
    management_interface TEXT,
    network_interface TEXT,
    power_interface TEXT,
    raid_interface TEXT,
    rescue_interface TEXT,
    storage_interface TEXT,
    vendor_interface TEXT,
    driver_info TEXT NOT NULL,
    driver_info_secrets TEXT,
    driver_internal_info TEXT NOT NULL,
    driver_internal_info_secrets TEXT,
    instance_info TEXT NOT NULL,
    instance_info_secrets TEXT,
    instance_uuid TEXT,
    instance_name TEXT,
    properties TEXT NOT NULL,
    extra TEXT NOT NULL,
    network_data TEXT NOT NULL,
    resource_class TEXT,
    traits TEXT NOT NULL,
    chassis_uuid TEXT,
    conductor_group TEXT NOT NULL,
    parent_node TEXT,
    shard TEXT,
    owner TEXT,
    lessee TEXT,
    allocation_uuid TEXT,
    provision_state TEXT NOT NULL,
    target_provision_state TEXT,
    provision_updated_at BIGINT,
    power_state TEXT,
    target_power_state TEXT,
    last_error TEXT,
    clean_step TEXT NOT NULL,
    deploy_step TEXT NOT NULL,
    service_step TEXT NOT NULL,
    reservation TEXT,
    fence BIGINT NOT NULL,
    conductor_affinity TEXT,
    maintenance BOOLEAN NOT NULL,
    maintenance_reason TEXT,
    fault TEXT,
    protected BOOLEAN NOT NULL,
    protected_reason TEXT,
    retired BOOLEAN NOT NULL,
    retired_reason TEXT,
    automated_clean BOOLEAN,
    disable_power_off BOOLEAN NOT NULL,
    console_enabled BOOLEAN NOT NULL,
    raid_config TEXT NOT NULL,
    target_raid_config TEXT NOT NULL,
    boot_mode TEXT,
    secure_boot BOOLEAN,
    health TEXT,
    inspection_started_at BIGINT,
    inspection_finished_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT
);
CREATE UNIQUE INDEX nodes_uuid ON nodes (uuid);
CREATE UNIQUE INDEX nodes_name ON nodes (name);
CREATE UNIQUE INDEX nodes_instance_uuid ON nodes (instance_uuid);
CREATE INDEX nodes_provision_state ON nodes (provision_state);
CREATE INDEX nodes_conductor_group ON nodes (conductor_group);
CREATE INDEX nodes_owner ON nodes (owner);
CREATE INDEX nodes_lessee ON nodes (lessee);
CREATE INDEX nodes_shard ON nodes (shard);
CREATE INDEX nodes_parent_node ON nodes (parent_node);
CREATE INDEX nodes_chassis_uuid ON nodes (chassis_uuid);

-- No reference to nodes: an operation outlives its node.
CREATE TABLE operations (
    id $SERIAL_KEY,
    uuid TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    node TEXT,
    driver TEXT,
    state TEXT NOT NULL,
    schema BIGINT NOT NULL,
    intent TEXT NOT NULL,
    intent_secrets TEXT,
    progress TEXT NOT NULL,
    progress_secrets TEXT,
    attempt BIGINT NOT NULL,
    deadline BIGINT,
    requester TEXT NOT NULL,
    conductor TEXT NOT NULL,
    result TEXT,
    error TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE UNIQUE INDEX operations_uuid ON operations (uuid);
CREATE INDEX operations_node ON operations (node, id);
CREATE INDEX operations_state ON operations (state, id);
CREATE INDEX operations_finished_at ON operations (finished_at);

CREATE TABLE node_history (
    id $SERIAL_KEY,
    uuid TEXT NOT NULL,
    node TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    severity TEXT NOT NULL,
    event TEXT NOT NULL,
    event_type TEXT NOT NULL,
    conductor TEXT NOT NULL,
    "user" TEXT,
    project TEXT,
    state TEXT,
    target_provision_state TEXT,
    duration_seconds DOUBLE PRECISION
);
CREATE UNIQUE INDEX node_history_uuid ON node_history (uuid);
CREATE INDEX node_history_node ON node_history (node, created_at, id);

CREATE TABLE conductors (
    id $SERIAL_KEY,
    hostname TEXT NOT NULL,
    conductor_group TEXT NOT NULL,
    online BOOLEAN NOT NULL,
    drivers TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX conductors_hostname ON conductors (hostname);

CREATE TABLE conductor_interfaces (
    id $SERIAL_KEY,
    hostname TEXT NOT NULL,
    hardware_type TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    is_default BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX conductor_interfaces_key ON conductor_interfaces (hostname, hardware_type, kind, name);
