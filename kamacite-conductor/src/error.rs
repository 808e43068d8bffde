//! Why the conductor did not do what it was asked.

use kamacite_driver::{ErrorKind, ResolveError};
use kamacite_model::{ProvisionState, Uuid};

/// What the conductor answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the conductor did not do what it was asked. The messages are the reference's where clients may rely on them.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such node.
    #[error("Node {0} could not be found.")]
    NodeNotFound(Uuid),
    /// There is no such port, or whatever else belongs to a node.
    #[error("{what} {uuid} could not be found.")]
    NotThere {
        /// What it is: `Port`, `Portgroup`, `Allocation`.
        what: &'static str,
        /// The one asked for.
        uuid: Uuid,
    },
    /// Someone holds the node's lock, and did not let go while we waited.
    #[error("Node {node} is locked by host {holder}, please retry after the current operation is completed.")]
    NodeLocked {
        /// The node.
        node: Uuid,
        /// Who holds it.
        holder: String,
    },
    /// The lock was lost in the middle: another conductor has taken the node.
    #[error("the lock of node {node} was lost to another conductor; ask again, it knows what is true")]
    LockLost {
        /// The node.
        node: Uuid,
    },
    /// Another node has the name.
    #[error("A node with name {0} already exists.")]
    NameTaken(String),
    /// Another node has the UUID.
    #[error("A node with UUID {0} already exists.")]
    UuidTaken(Uuid),
    /// The instance is on another node.
    #[error(
        "Instance {instance} is already associated with a node, it cannot be associated with this other node {node}"
    )]
    InstanceTaken {
        /// The instance.
        instance: String,
        /// The node that has it.
        node: Uuid,
    },
    /// The node has another instance.
    #[error("Node {node} is associated with instance {instance}.")]
    NodeAssociated {
        /// The node.
        node: Uuid,
        /// The instance that it has.
        instance: String,
    },
    /// The verb does not fit the state.
    #[error(r#"The requested action "{action}" can not be performed on node "{node}" while it is in state "{state}"."#)]
    WrongState {
        /// What was asked.
        action: String,
        /// The node.
        node: Uuid,
        /// The state it is in.
        state: ProvisionState,
    },
    /// The operation is not for nodes in maintenance.
    #[error("The {operation} operation can't be performed on node {node} because it's in maintenance mode.")]
    InMaintenance {
        /// The operation.
        operation: &'static str,
        /// The node.
        node: Uuid,
    },
    /// The node is protected.
    #[error("Node {0} is protected and cannot be undeployed, rebuilt or deleted")]
    Protected(Uuid),
    /// Something said is wrong.
    #[error("{0}")]
    Invalid(String),
    /// It does not fit what is going on with the node.
    #[error("{0}")]
    Conflict(String),
    /// No enabled hardware type has the name.
    #[error("The driver '{0}' is unknown.")]
    UnknownDriver(String),
    /// No conductor manages nodes of that hardware type in that group.
    #[error(
        "No valid host was found. Reason: No conductor service registered which supports driver {driver} for \
         conductor group \"{group}\". Ensure the driver is valid and enabled."
    )]
    NoValidHost {
        /// The hardware type.
        driver: String,
        /// The group.
        group: String,
    },
    /// A node cannot have one of its interfaces.
    #[error(transparent)]
    Interface(#[from] ResolveError),
    /// The vendor interface has no such method.
    #[error("No handler for method {0}")]
    NoMethod(String),
    /// The method does not answer to the verb.
    #[error("The method {method} does not support HTTP {verb}")]
    WrongVerb {
        /// The method.
        method: String,
        /// The verb that was used.
        verb: kamacite_driver::Verb,
    },
    /// Too much is going on already.
    #[error("{0}")]
    Busy(String),
    /// An operation of the journal cannot be read; a newer program wrote it.
    #[error(
        "operation {operation} cannot be continued by this program: {why}; run the newer program, or abandon the operation"
    )]
    Unreadable {
        /// The operation.
        operation: Uuid,
        /// What is wrong with it.
        why: String,
    },
    /// What was asked cannot be written into the journal.
    #[error("what was asked cannot be written into the journal: {0}")]
    Unwritable(String),
    /// The work ended without an outcome: a defect.
    #[error("the work on the request broke off; this is a defect of the program, the log tells more")]
    Broken,
    /// A driver could not do it.
    #[error(transparent)]
    Driver(#[from] kamacite_driver::Error),
    /// The database could not do it.
    #[error("the database did not do it; nothing was changed")]
    Store(#[source] kamacite_store::Error),
}

impl Error {
    /// The driver's own words, or ours: what is written to `last_error`.
    pub fn words(&self) -> String {
        self.to_string()
    }

    /// Whether the node is no longer this conductor's to work on: what was being done there is left as it stands.
    pub fn is_lock_lost(&self) -> bool {
        matches!(self, Self::LockLost { .. }) || self.driver_kind() == Some(ErrorKind::LockLost)
    }

    /// What kind of trouble a driver had, where it was a driver.
    pub fn driver_kind(&self) -> Option<ErrorKind> {
        if let Self::Driver(error) = self { Some(error.kind()) } else { None }
    }
}

impl From<kamacite_store::Error> for Error {
    fn from(error: kamacite_store::Error) -> Self {
        use kamacite_store::Error as Store;
        match error {
            Store::NodeNameTaken { name } => Self::NameTaken(name),
            Store::NodeUuidTaken { uuid } => Self::UuidTaken(uuid),
            Store::InstanceTaken { instance_uuid, node } => Self::InstanceTaken { instance: instance_uuid, node },
            Store::Taken { what, column, value } => {
                let article = if what.starts_with('a') { "An" } else { "A" };
                Self::Conflict(format!("{article} {what} with {column} {value} already exists."))
            }
            Store::NotThere { what, uuid } => Self::NotThere { what, uuid },
            Store::PortgroupNotEmpty { portgroup } => Self::Invalid(format!(
                "Cannot complete the requested action because portgroup {portgroup} contains ports."
            )),
            Store::PortgroupElsewhere { portgroup, is_on, wanted } => {
                Self::Conflict(crate::ports::another_network(portgroup, &wanted, &is_on))
            }
            Store::ChassisNotEmpty { chassis } => {
                Self::Invalid(format!("Cannot complete the requested action because chassis {chassis} contains nodes."))
            }
            Store::NodeNotFound { node } => Self::NodeNotFound(node),
            Store::NodeLocked { node, holder } => Self::NodeLocked { node, holder },
            Store::LeaseLost { node } => Self::LockLost { node },
            Store::NestedTooDeeply { column, limit } => {
                Self::Invalid(format!("{column} is nested more than {limit} levels deep; make it flatter"))
            }
            error @ (Store::MarkerNotFound { .. }
            | Store::OperationNotFound { .. }
            | Store::ConductorNotFound { .. }
            | Store::DatabaseInUse { .. }
            | Store::NotOnDisk { .. }
            | Store::UnsupportedDatabase { .. }
            | Store::SchemaTooNew { .. }
            | Store::Migration { .. }
            | Store::Malformed { .. }
            | Store::Database { .. }
            | Store::File { .. }
            | Store::Closed) => Self::Store(error),
        }
    }
}
