//! A node as clients of each version see it, written straight from the node.

use std::{borrow::Cow, sync::LazyLock};

use kamacite_model::{Info, InterfaceKind, Json, Node, ProvisionState, Timestamp};
use serde::{Serialize, Serializer, ser::SerializeMap};
use uuid::Uuid;

use crate::{
    fault::{Fault, Result},
    links::{Links, Pair},
    masking::{Guarded, Secrets},
    time::Moment,
    versions::{NodeField, Version, since},
};

/// Which fields are shown, in the order of the wire.
pub type Fields = Cow<'static, [NodeField]>;

/// A node to be written.
#[derive(Debug, Clone, Copy)]
pub struct NodeView<'a> {
    /// The node.
    pub node: &'a Node,
    /// What to show of it.
    pub fields: &'a [NodeField],
    /// The client's version: states have older names.
    pub version: Version,
    /// Where links begin.
    pub links: &'a Links,
    /// The conductor that looks after it.
    pub conductor: Option<&'a str>,
    /// Whether secrets are masked.
    pub secrets: Secrets,
}

/// Every field that a version has.
pub fn all_fields(version: Version) -> Fields {
    static BY_VERSION: LazyLock<Vec<Vec<NodeField>>> = LazyLock::new(|| {
        let shown = |minor| NodeField::ALL.iter().copied().filter(move |field| field.since() <= minor).collect();
        (0..=Version::MAX.minor()).map(shown).collect()
    });
    Cow::Borrowed(&BY_VERSION[usize::from(version.minor())])
}

/// The fields of a list that asks for none.
pub const DEFAULT_FIELDS: [NodeField; 6] = [
    NodeField::InstanceUuid,
    NodeField::Maintenance,
    NodeField::PowerState,
    NodeField::ProvisionState,
    NodeField::Uuid,
    NodeField::Name,
];

/// The default fields that a version has.
pub fn default_fields(version: Version) -> Fields {
    let has = |field: &&NodeField| version.has(field.since());
    Cow::Owned(in_order(&DEFAULT_FIELDS.iter().filter(has).copied().collect::<Vec<_>>()))
}

/// The fields of a `?fields=`: those of newer versions are 406, unknown ones 400.
pub fn chosen_fields(version: Version, names: &[String]) -> Result<Fields> {
    let found: Vec<Option<NodeField>> = names.iter().map(|name| NodeField::named(name)).collect();
    for field in found.iter().flatten().filter(|field| can_be_chosen(**field)) {
        version.require(field.since())?;
    }
    let mut chosen = Vec::with_capacity(found.len());
    for (name, field) in names.iter().zip(found) {
        match field.filter(|field| can_be_chosen(*field)) {
            Some(field) => chosen.push(field),
            None => return Err(Fault::invalid(format!("Field {name} is not a valid field."))),
        }
    }
    Ok(Cow::Owned(in_order(&chosen)))
}

/// Links cannot be chosen, nor the moments of the record; that is how the reference has it.
pub const fn can_be_chosen(field: NodeField) -> bool {
    use NodeField as F;
    !matches!(field, F::CreatedAt | F::UpdatedAt | F::Links | F::Ports | F::States | F::Portgroups | F::Volume)
}

/// The order of the wire: identity first, then as asked, then links and what is looked up elsewhere.
fn in_order(asked: &[NodeField]) -> Vec<NodeField> {
    use NodeField as F;
    const LAST: [NodeField; 3] = [F::Conductor, F::AllocationUuid, F::ChassisUuid];
    let has = |field: &NodeField| asked.contains(field);
    let mut ordered: Vec<NodeField> = [F::Uuid].into_iter().filter(has).collect();
    ordered.extend(asked.iter().copied().filter(|field| *field != F::Uuid && !LAST.contains(field)));
    ordered.push(F::Links);
    ordered.extend(LAST.into_iter().filter(has));
    ordered
}

/// The provision state's name in a version.
pub fn state_name(state: ProvisionState, version: Version) -> Option<&'static str> {
    match state {
        ProvisionState::Available if !version.has(since::AVAILABLE_SHOWN) => None,
        ProvisionState::InspectWait if !version.has(since::INSPECT_WAIT_SHOWN) => {
            Some(ProvisionState::Inspecting.as_str())
        }
        state => Some(state.as_str()),
    }
}

impl Serialize for NodeView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut buffer = Uuid::encode_buffer();
        let uuid = self.node.uuid.hyphenated().encode_lower(&mut buffer);
        let mut map = serializer.serialize_map(Some(self.fields.len()))?;
        for field in self.fields {
            map.serialize_entry(field.as_str(), &self.value(*field, uuid))?;
        }
        map.end()
    }
}

