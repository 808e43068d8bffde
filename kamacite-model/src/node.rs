//! A node: one machine under management, and what is known of it.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{BootMode, Info, InterfaceKind, InterfaceMap, PowerState, ProvisionState, named::named};

/// A JSON object.
pub type Json = Map<String, Value>;

/// The step that runs now, as clients see it: empty when none does.
pub type StepRecord = Json;

named! {
    /// Why the conductor put a node into maintenance.
    pub enum Fault ("fault") {
        /// Its power cannot be read or changed.
        PowerFailure = "power failure",
        /// Cleaning broke off in the middle.
        CleanFailure = "clean failure",
        /// Leaving a broken rescue went wrong.
        RescueAbortFailure = "rescue abort failure",
        /// Servicing broke off in the middle.
        ServiceFailure = "service failure",
    }
}

/// One machine under management.
///
/// Plain data: whoever holds a node holds a snapshot. Changes go through the conductor, under the node's reservation.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Node {
    /// Its identity.
    pub uuid: Uuid,
    /// A name clients may use instead of the UUID.
    pub name: Option<String>,
    /// What it is, in a person's words.
    pub description: Option<String>,
    /// The hardware type.
    pub driver: Arc<str>,
    /// The implementation of each kind of interface.
    pub interfaces: InterfaceMap<Option<Arc<str>>>,
    /// How to reach and drive the hardware; holds credentials.
    pub driver_info: Info,
    /// What drivers and the conductor keep about the node.
    pub driver_internal_info: Info,
    /// What the instance on it needs.
    pub instance_info: Info,
    /// The instance, where there is one.
    pub instance_uuid: Option<String>,
    /// The instance's name.
    pub instance_name: Option<String>,
    /// Facts about the hardware: `cpu_arch`, `memory_mb`, `local_gb`, `capabilities` and others.
    pub properties: Json,
    /// Whatever clients want to keep with the node.
    pub extra: Json,
    /// Static network configuration of the ramdisk.
    pub network_data: Json,
    /// The class the node is scheduled by.
    pub resource_class: Option<String>,
    /// What the node can do, as sorted names.
    pub traits: Vec<String>,
    /// The chassis it stands in.
    pub chassis_uuid: Option<Uuid>,
    /// The conductors that may manage it.
    pub conductor_group: String,
    /// The node it is a part of.
    pub parent_node: Option<String>,
    /// The part of the fleet that a client looks after.
    pub shard: Option<String>,
    /// The project that owns it.
    pub owner: Option<String>,
    /// The project that uses it.
    pub lessee: Option<String>,
    /// The allocation that holds it.
    pub allocation_uuid: Option<Uuid>,

    /// Where it stands.
    pub provision_state: ProvisionState,
    /// Where it is heading.
    pub target_provision_state: Option<ProvisionState>,
    /// When its provision state changed last.
    pub provision_updated_at: Option<Timestamp>,
    /// Its power as last seen.
    pub power_state: Option<PowerState>,
    /// The power it is being brought to.
    pub target_power_state: Option<PowerState>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// The clean step that runs.
    pub clean_step: StepRecord,
    /// The deploy step that runs.
    pub deploy_step: StepRecord,
    /// The service step that runs.
    pub service_step: StepRecord,
    /// The conductor that holds its lock.
    pub reservation: Option<String>,
    /// Counts acquisitions of the lock; every write under the lock carries it.
    pub fence: i64,
    /// The conductor that last looked after it.
    pub conductor_affinity: Option<String>,

    /// No automatic work is done on it.
    pub maintenance: bool,
    /// Why.
    pub maintenance_reason: Option<String>,
    /// What the conductor found wrong.
    pub fault: Option<Fault>,
    /// The instance on it may not be removed.
    pub protected: bool,
    /// Why.
    pub protected_reason: Option<String>,
    /// It leaves the fleet when its instance is gone.
    pub retired: bool,
    /// Why.
    pub retired_reason: Option<String>,
    /// Whether it is cleaned by itself; `None` follows the configuration.
    pub automated_clean: Option<bool>,
    /// It must never be powered off.
    pub disable_power_off: bool,
    /// Its console is open.
    pub console_enabled: bool,

    /// Logical disks as they are.
    pub raid_config: Json,
    /// Logical disks as they should be.
    pub target_raid_config: Json,
    /// Firmware boot mode as last seen.
    pub boot_mode: Option<BootMode>,
    /// Secure boot as last seen.
    pub secure_boot: Option<bool>,
    /// `OK`, `Warning` or `Critical`, as the BMC last said.
    pub health: Option<String>,
    /// When inspection began.
    pub inspection_started_at: Option<Timestamp>,
    /// When inspection ended.
    pub inspection_finished_at: Option<Timestamp>,

    /// When it was enrolled.
    pub created_at: Timestamp,
    /// When anything of it changed last.
    pub updated_at: Option<Timestamp>,
}

impl Node {
    /// A node as it is on enrolment: every field empty but its identity and hardware type.
    pub fn new(uuid: Uuid, driver: impl Into<Arc<str>>, created_at: Timestamp) -> Self {
        Self {
            uuid,
            name: None,
            description: None,
            driver: driver.into(),
            interfaces: InterfaceMap::default(),
            driver_info: Info::default(),
            driver_internal_info: Info::default(),
            instance_info: Info::default(),
            instance_uuid: None,
            instance_name: None,
            properties: Json::new(),
            extra: Json::new(),
            network_data: Json::new(),
            resource_class: None,
            traits: Vec::new(),
            chassis_uuid: None,
            conductor_group: String::new(),
            parent_node: None,
            shard: None,
            owner: None,
            lessee: None,
            allocation_uuid: None,
            provision_state: ProvisionState::Enroll,
            target_provision_state: None,
            provision_updated_at: None,
            power_state: None,
            target_power_state: None,
            last_error: None,
            clean_step: StepRecord::new(),
            deploy_step: StepRecord::new(),
            service_step: StepRecord::new(),
            reservation: None,
            fence: 0,
            conductor_affinity: None,
            maintenance: false,
            maintenance_reason: None,
            fault: None,
            protected: false,
            protected_reason: None,
            retired: false,
            retired_reason: None,
            automated_clean: None,
            disable_power_off: false,
            console_enabled: false,
            raid_config: Json::new(),
            target_raid_config: Json::new(),
            boot_mode: None,
            secure_boot: None,
            health: None,
            inspection_started_at: None,
            inspection_finished_at: None,
            created_at,
            updated_at: None,
        }
    }

    /// The implementation of one kind of interface; `None` before the defaults are filled in.
    pub fn interface(&self, kind: InterfaceKind) -> Option<&Arc<str>> {
        self.interfaces[kind].as_ref()
    }

    /// Moves to a state, stamps the moment, and points the target where the state machine says.
    pub fn enter(&mut self, state: ProvisionState, at: Timestamp) {
        self.provision_state = state;
        self.target_provision_state = state.facts().target;
        self.provision_updated_at = Some(at);
    }
}
