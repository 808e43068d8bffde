//! What nodes and their parts look like in the OpenAPI document.

use kamacite_model::{
    BootDevice, BootMode, Component, Fault, IndicatorState, MediaType, PowerState, ProvisionState, Severity,
};
use serde_json::json;

use super::super::{bios, configdrive, steps, steps::Purpose, validate};
use crate::{
    json_patch,
    openapi::{
        Schemas,
        schema::{
            Schema, any_of, flag, ident, integer, list, moment, named, number, object, one_of, or_null, part, record,
            said, since, text, told, uuid, whole,
        },
    },
    versions::{FirmwareField, HistoryField, NodeField, since as versions},
};

/// Every schema that rows of nodes name.
pub fn all() -> Schemas {
    let node = part(NodeField::ALL.iter().map(|field| (field.as_str(), of_field(*field))));
    let history = part(HistoryField::ALL.iter().map(|field| (field.as_str(), of_history(*field))));
    let history = with(history, "links", list(named("Link")));
    vec![
        ("Node", told(whole("NodeInPart", &node), "A node, whole.")),
        ("NodeInPart", told(node, "A node, of which some fields are shown.")),
        ("NodeStates", states()),
        ("Patch", patch()),
        ("Verdicts", part(validate::ORDER.map(|kind| (kind.as_str(), named("Verdict"))))),
        ("Verdict", verdict()),
        ("Console", record([("console_enabled", flag()), ("console_info", or_null(console()))])),
        (
            "ConfigDrive",
            told(any_of([parts_of_a_drive(), text()]), "The parts to build one from, or a URL, or base64 text."),
        ),
        ("CleanStep", step(Purpose::Clean)),
        ("DeployStep", step(Purpose::Deploy)),
        ("ServiceStep", step(Purpose::Service)),
        ("Indicator", indicator()),
        ("HistoryEntry", told(whole("HistoryEntryInPart", &history), "An entry of a node's history, whole.")),
        ("HistoryEntryInPart", told(history, "An entry of a node's history, in short.")),
        ("MediaSlot", media_slot()),
        ("BiosSetting", told(bios_setting(), "A setting of a node's firmware, of which some fields are shown.")),
        (
            "FirmwareComponent",
            told(firmware_component(), "A part with a firmware of its own, of which some fields are shown."),
        ),
    ]
}

/// What a node shows in a field.
pub fn of_field(field: NodeField) -> Schema {
    let (schema, words) = shape(field);
    since(told(schema, words), field.since())
}

/// What a field is for, and since when it is there: also true of what a client says in it.
pub fn explained(name: &str, schema: Schema) -> Schema {
    match NodeField::named(name) {
        Some(field) => since(told(schema, shape(field).1), field.since()),
        None => schema,
    }
}

