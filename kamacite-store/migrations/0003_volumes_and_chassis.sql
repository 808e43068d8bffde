-- What belongs to a node goes with it: the store sees to that, since not every database is asked to.

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
