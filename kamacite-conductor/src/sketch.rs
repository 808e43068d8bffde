//! The handle's signatures.
use std::{sync::Arc, time::Duration};

use kamacite_driver::{
    MethodSpec, Property, Registry,
    interfaces::{BootDeviceSetting, ConsoleAccess},
};
use kamacite_model::*;
use kamacite_store::Store;

use crate::*;

/// A handle to the conductor; cheap to clone. All methods take `who: &Requester`, who asks.
#[derive(Clone)]
pub struct Conductor {}

impl Conductor {
    /// The store, for reading.
    pub fn store(&self) -> &Store {
        todo!()
    }
    pub fn registry(&self) -> Arc<Registry> {
        todo!()
    }
    /// Name of this conductor ("conductor" field of nodes, host of locks).
    pub fn hostname(&self) -> &str {
        todo!()
    }
    pub fn clock(&self) -> &Arc<dyn Clock> {
        todo!()
    }

    // -- nodes. The API has checked syntax (names, lengths, types); the conductor checks rules of states and interfaces, fills default interfaces.
    /// `node.provision_state` as the API's version wants it (enroll or available).
    pub async fn create_node(&self, node: Node, who: &Requester) -> Result<Arc<Node>> {
        todo!()
    }
    pub async fn update_node(&self, node: Uuid, update: NodeUpdate, who: &Requester) -> Result<Arc<Node>> {
        todo!()
    }
    pub async fn delete_node(&self, node: Uuid, who: &Requester) -> Result<()> {
        todo!()
    }
    pub async fn set_maintenance(&self, node: Uuid, on: bool, reason: Option<String>, who: &Requester) -> Result<()> {
        todo!()
    }
    /// Replaces all traits; sorted and made unique here.
    pub async fn set_traits(&self, node: Uuid, traits: Vec<String>, who: &Requester) -> Result<()> {
        todo!()
    }
    pub async fn add_trait(&self, node: Uuid, name: &str, who: &Requester) -> Result<()> {
        todo!()
    }
    /// `false` when the node does not have it.
    pub async fn remove_trait(&self, node: Uuid, name: &str, who: &Requester) -> Result<bool> {
        todo!()
    }
    /// Each kind but vendor: the reason why it cannot work, or nothing.
    pub async fn validate_node(&self, node: Uuid) -> Result<Vec<(InterfaceKind, Result<(), String>)>> {
        todo!()
    }

    // -- states
    pub async fn set_power(
        &self,
        node: Uuid,
        target: PowerTarget,
        timeout: Option<Duration>,
        who: &Requester,
    ) -> Result<OperationId> {
        todo!()
    }
    /// `None` where nothing is left to do after the answer (manage from available, abort, ...).
    pub async fn provision(
        &self,
        node: Uuid,
        request: ProvisionRequest,
        who: &Requester,
    ) -> Result<Option<OperationId>> {
        todo!()
    }
    pub async fn set_target_raid_config(&self, node: Uuid, config: Json, who: &Requester) -> Result<()> {
        todo!()
    }
    pub async fn set_boot_mode(&self, node: Uuid, mode: BootMode, who: &Requester) -> Result<OperationId> {
        todo!()
    }
    pub async fn set_secure_boot(&self, node: Uuid, on: bool, who: &Requester) -> Result<OperationId> {
        todo!()
    }
    /// `None` when the console is not enabled.
    pub async fn console(&self, node: Uuid) -> Result<Option<ConsoleAccess>> {
        todo!()
    }
    pub async fn set_console(&self, node: Uuid, on: bool, who: &Requester) -> Result<Option<OperationId>> {
        todo!()
    }

    // -- management
    pub async fn boot_device(&self, node: Uuid) -> Result<BootDeviceSetting> {
        todo!()
    }
    /// The device as the client names it: an unknown one answers in the driver's words.
    pub async fn set_boot_device(&self, node: Uuid, device: &str, persistent: bool, who: &Requester) -> Result<()> {
        todo!()
    }
    pub async fn supported_boot_devices(&self, node: Uuid) -> Result<Vec<BootDevice>> {
        todo!()
    }

    // -- vendor passthru
    /// The node methods of the node's own vendor interface.
    pub async fn node_methods(&self, node: Uuid) -> Result<Vec<MethodSpec>> {
        todo!()
    }
    pub async fn node_passthru(&self, node: Uuid, call: PassthruCall, who: &Requester) -> Result<PassthruReply> {
        todo!()
    }
    /// Driver methods of the type's default vendor interface, or of the one named.
    pub fn driver_methods(&self, driver: &str, interface: Option<&str>) -> Result<Vec<MethodSpec>> {
        todo!()
    }
    pub async fn driver_passthru(
        &self,
        driver: &str,
        interface: Option<&str>,
        call: PassthruCall,
        who: &Requester,
    ) -> Result<PassthruReply> {
        todo!()
    }

    // -- drivers
    pub async fn drivers(&self) -> Result<Vec<DriverInfo>> {
        todo!()
    }
    /// Union of the properties of the type's default interfaces.
    pub fn driver_properties(&self, driver: &str) -> Result<Vec<Property>> {
        todo!()
    }
    /// Every vendor method of every enabled vendor interface of the type, with schemas (for /kamacite/v1).
    pub fn all_vendor_methods(&self, driver: &str) -> Result<Vec<DriverMethodInfo>> {
        todo!()
    }
    /// Liveness of a conductor: online and heard of lately.
    pub fn is_alive(&self, conductor: &ConductorInfo) -> bool {
        todo!()
    }
}
