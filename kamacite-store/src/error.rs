//! What can go wrong with rows.

use std::{error::Error as StdError, path::PathBuf, sync::Arc};

use kamacite_model::{OperationId, Uuid};

/// What a store answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The cause of an error, shared because one failed commit is told to everyone who was part of it.
pub type Cause = Arc<dyn StdError + Send + Sync>;

/// Why the store did not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// Another node has the name.
    #[error("another node is named {name:?}; choose another name")]
    NodeNameTaken {
        /// The name.
        name: String,
    },
    /// Another node has the UUID.
    #[error("node {uuid} exists already")]
    NodeUuidTaken {
        /// The UUID.
        uuid: Uuid,
    },
    /// Another node has the instance.
    #[error("instance {instance_uuid} is on node {node} already")]
    InstanceTaken {
        /// The instance.
        instance_uuid: String,
        /// The node that has it.
        node: Uuid,
    },
    /// Another has what must be unlike any other's.
    #[error("another {what} has the {column} {value}; choose another")]
    Taken {
        /// What it is: a port, a group of ports.
        what: &'static str,
        /// What is taken of it.
        column: &'static str,
        /// The value.
        value: String,
    },
    /// What is to be changed is not there.
    #[error("no {} {uuid}", what.to_lowercase())]
    NotThere {
        /// What it is, as the reference calls it.
        what: &'static str,
        /// The one asked for.
        uuid: Uuid,
    },
    /// A group that is to go has ports.
    #[error("portgroup {portgroup} has ports; take them out first")]
    PortgroupNotEmpty {
        /// The group.
        portgroup: Uuid,
    },
    /// A group that is to join a network is on another one by then.
    #[error("portgroup {portgroup} is on physical network {is_on}, not {wanted}; choose one of them")]
    PortgroupElsewhere {
        /// The group.
        portgroup: Uuid,
        /// Where it is.
        is_on: String,
        /// Where it was to be.
        wanted: String,
    },
    /// A chassis that is to go has nodes.
    #[error("chassis {chassis} has nodes; take them out first")]
    ChassisNotEmpty {
        /// The chassis.
        chassis: Uuid,
    },
    /// There is no such node.
    #[error("no node {node}")]
    NodeNotFound {
        /// The node asked for.
        node: Uuid,
    },
    /// Someone holds the node's lock.
    #[error("node {node} is locked by {holder}; try again when it is released")]
    NodeLocked {
        /// The node.
        node: Uuid,
        /// Who holds it.
        holder: String,
    },
    /// The lock under which a change was made is no longer held; nothing was written.
    #[error("node {node} was changed without its lock: another holder has taken it; load it and start over")]
    LeaseLost {
        /// The node.
        node: Uuid,
    },
    /// Where a listing was to go on is not known.
    #[error("cannot list from {marker} on: there is no such row; start from the beginning")]
    MarkerNotFound {
        /// The marker that was given.
        marker: Uuid,
    },
    /// There is no such operation.
    #[error("no operation {operation}")]
    OperationNotFound {
        /// The operation asked for.
        operation: OperationId,
    },
    /// There is no such conductor.
    #[error("conductor {hostname:?} is not registered")]
    ConductorNotFound {
        /// The conductor asked for.
        hostname: String,
    },
    /// Another process has the database open.
    #[error(
        "cannot open the database: {} is held by {}; one process at a time may use it, stop the other",
        lock.display(),
        holder.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
    )]
    DatabaseInUse {
        /// The lock file.
        lock: PathBuf,
        /// The process that holds it, as it says in the file.
        holder: Option<u32>,
    },
    /// The database is of a kind that is not supported.
    #[error("cannot use a {scheme:?} database: {remedy}")]
    UnsupportedDatabase {
        /// The URL's scheme.
        scheme: String,
        /// What to do instead.
        remedy: &'static str,
    },
    /// The database was written by a newer program.
    #[error(
        "the database has schema version {found}, this program knows up to {known}; run the newer program, or restore a backup \
         that was made before it changed the schema"
    )]
    SchemaTooNew {
        /// The version of the database.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// A step of the schema did not apply; the database is as it was before that step.
    #[error("cannot bring the database to schema version {version} ({name})")]
    Migration {
        /// The version that was to be reached.
        version: i64,
        /// The step's name.
        name: &'static str,
        /// Why.
        #[source]
        source: Cause,
    },
    /// A row holds what this program cannot read.
    #[error("cannot read column {column} of {table}")]
    Malformed {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// Why.
        #[source]
        source: Cause,
    },
    /// A JSON value is nested too deeply to be read back.
    #[error("cannot store {column}: it is nested more than {limit} levels deep")]
    NestedTooDeeply {
        /// The column.
        column: &'static str,
        /// The deepest that is stored.
        limit: usize,
    },
    /// The database did not do what it was told.
    #[error("database trouble while {attempted}")]
    Database {
        /// What was being done.
        attempted: &'static str,
        /// Why it failed.
        #[source]
        source: Cause,
    },
    /// A file beside the database could not be used.
    #[error("cannot use {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Arc<std::io::Error>,
    },
    /// What was written may not be on disk; nothing more is written.
    #[error(
        "cannot tell how much of {} is on disk, so nothing more is written; look after the disk, then start the service again",
        log.display()
    )]
    NotOnDisk {
        /// The database's write-ahead log.
        log: PathBuf,
        /// Why.
        #[source]
        source: Arc<std::io::Error>,
    },
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}
