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