impl<'a> NodeView<'a> {
    fn value<'b>(&self, field: NodeField, uuid: &'b str) -> FieldValue<'b>
    where
        'a: 'b,
    {
        use FieldValue::{Flag, Object, Texts};
        use NodeField as F;
        let node: &'b Node = self.node;
        match field {
            F::Uuid => FieldValue::Text(uuid),
            F::CreatedAt => FieldValue::At(node.created_at),
            F::UpdatedAt => at(node.updated_at),
            F::AutomatedClean => node.automated_clean.map_or(FieldValue::Null, Flag),
            F::BiosInterface => interface(node, InterfaceKind::Bios),
            F::BootInterface => interface(node, InterfaceKind::Boot),
            F::BootMode => text(node.boot_mode.map(|mode| mode.as_str())),
            F::CleanStep => Object(&node.clean_step),
            F::ConductorGroup => FieldValue::Text(&node.conductor_group),
            F::ConsoleEnabled => Flag(node.console_enabled),
            F::ConsoleInterface => interface(node, InterfaceKind::Console),
            F::DisablePowerOff => Flag(node.disable_power_off),
            F::DeployInterface => interface(node, InterfaceKind::Deploy),
            F::DeployStep => Object(&node.deploy_step),
            F::Description => text(node.description.as_deref()),
            F::Driver => FieldValue::Text(&node.driver),
            F::DriverInfo => self.guarded(&node.driver_info, &["snmp_auth_key", "snmp_priv_key"]),
            F::DriverInternalInfo => self.guarded(&node.driver_internal_info, &[]),
            F::Extra => Object(&node.extra),
            F::Fault => text(node.fault.map(|fault| fault.as_str())),
            F::FirmwareInterface => interface(node, InterfaceKind::Firmware),
            F::Health => text(node.health.as_deref()),
            F::InspectionFinishedAt => at(node.inspection_finished_at),
            F::InspectionStartedAt => at(node.inspection_started_at),
            F::InspectInterface => interface(node, InterfaceKind::Inspect),
            F::InstanceInfo => self.guarded(&node.instance_info, &["configdrive", "image_url"]),
            F::InstanceName => text(node.instance_name.as_deref()),
            F::InstanceUuid => text(node.instance_uuid.as_deref()),
            F::LastError => text(node.last_error.as_deref()),
            F::Lessee => text(node.lessee.as_deref()),
            F::Maintenance => Flag(node.maintenance),
            F::MaintenanceReason => text(node.maintenance_reason.as_deref()),
            F::ManagementInterface => interface(node, InterfaceKind::Management),
            F::Name => text(node.name.as_deref()),
            F::NetworkData => Object(&node.network_data),
            F::NetworkInterface => interface(node, InterfaceKind::Network),
            F::Owner => text(node.owner.as_deref()),
            F::ParentNode => text(node.parent_node.as_deref()),
            F::PowerInterface => interface(node, InterfaceKind::Power),
            F::PowerState => text(node.power_state.map(|state| state.as_str())),
            F::Properties => Object(&node.properties),
            F::Protected => Flag(node.protected),
            F::ProtectedReason => text(node.protected_reason.as_deref()),
            F::ProvisionState => text(state_name(node.provision_state, self.version)),
            F::ProvisionUpdatedAt => at(node.provision_updated_at),
            F::RaidConfig => Object(&node.raid_config),
            F::RaidInterface => interface(node, InterfaceKind::Raid),
            F::RescueInterface => interface(node, InterfaceKind::Rescue),
            F::Reservation => text(node.reservation.as_deref()),
            F::ResourceClass => text(node.resource_class.as_deref()),
            F::Retired => Flag(node.retired),
            F::RetiredReason => text(node.retired_reason.as_deref()),
            F::SecureBoot => node.secure_boot.map_or(FieldValue::Null, Flag),
            F::ServiceStep => Object(&node.service_step),
            F::Shard => text(node.shard.as_deref()),
            F::StorageInterface => interface(node, InterfaceKind::Storage),
            F::TargetPowerState => text(node.target_power_state.map(|state| state.as_str())),
            F::TargetProvisionState => text(node.target_provision_state.map(ProvisionState::as_str)),
            F::TargetRaidConfig => Object(&node.target_raid_config),
            F::Traits => Texts(&node.traits),
            F::VendorInterface => interface(node, InterfaceKind::Vendor),
            F::Links => self.link(uuid, ""),
            F::Conductor => text(self.conductor),
            F::AllocationUuid => node.allocation_uuid.map_or(FieldValue::Null, FieldValue::Id),
            F::ChassisUuid => node.chassis_uuid.map_or(FieldValue::Null, FieldValue::Id),
            F::Ports => self.link(uuid, "/ports"),
            F::States => self.link(uuid, "/states"),
            F::Portgroups => self.link(uuid, "/portgroups"),
            F::Volume => self.link(uuid, "/volume"),
        }
    }

    fn guarded(&self, info: &'a Info, also: &'static [&'static str]) -> FieldValue<'a> {
        FieldValue::Guarded(Guarded { info, secrets: self.secrets, also })
    }

    fn link<'b>(&self, uuid: &'b str, rest: &'b str) -> FieldValue<'b>
    where
        'a: 'b,
    {
        FieldValue::Links(self.links.pair("nodes", uuid, rest))
    }
}

fn text(text: Option<&str>) -> FieldValue<'_> {
    text.map_or(FieldValue::Null, FieldValue::Text)
}

