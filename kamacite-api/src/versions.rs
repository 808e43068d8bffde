//! The one version table: since which microversion each field, verb, filter and endpoint is there.
//!
//! It is applied once on the way in (what a client may say) and once on the way out (what it is shown). A test holds it
//! against the recorded facts of the reference.

mod allocations;
mod chassis;
mod nodes;
mod ports;
mod volume;

use std::fmt;

use kamacite_model::Verb;

use crate::fault::{Fault, Result};

pub use allocations::AllocationField;
pub use chassis::ChassisField;
pub use nodes::{BiosField, FirmwareField, HistoryField, NodeField, NodeFilterName};
pub use ports::{PortField, PortgroupField};
pub use volume::{VolumeConnectorField, VolumeTargetField};

/// A microversion of the API, `1.N`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u16);

impl Version {
    /// The oldest one; also what a client gets that asks for none.
    pub const MIN: Self = Self(1);
    /// The newest one.
    pub const MAX: Self = Self(115);

    /// The version `1.minor`, where there is one.
    pub fn new(minor: u16) -> Option<Self> {
        (Self::MIN.0..=Self::MAX.0).contains(&minor).then_some(Self(minor))
    }

    /// Whether this version has what came with `1.since`.
    pub const fn has(self, since: u16) -> bool {
        self.0 >= since
    }

    /// The `N` of `1.N`.
    pub const fn minor(self) -> u16 {
        self.0
    }

    /// Refuses what came with a newer version, without a word about which.
    pub fn require(self, since: u16) -> Result<()> {
        if self.has(since) { Ok(()) } else { Err(Fault::not_acceptable()) }
    }

    /// Refuses what came with a newer version, and says which that is.
    pub fn require_named(self, since: u16) -> Result<()> {
        if self.has(since) { Ok(()) } else { Err(Fault::version_needed(since)) }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.0)
    }
}

/// What a document may hold, row by row, as `fields!` makes it.
pub trait Field: Copy + Send + 'static {
    /// Every field, in the order of the wire.
    const ALL: &'static [Self];

    /// The name on the wire.
    fn as_str(self) -> &'static str;

    /// The version `1.N` that it came with.
    fn since(self) -> u16;

    /// The field of that name.
    fn named(name: &str) -> Option<Self>;

    /// Those that a version has, in the order of the wire.
    fn of(version: Version) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |field| version.has(field.since()))
    }

    /// All names, in the order of the wire.
    fn names() -> impl Iterator<Item = &'static str> + Clone {
        Self::ALL.iter().map(|field| field.as_str())
    }

    /// All names, by the alphabet.
    fn sorted_names() -> Vec<&'static str> {
        let mut names: Vec<_> = Self::names().collect();
        names.sort_unstable();
        names
    }
}

macro_rules! fields {
    ($(#[$meta:meta])* pub enum $Set:ident { $($Member:ident = $name:literal since $since:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "each is named as on the wire")]
        pub enum $Set { $($Member,)+ }

        #[allow(dead_code, reason = "some sets are walked or searched by tests only")]
        impl $Set {
            /// Every field, in the order of the wire.
            pub const ALL: &'static [Self] = &[$(Self::$Member,)+];

            /// The name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$Member => $name,)+ }
            }

            /// The version `1.N` that it came with.
            pub const fn since(self) -> u16 {
                match self { $(Self::$Member => $since,)+ }
            }

            /// The field of that name.
            pub fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$Member),)+ _ => None }
            }
        }

        impl $crate::versions::Field for $Set {
            const ALL: &'static [Self] = Self::ALL;

            fn as_str(self) -> &'static str {
                self.as_str()
            }

            fn since(self) -> u16 {
                self.since()
            }

            fn named(name: &str) -> Option<Self> {
                Self::named(name)
            }
        }
    };
}
pub(crate) use fields;

fields! {
    /// What `GET /v1` lists beside chassis, nodes, ports and drivers.
    pub enum RootResource {
        Portgroups = "portgroups" since 23,
        Volume = "volume" since 32,
        Lookup = "lookup" since 22,
        Heartbeat = "heartbeat" since 22,
        Conductors = "conductors" since 49,
        Allocations = "allocations" since 52,
        Events = "events" since 54,
        DeployTemplates = "deploy_templates" since 55,
        Shards = "shards" since 82,
        Runbooks = "runbooks" since 92,
        InspectionRules = "inspection_rules" since 96,
        ContinueInspection = "continue_inspection" since 84,
    }
}

