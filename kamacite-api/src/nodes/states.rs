//! `GET /v1/nodes/{node}/states`: where a node stands.

use std::sync::Arc;

use kamacite_model::{Node, ProvisionState};
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    App,
    answer::Json,
    fault::Result,
    policy::Policy,
    request::{Caller, Input, NodeIdent},
    time::Moment,
    versions::{Version, since},
};

use super::view::state_name;

/// `GET /v1/nodes/{node}/states`
pub async fn show(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Json<States>> {
    input.query(&[])?;
    let node = app.node(&who, &ident, Policy::NodeGetStates).await?;
    Ok(Json(States { node, version: who.version }))
}

/// A node's states as a version shows them.
pub struct States {
    node: Arc<Node>,
    version: Version,
}

impl Serialize for States {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (node, version) = (&*self.node, self.version);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("console_enabled", &node.console_enabled)?;
        map.serialize_entry("last_error", &node.last_error)?;
        map.serialize_entry("power_state", &node.power_state)?;
        map.serialize_entry("provision_state", &state_name(node.provision_state, version))?;
        map.serialize_entry("target_power_state", &node.target_power_state)?;
        let target = node.target_provision_state.map(ProvisionState::as_str);
        map.serialize_entry("target_provision_state", &target)?;
        map.serialize_entry("provision_updated_at", &node.provision_updated_at.map(Moment))?;
        if version.has(since::RAID) {
            map.serialize_entry("raid_config", &node.raid_config)?;
            map.serialize_entry("target_raid_config", &node.target_raid_config)?;
        }
        if version.has(since::BOOT_MODE) {
            map.serialize_entry("boot_mode", &node.boot_mode)?;
            map.serialize_entry("secure_boot", &node.secure_boot)?;
        }
        map.end()
    }
}