fn shape(field: NodeField) -> (Schema, &'static str) {
    use NodeField as F;
    let name = || or_null(text());
    match field {
        F::Uuid => (uuid(), "Its identity."),
        F::CreatedAt => (moment(), "When it was enrolled."),
        F::UpdatedAt => (or_null(moment()), "When it was changed last."),
        F::AutomatedClean => {
            (or_null(flag()), "Whether it is cleaned by itself; null leaves that to the configuration.")
        }
        F::BiosInterface
        | F::BootInterface
        | F::ConsoleInterface
        | F::DeployInterface
        | F::FirmwareInterface
        | F::InspectInterface
        | F::ManagementInterface
        | F::NetworkInterface
        | F::PowerInterface
        | F::RaidInterface
        | F::RescueInterface
        | F::StorageInterface
        | F::VendorInterface => (name(), "The implementation of this kind of interface."),
        F::BootMode => (or_null(boot_mode()), "How its firmware starts a system."),
        F::CleanStep => (object(), "The step of cleaning that runs now."),
        F::ConductorGroup => (text(), "The group of conductors that may look after it."),
        F::ConsoleEnabled => (flag(), "Whether its console is open."),
        F::DisablePowerOff => (flag(), "Whether it must never be turned off."),
        F::DeployStep => (object(), "The step of deploying that runs now."),
        F::Description => (name(), "What it is, in a person's words."),
        F::Driver => (text(), "Its hardware type."),
        F::DriverInfo => (object(), "How to reach and drive the hardware; secrets are masked."),
        F::DriverInternalInfo => (object(), "What drivers and the conductor keep about it."),
        F::Extra => (object(), "Whatever clients want to keep with it."),
        F::Fault => (or_null(fault()), "Why the conductor put it into maintenance."),
        F::Health => (name(), "How well it is, as its BMC says."),
        F::InspectionFinishedAt => (or_null(moment()), "When it was inspected last."),
        F::InspectionStartedAt => (or_null(moment()), "When its inspection began."),
        F::InstanceInfo => (object(), "What the instance on it needs; secrets are masked."),
        F::InstanceName => (name(), "The name of the instance on it."),
        F::InstanceUuid => (name(), "The instance on it."),
        F::LastError => (name(), "What went wrong last."),
        F::Lessee => (name(), "The project that uses it."),
        F::Maintenance => (flag(), "Whether it is taken out of automatic work."),
        F::MaintenanceReason => (name(), "Why it is."),
        F::Name => (name(), "A name to use instead of the UUID."),
        F::NetworkData => (object(), "The static network configuration of the ramdisk."),
        F::Owner => (name(), "The project that it belongs to."),
        F::ParentNode => (name(), "The node that it is a part of."),
        F::PowerState => (or_null(power_state()), "Its power, as known last."),
        F::Properties => (object(), "Facts about the hardware."),
        F::Protected => (flag(), "Whether its instance may not be removed."),
        F::ProtectedReason => (name(), "Why it may not."),
        F::ProvisionState => (provision_state(), "Where it is in the life of a node."),
        F::ProvisionUpdatedAt => (or_null(moment()), "When it came there."),
        F::RaidConfig => (object(), "The disks that it has."),
        F::Reservation => (name(), "The conductor that holds its lock."),
        F::ResourceClass => (name(), "What sort of machine it is, to schedulers."),
        F::Retired => (flag(), "Whether it is to be used no more."),
        F::RetiredReason => (name(), "Why not."),
        F::SecureBoot => (or_null(flag()), "Whether its firmware starts signed systems only."),
        F::ServiceStep => (object(), "The step of servicing that runs now."),
        F::Shard => (name(), "The shard that it is in."),
        F::TargetPowerState => (or_null(power_state()), "The power that it is being brought to."),
        F::TargetProvisionState => (or_null(provision_state()), "The state that it is being brought to."),
        F::TargetRaidConfig => (object(), "The disks that it is to have."),
        F::Traits => (list(text()), "What it can do, as names."),
        F::Links => (named("Links"), ""),
        F::Conductor => (name(), "The conductor that looks after it."),
        F::AllocationUuid => (or_null(uuid()), "The allocation that reserved it."),
        F::ChassisUuid => (or_null(uuid()), "The chassis that it is in."),
        F::Ports => (named("Links"), "Its network ports."),
        F::States => (named("Links"), "Its states."),
        F::Portgroups => (named("Links"), "Its groups of network ports."),
        F::Volume => (named("Links"), "Its volumes."),
    }
}

fn boot_mode() -> Schema {
    one_of(BootMode::ALL.iter().map(|mode| mode.as_str()))
}

fn fault() -> Schema {
    one_of(Fault::ALL.iter().map(|fault| fault.as_str()))
}

fn power_state() -> Schema {
    one_of(PowerState::ALL.iter().map(|state| state.as_str()))
}

fn provision_state() -> Schema {
    one_of(ProvisionState::ALL.iter().map(|state| state.as_str()))
}

fn states() -> Schema {
    use NodeField as F;
    let of = |field: F| (field.as_str(), of_field(field));
    let at = |field: F, version| (field.as_str(), since(told(shape(field).0, shape(field).1), version));
    record([
        of(F::ConsoleEnabled),
        of(F::LastError),
        of(F::PowerState),
        of(F::ProvisionState),
        of(F::TargetPowerState),
        of(F::TargetProvisionState),
        of(F::ProvisionUpdatedAt),
        at(F::RaidConfig, versions::RAID),
        at(F::TargetRaidConfig, versions::RAID),
        at(F::BootMode, versions::BOOT_MODE),
        at(F::SecureBoot, versions::BOOT_MODE),
    ])
}