fn at(moment: Option<Timestamp>) -> FieldValue<'static> {
    moment.map_or(FieldValue::Null, FieldValue::At)
}

fn interface(node: &Node, kind: InterfaceKind) -> FieldValue<'_> {
    text(node.interface(kind).map(|name| &**name))
}

/// One value of a node, borrowed.
enum FieldValue<'a> {
    Null,
    Flag(bool),
    Text(&'a str),
    At(Timestamp),
    Id(Uuid),
    Object(&'a Json),
    Guarded(Guarded<'a>),
    Texts(&'a [String]),
    Links(Pair<'a>),
}

impl Serialize for FieldValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Text(text) => serializer.serialize_str(text),
            Self::At(moment) => Moment(*moment).serialize(serializer),
            Self::Id(id) => id.serialize(serializer),
            Self::Object(map) => map.serialize(serializer),
            Self::Guarded(info) => info.serialize(serializer),
            Self::Texts(texts) => texts.serialize(serializer),
            Self::Links(links) => links.serialize(serializer),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use kamacite_model::InterfaceMap;
    use serde_json::Value;

    use super::*;

    /// The node whose documents were recorded from the reference.
    fn recorded() -> Node {
        let uuid = "4de8c390-8d70-4743-ab2a-7e8be13122df".parse().unwrap();
        let mut node = Node::new(uuid, "fake-hardware", "2026-11-20T11:50:04.899725Z".parse().unwrap());
        node.interfaces = InterfaceMap::from_fn(|kind| match kind {
            InterfaceKind::Network | InterfaceKind::Storage => Some("noop".into()),
            _ => Some("fake".into()),
        });
        node
    }

    fn shown(node: &Node, version: Version, fields: &[NodeField]) -> Value {
        let links = Links::new("http://127.0.0.1:16385");
        let conductor = Some("localhost");
        let view = NodeView { node, fields, version, links: &links, conductor, secrets: Secrets::Masked };
        serde_json::to_value(view).unwrap()
    }

    #[test]
    fn a_node_is_shown_as_the_reference_shows_it_in_every_version() {
        let documents: Value = serde_json::from_str(include_str!("../../tests/data/node_documents.json")).unwrap();
        for (version, expected) in documents.as_object().unwrap() {
            let minor = version.strip_prefix("1.").unwrap().parse().unwrap();
            let version = Version::new(minor).unwrap();
            let shown = shown(&recorded(), version, &all_fields(version));
            assert_eq!(&shown, expected, "{version}");
            let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
            assert_eq!(keys(&shown), keys(expected), "{version}");
        }
    }

    #[test]
    fn old_clients_see_old_names_of_states() {
        let state = |state, minor| state_name(state, Version::new(minor).unwrap());
        assert_eq!(state(ProvisionState::Available, 1), None);
        assert_eq!(state(ProvisionState::Available, 2), Some("available"));
        assert_eq!(state(ProvisionState::InspectWait, 38), Some("inspecting"));
        assert_eq!(state(ProvisionState::InspectWait, 39), Some("inspect wait"));
        assert_eq!(state(ProvisionState::Enroll, 1), Some("enroll"));
    }

    fn keys(fields: &Fields) -> Vec<&'static str> {
        fields.iter().map(|field| field.as_str()).collect()
    }

    #[test]
    fn a_list_shows_little() {
        let expected = ["uuid", "instance_uuid", "maintenance", "power_state", "provision_state", "name", "links"];
        assert_eq!(keys(&default_fields(Version::MAX)), expected);
        assert!(!keys(&default_fields(Version::new(4).unwrap())).contains(&"name"));
    }

    #[test]
    fn chosen_fields_come_with_links() {
        let chosen = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            chosen_fields(Version::MAX, &names)
        };
        assert_eq!(
            keys(&chosen(&["name", "uuid", "conductor", "driver"]).unwrap()),
            ["uuid", "name", "driver", "links", "conductor"]
        );
        assert_eq!(keys(&chosen(&[]).unwrap()), ["links"]);
        assert_eq!(chosen(&["links"]).unwrap_err().text(), "Field links is not a valid field.");
    }

    #[test]
    fn secrets_are_masked() {
        let mut node = recorded();
        let info = |json: Value| Info(json.as_object().cloned().unwrap());
        node.driver_info = info(serde_json::json!({"ipmi_password": "p", "snmp_auth_key": "k", "ipmi_username": "u"}));
        node.instance_info = info(serde_json::json!({"configdrive": "d", "image_url": "u", "image_source": "s"}));
        node.driver_internal_info = info(serde_json::json!({"agent_secret_token": "t", "agent_url": "u"}));
        let text = shown(&node, Version::MAX, &all_fields(Version::MAX)).to_string();
        assert_eq!(text.matches("******").count(), 5, "{text}");
    }
}