/// What an endpoint answers below the version that it came with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Below {
    /// 406, and nothing else.
    NotAcceptable,
    /// 404, as for a path that is not there.
    NoSuchPath,
    /// 404 of the endpoint itself, in the words of a path that is not there.
    NotThere,
    /// 404, of the node itself.
    ResourceNotFound,
    /// 405, with the verbs of the node itself.
    MethodNotAllowed,
    /// 404 of the endpoint itself.
    Unsupported,
    /// 404 of the endpoint itself, naming the version.
    SupportedSince,
    /// 404 of the endpoint itself, naming what is not there.
    NoAllocations,
    /// 405 of the endpoint itself, in the same words.
    AllocationsRefused,
    /// 405 of the endpoint itself, naming what cannot be done.
    AllocationUpdatesRefused,
}

macro_rules! endpoints {
    ($($(#[$doc:meta])* $Member:ident since $since:literal below $Below:ident,)+) => {
        /// Endpoints that came later than 1.1.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Endpoint { $($(#[$doc])* $Member,)+ }

        impl Endpoint {
            /// The version `1.N` that it came with, and what it answers below.
            pub const fn since(self) -> (u16, Below) {
                match self { $(Self::$Member => ($since, Below::$Below),)+ }
            }

            /// Refuses a client that speaks an older version.
            pub fn require(self, version: Version) -> Result<()> {
                let (since, below) = self.since();
                if version.has(since) {
                    return Ok(());
                }
                Err(match below {
                    Below::NotAcceptable => Fault::not_acceptable(),
                    Below::NoSuchPath => Fault::no_such_path(),
                    Below::NotThere => Fault::not_found("The resource could not be found."),
                    Below::ResourceNotFound => Fault::not_found("Resource could not be found."),
                    Below::MethodNotAllowed => Fault::method_not_allowed("DELETE, GET, PATCH, POST"),
                    Below::Unsupported => Fault::not_found("The API is not supported for this version"),
                    Below::NoAllocations => Fault::not_found("The API version does not allow allocations"),
                    Below::AllocationsRefused => {
                        Fault::refused_in_version("The API version does not allow allocations")
                    }
                    Below::AllocationUpdatesRefused => {
                        Fault::refused_in_version("The API version does not allow updating allocations")
                    }
                    Below::SupportedSince => Fault::not_found(format!(
                        "This endpoint is supported starting with the API version 1.{since}"
                    )),
                })
            }
        }
    };
}

endpoints! {
    /// `/v1/nodes/{n}/states/raid`
    NodeRaid since 12 below NotAcceptable,
    /// `/v1/nodes/{n}/management/inject_nmi`
    NodeInjectNmi since 29 below ResourceNotFound,
    /// `GET /v1/nodes/{n}/traits`; below, this and the next two are taken for verbs on the node itself.
    NodeTraits since 37 below NotAcceptable,
    /// `PUT /v1/nodes/{n}/traits`
    SetNodeTraits since 37 below MethodNotAllowed,
    /// `DELETE /v1/nodes/{n}/traits`
    DeleteNodeTraits since 37 below ResourceNotFound,
    /// `/v1/portgroups`
    Portgroups since 23 below Unsupported,
    /// `/v1/nodes/{n}/portgroups` and `/v1/portgroups/{p}/ports`
    PortgroupPorts since 24 below NoSuchPath,
    /// `/v1/volume` and `/v1/nodes/{n}/volume`
    Volume since 32 below Unsupported,
    /// What is below them.
    VolumeParts since 32 below NoSuchPath,
    /// `GET /v1/allocations`
    Allocations since 52 below NoAllocations,
    /// `POST /v1/allocations` and `DELETE /v1/allocations/{a}`
    ChangeAllocations since 52 below AllocationsRefused,
    /// `PATCH /v1/allocations/{a}`
    UpdateAllocation since 57 below AllocationUpdatesRefused,
    /// `/v1/nodes/{n}/allocation`
    NodeAllocation since 52 below NoSuchPath,
    /// `/v1/conductors`
    Conductors since 49 below Unsupported,
    /// `/v1/drivers/{d}/raid/logical_disk_properties`
    DriverRaid since 12 below NotAcceptable,
    /// `/v1/nodes/{n}/bios`
    NodeBios since 40 below NoSuchPath,
    /// `/v1/nodes/{n}/firmware`
    NodeFirmware since 86 below NoSuchPath,
    /// `/v1/nodes/{n}/inventory`
    NodeInventory since 81 below NoSuchPath,
    /// `/v1/nodes/{n}/vifs`
    NodeVifs since 28 below NoSuchPath,
    /// `/v1/nodes/{n}/states/boot_mode`
    NodeBootMode since 76 below SupportedSince,
    /// `/v1/nodes/{n}/states/secure_boot`
    NodeSecureBoot since 76 below SupportedSince,
    /// `/v1/nodes/{n}/history`
    NodeHistory since 78 below NoSuchPath,
    /// `/v1/nodes/{n}/vmedia`
    NodeMedia since 89 below NoSuchPath,
    /// `GET /v1/nodes/{n}/vmedia`
    GetNodeMedia since 93 below NotThere,
    /// `/v1/nodes/{n}/children`; Ironic means this and answers 500.
    NodeChildren since 83 below NoSuchPath,
}

/// The version that a verb of provisioning came with.
pub const fn verb_since(verb: Verb) -> u16 {
    match verb {
        Verb::Active | Verb::Rebuild | Verb::Deleted => 1,
        Verb::Manage | Verb::Provide => 4,
        Verb::Inspect => 6,
        Verb::Abort => 13,
        Verb::Clean => 15,
        Verb::Adopt => 17,
        Verb::Rescue | Verb::Unrescue => 38,
        // Ironic documents 1.73 for both and enforces it for the first only.
        Verb::Deploy | Verb::Undeploy => 73,
        Verb::Unhold => 85,
        Verb::Service => 87,
    }
}

/// Smaller things that came with a version, by the version.
pub mod since {
    /// `available` is called so; before, it is null.
    pub const AVAILABLE_SHOWN: u16 = 2;
    /// Nodes have names.
    pub const NAMES: u16 = 5;
    /// `?fields=` on nodes.
    pub const FIELDS: u16 = 8;
    /// Names may hold any unreserved character.
    pub const FREE_NAMES: u16 = 10;
    /// New nodes start in `enroll`.
    pub const ENROLL: u16 = 11;
    /// `raid_config` among the states.
    pub const RAID: u16 = 12;
    /// Links to a driver's properties.
    pub const DRIVER_PROPERTIES_LINK: u16 = 14;
    /// A node's chassis may be taken away.
    pub const REMOVE_CHASSIS: u16 = 25;
    /// Soft power changes and their timeout.
    pub const SOFT_POWER: u16 = 27;
    /// Types and interfaces of drivers.
    pub const DRIVER_DETAIL: u16 = 30;
    /// Storage interfaces of drivers.
    pub const DRIVER_STORAGE: u16 = 33;
    /// A config drive on rebuild.
    pub const REBUILD_CONFIGDRIVE: u16 = 35;
    /// Rescue interfaces of drivers.
    pub const DRIVER_RESCUE: u16 = 38;
    /// `inspect wait` is called so; before, it is `inspecting`.
    pub const INSPECT_WAIT_SHOWN: u16 = 39;
    /// BIOS interfaces of drivers.
    pub const DRIVER_BIOS: u16 = 40;
    /// Inspection can be aborted.
    pub const ABORT_INSPECTION: u16 = 41;
    /// `?reset_interfaces=`.
    pub const RESET_INTERFACES: u16 = 45;
    /// Config drives built from their parts.
    pub const BUILD_CONFIGDRIVE: u16 = 56;
    /// Allocations for nodes that are in use already.
    pub const BACKFILL: u16 = 58;
    /// Vendor data in config drives.
    pub const VENDOR_DATA: u16 = 59;
    /// A VIF may say on which port it is to be.
    pub const VIF_PORTS: u16 = 67;
    /// `deploy_steps`.
    pub const DEPLOY_STEPS: u16 = 69;
    /// `disable_ramdisk` when cleaning.
    pub const CLEAN_WITHOUT_RAMDISK: u16 = 70;
    /// Boot mode and secure boot among the states.
    pub const BOOT_MODE: u16 = 75;
    /// `?fields=` on drivers.
    pub const DRIVER_FIELDS: u16 = 77;
    /// What a registry of attributes says of firmware settings.
    pub const BIOS_REGISTRY: u16 = 74;
    /// Who made a part with firmware of its own.
    pub const FIRMWARE_IDENTITY: u16 = 114;
    /// `shard=` on ports.
    pub const SHARDS: u16 = 82;
    /// OVN's VTEP gateways in `local_link_connection`.
    pub const VTEP: u16 = 90;
    /// They have gone again.
    pub const NO_VTEP: u16 = 105;
    /// `network_type` in `local_link_connection`.
    pub const NETWORK_TYPE: u16 = 64;
    /// New ports may name their node.
    pub const PORT_NODE_IDENT: u16 = 94;
    /// Groups of ports have a mode and properties.
    pub const PORTGROUP_MODE: u16 = 26;
    /// Groups of ports are on a physical network.
    pub const PORTGROUP_NETWORK: u16 = 102;
    /// `shard=` on groups of ports.
    pub const PORTGROUP_SHARDS: u16 = 106;
    /// `detail=` on ports and on lists of nodes.
    pub const DETAIL: u16 = 43;
    /// Firmware interfaces of drivers.
    pub const DRIVER_FIRMWARE: u16 = 86;
    /// Paths that end in `.json` mean it.
    pub const NO_JSON_SUFFIX: u16 = 91;
    /// Runbooks.
    pub const RUNBOOKS: u16 = 92;
    /// `~0` and `~1` in the paths of patches.
    pub const POINTER_ESCAPES: u16 = 98;
    /// `disable_ramdisk` when servicing.
    pub const SERVICE_WITHOUT_RAMDISK: u16 = 108;
    /// A deployment that waits can be aborted.
    pub const ABORT_DEPLOYMENT: u16 = 110;
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn facts() -> Value {
        serde_json::from_str(include_str!("../tests/data/microversions.json")).unwrap()
    }

    /// The minor number of `1.N` at the start of a text.
    fn minor(text: &Value) -> u16 {
        let digits = text.as_str().unwrap().strip_prefix("1.").unwrap();
        digits.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
    }

    #[test]
    fn the_range_is_the_references() {
        let facts = facts();
        assert_eq!(Version::MIN.to_string(), facts["min"]);
        assert_eq!(Version::MAX.to_string(), facts["max"]);
        assert_eq!(Version::MIN.to_string(), facts["default_without_header"]);
    }

    #[test]
    fn every_node_field_has_its_version() {
        let facts = facts();
        let recorded = facts["fields"]["node"].as_object().unwrap();
        assert_eq!(recorded.len(), NodeField::ALL.len());
        for field in NodeField::ALL {
            assert_eq!(minor(&recorded[field.as_str()]), field.since(), "{}", field.as_str());
            assert_eq!(NodeField::named(field.as_str()), Some(*field));
        }
    }

    #[test]
    fn every_field_of_history_has_its_version() {
        let facts = facts();
        let recorded = facts["fields"]["history"].as_object().unwrap();
        assert_eq!(recorded.len(), HistoryField::ALL.len());
        for field in HistoryField::ALL {
            assert_eq!(minor(&recorded[field.as_str()]), field.since(), "{}", field.as_str());
        }
    }

    #[test]
    fn every_field_of_firmware_has_its_version() {
        let facts = facts();
        let recorded = facts["fields"]["firmware"].as_object().unwrap();
        // When it was read is in every document, and stands in no list of the facts.
        assert_eq!(recorded.len() + 2, FirmwareField::ALL.len());
        for (name, version) in recorded {
            assert_eq!(FirmwareField::named(name).map(FirmwareField::since), Some(minor(version)), "{name}");
        }
    }

    #[test]
    fn every_verb_has_its_version() {
        let facts = facts();
        let recorded = facts["verb_min"].as_object().unwrap();
        assert_eq!(recorded.len(), Verb::ALL.len());
        for verb in Verb::ALL {
            let fact = recorded[verb.as_str()].as_str().unwrap().replace("documented ", "");
            assert_eq!(minor(&fact.into()), verb_since(*verb), "{verb}");
        }
    }

    #[test]
    fn every_filter_has_its_version() {
        let facts = facts();
        let recorded = facts["query_filters"]["nodes"].as_object().unwrap();
        assert_eq!(recorded.len(), NodeFilterName::ALL.len());
        for filter in NodeFilterName::ALL {
            let fact = &recorded[filter.as_str()];
            let expected = if fact.as_str().unwrap().contains("not gated") { 1 } else { minor(fact) };
            assert_eq!(expected, filter.since(), "{}", filter.as_str());
        }
    }

    /// Every version of the facts that adds an endpoint or a switch of ours names it.
    #[test]
    fn endpoints_and_switches_have_their_versions() {
        let facts = facts();
        let affects = |since: u16, what: &str| {
            let version = format!("1.{since}");
            let row = facts["versions"].as_array().unwrap().iter().find(|row| row["version"] == version).unwrap();
            let text = format!("{} {}", row["affects"], row["change"]);
            assert!(text.contains(what), "1.{since} does not speak of {what}: {text}");
        };
        for (endpoint, what) in [
            (Endpoint::NodeRaid, "PUT states/raid"),
            (Endpoint::NodeInjectNmi, "inject_nmi"),
            (Endpoint::NodeTraits, "/nodes/{n}/traits"),
            (Endpoint::SetNodeTraits, "/nodes/{n}/traits"),
            (Endpoint::DeleteNodeTraits, "/nodes/{n}/traits"),
            (Endpoint::Volume, "/volume"),
            (Endpoint::VolumeParts, "/nodes/{n}/volume/*"),
            (Endpoint::Conductors, "/conductors"),
            (Endpoint::Allocations, "/allocations"),
            (Endpoint::ChangeAllocations, "/allocations"),
            (Endpoint::UpdateAllocation, "PATCH /allocations/{a}"),
            (Endpoint::NodeAllocation, "/nodes/{n}/allocation"),
            (Endpoint::NodeBootMode, "PUT states/boot_mode"),
            (Endpoint::NodeSecureBoot, "PUT states/secure_boot"),
            (Endpoint::NodeHistory, "/nodes/{n}/history"),
            (Endpoint::NodeMedia, "vmedia"),
            (Endpoint::GetNodeMedia, "vmedia"),
        ] {
            affects(endpoint.since().0, what);
        }
        for resource in RootResource::ALL {
            if *resource != RootResource::ContinueInspection {
                affects(resource.since(), &format!("/{}", resource.as_str()));
            }
        }
        for (since, what) in [
            (since::AVAILABLE_SHOWN, "available"),
            (since::NAMES, "/nodes/{name}"),
            (since::FIELDS, "query fields"),
            (since::FREE_NAMES, "node.name"),
            (since::ENROLL, "POST /nodes"),
            (since::RAID, "states doc"),
            (since::DRIVER_PROPERTIES_LINK, "driver.properties links"),
            (since::REMOVE_CHASSIS, "PATCH node /chassis_uuid"),
            (since::SOFT_POWER, "timeout"),
            (since::DRIVER_DETAIL, "GET /drivers?type=&detail="),
            (since::DRIVER_STORAGE, "driver.default/enabled_storage_interface(s)"),
            (since::REBUILD_CONFIGDRIVE, "target=rebuild + configdrive"),
            (since::DRIVER_RESCUE, "driver.*rescue_interface*"),
            (since::INSPECT_WAIT_SHOWN, "inspect wait"),
            (since::DRIVER_BIOS, "driver.*bios_interface*"),
            (since::ABORT_INSPECTION, "target=abort"),
            (since::RESET_INTERFACES, "reset_interfaces="),
            (since::BUILD_CONFIGDRIVE, "configdrive={meta_data"),
            (since::BACKFILL, "POST /allocations node="),
            (since::VENDOR_DATA, "configdrive.vendor_data"),
            (since::DEPLOY_STEPS, "deploy_steps"),
            (since::CLEAN_WITHOUT_RAMDISK, "disable_ramdisk (clean)"),
            (since::BOOT_MODE, "GET states"),
            (since::DRIVER_FIELDS, "GET /drivers?fields="),
            (since::DRIVER_FIRMWARE, "irmware"),
            (since::NO_JSON_SUFFIX, "json"),
            (since::RUNBOOKS, "runbook="),
            (since::POINTER_ESCAPES, "JSON-pointer escapes"),
            (since::SERVICE_WITHOUT_RAMDISK, "disable_ramdisk (service)"),
            (since::ABORT_DEPLOYMENT, "wait call-back"),
        ] {
            affects(since, what);
        }
    }

    #[test]
    fn a_version_is_within_the_range() {
        assert_eq!(Version::new(0), None);
        assert_eq!(Version::new(116), None);
        assert_eq!(Version::new(115), Some(Version::MAX));
    }
}