fn of_history(field: HistoryField) -> Schema {
    use HistoryField as F;
    let (schema, words) = match field {
        F::Uuid => (uuid(), "Its identity."),
        F::CreatedAt => (moment(), "When it happened."),
        F::Severity => (one_of(Severity::ALL.iter().map(|severity| severity.as_str())), "How bad it is."),
        F::Event => (or_null(text()), "What happened."),
        F::EventType => (or_null(text()), "What sort of thing happened."),
        F::Conductor => (or_null(text()), "The conductor that wrote it down."),
        F::User => (or_null(text()), "Who asked for it."),
        F::Project => (or_null(text()), "In which project."),
        F::State => (or_null(provision_state()), "The node's state then."),
        F::TargetProvisionState => (or_null(provision_state()), "The state that the node was being brought to."),
        F::DurationSeconds => (or_null(number()), "How long it took, in seconds."),
    };
    since(told(schema, words), field.since())
}

fn with(mut object: Schema, name: &str, schema: Schema) -> Schema {
    object["properties"][name] = schema;
    object
}

fn patch() -> Schema {
    let about = |name: &str, schema| match name {
        "op" => one_of(["add", "replace", "remove"]),
        "path" => told(json!({"type": "string", "pattern": "^(/[^/]+)+$"}), "A pointer: RFC 6901."),
        _ => schema,
    };
    told(list(said(json_patch::MEMBERS, &["op", "path"], about)), "Changes, one after the other: RFC 6902.")
}

fn verdict() -> Schema {
    let mut verdict = part([("result", flag()), ("reason", told(text(), "What is missing."))]);
    verdict["required"] = json!(["result"]);
    verdict
}

fn console() -> Schema {
    record([("type", text()), ("url", text())])
}

fn parts_of_a_drive() -> Schema {
    said(configdrive::PARTS, &[], |_, schema| schema)
}

fn step(purpose: Purpose) -> Schema {
    let number =
        || any_of([json!({"type": "integer", "minimum": 0}), json!({"type": "string", "pattern": "^[0-9]+$"})]);
    said(purpose.properties(), purpose.required(), |name, schema| match name {
        "interface" => one_of(steps::INTERFACES),
        "step" => json!({"type": "string", "minLength": 1}),
        "order" | "priority" => number(),
        _ => schema,
    })
}

fn indicator() -> Schema {
    record([
        ("name", told(text(), "Its name, and after an @ the component that it is on.")),
        ("component", one_of(Component::ALL.iter().map(|component| component.as_str()))),
        ("readonly", flag()),
        ("states", list(indicator_state())),
        ("links", named("Links")),
    ])
}

/// What an indicator may show.
pub fn indicator_state() -> Schema {
    one_of(IndicatorState::ALL.iter().map(|state| state.as_str()))
}

/// What a machine may boot from.
pub fn boot_device() -> Schema {
    one_of(BootDevice::ALL.iter().map(|device| device.as_str()))
}

/// A virtual network interface that is to be attached: its identity, and whatever else the network interface reads.
pub fn vif() -> Schema {
    json!({"type": "object", "properties": {"id": ident(), "port_uuid": text(), "portgroup_uuid": text()}, "required": ["id"]})
}

fn media_slot() -> Schema {
    record([
        ("media_types", list(one_of(MediaType::ALL.iter().map(|of| of.as_str())))),
        ("inserted", or_null(flag())),
        ("image", or_null(text())),
    ])
}

fn bios_setting() -> Schema {
    part(bios::KNOWN.into_iter().map(|name| {
        let schema = match name {
            "node_uuid" => told(uuid(), "Only shown to who asks for it."),
            "name" => text(),
            "created_at" => moment(),
            "updated_at" => or_null(moment()),
            "allowable_values" => list(text()),
            "lower_bound" | "upper_bound" | "min_length" | "max_length" => or_null(integer()),
            "read_only" | "reset_required" | "unique" => or_null(flag()),
            "links" => named("Links"),
            _ => or_null(text()),
        };
        (name, schema)
    }))
}

fn firmware_component() -> Schema {
    use FirmwareField as F;
    part(F::ALL.iter().map(|field| {
        let schema = match field {
            F::Component | F::InitialVersion => text(),
            F::CreatedAt => moment(),
            F::UpdatedAt => or_null(moment()),
            F::CurrentVersion | F::LastVersionFlashed | F::Vendor | F::Model | F::SerialNumber => or_null(text()),
        };
        (field.as_str(), schema)
    }))
}
