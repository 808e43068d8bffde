//! Nodes in the OpenAPI document: a row for each verb on a path.

mod schemas;

use kamacite_model::{BootMode, MediaDevice, PowerTarget, Verb};
use kamacite_store::{HistoryColumn, NodeColumn};
use serde_json::{Value, json};

use super::{bios, document::CREATE, filters::Form, view, vmedia::ATTACHMENT};
use crate::{
    allocations,
    openapi::{
        Operation, delete, get,
        parameters::{fields, sort_key},
        patch, post, put,
        schema::{
            Schema, any_of, flag, list, map, named, object, one_of, or_null, page, part, record, said, since, text,
            told, uuid,
        },
        vendor_calls,
    },
    portgroups, ports,
    versions::{Endpoint, Field as _, FirmwareField, NodeField, NodeFilterName, since as versions, verb_since},
    volume,
};

pub use schemas::all as schemas;

/// A path below a node.
macro_rules! node {
    ($($rest:literal)?) => {
        concat!("/v1/nodes/{node}", $($rest)?)
    };
}

pub fn operations() -> Vec<Operation> {
    let mut all = vec![
        in_short(get("/v1/nodes", "listNodes", "Lists nodes.")),
        post("/v1/nodes", "createNode", "Enrols a node.")
            .body(said(CREATE, &["driver"], schemas::explained))
            .creates(named("Node")),
        in_detail(get("/v1/nodes/detail", "listNodesInDetail", "Lists nodes with everything that is known of them.")),
        get("/v1/nodes/validate", "validateNamedNode", "Tells what a node lacks, by kind of interface.")
            .query(&["node", "node_uuid"])
            .answers(named("Verdicts"))
            .on_hardware()
            .old(),
        get(node!(), "showNode", "Shows a node.").argument(fields(choosable())).answers(named("NodeInPart")),
        patch(node!(), "updateNode", "Changes fields of a node.")
            .query(&["reset_interfaces"])
            .body(named("Patch"))
            .answers(named("Node"))
            .on_hardware(),
        delete(node!(), "deleteNode", "Removes a node.").does(),
        get(node!("/validate"), "validateNode", "Tells what a node lacks, by kind of interface.")
            .answers(named("Verdicts"))
            .on_hardware(),
        put(node!("/maintenance"), "setMaintenance", "Takes a node out of automatic work.")
            .optional_body(part([("reason", or_null(text()))]))
            .accepts(),
        delete(node!("/maintenance"), "clearMaintenance", "Takes a node back into automatic work.").accepts(),
    ];
    all.extend(states());
    all.extend(management());
    all.extend(hardware());
    all.extend(parts());
    all.extend(vendor_passthru());
    all.push(field(&all));
    all
}

/// An old way to ask for one field: those that are no paths of their own.
fn field(others: &[Operation]) -> Operation {
    let free = |name: &&str| !others.iter().any(|one| one.path.strip_prefix(node!("/")) == Some(*name));
    get(node!("/{field}"), "showNodeField", "Shows one field of a node.")
        .at("field", one_of(choosable().filter(free)))
        .answers(named("NodeInPart"))
        .old()
}

fn choosable() -> impl Iterator<Item = &'static str> {
    NodeField::ALL.iter().filter(|field| view::can_be_chosen(**field)).map(|field| field.as_str())
}

/// A list of nodes that shows what is asked for.
pub fn in_short(operation: Operation) -> Operation {
    filtered(operation, Form::Chosen).answers(page("nodes", named("NodeInPart")))
}

/// A list of nodes that shows everything.
pub fn in_detail(operation: Operation) -> Operation {
    filtered(operation, Form::Detail).answers(page("nodes", named("Node")))
}

fn filtered(operation: Operation, form: Form) -> Operation {
    let operation =
        operation.query(&form.known()).argument(sort_key(NodeColumn::ALL.iter().map(|column| column.as_str())));
    let operation = match form {
        Form::Chosen => operation.argument(fields(choosable())),
        Form::Detail => operation,
    };
    NodeFilterName::ALL.iter().fold(operation, |operation, name| operation.argument_since(name.as_str(), name.since()))
}

fn states() -> Vec<Operation> {
    let target = |schema: Schema| record([("target", schema)]);
    let power = part([
        ("target", one_of(PowerTarget::ALL.iter().map(|target| target.as_str()))),
        ("timeout", or_null(json!({"type": "integer", "minimum": 1}))),
    ]);
    vec![
        get(node!("/states"), "showStates", "Tells where a node stands.").answers(named("NodeStates")),
        put(node!("/states/power"), "setPower", "Turns a node on, off, or off and on again.")
            .body(needing(power, &["target"]))
            .accepts()
            .on_hardware(),
        put(node!("/states/provision"), "setProvisionState", "Asks for a verb of provisioning.")
            .body(provision())
            .accepts()
            .on_hardware(),
        put(node!("/states/raid"), "setRaidConfig", "Tells which disks a node is to have.")
            .of(Endpoint::NodeRaid)
            .body(object())
            .does()
            .on_hardware(),
        put(node!("/states/boot_mode"), "setBootMode", "Changes how the firmware starts a system.")
            .of(Endpoint::NodeBootMode)
            .body(target(one_of(BootMode::ALL.iter().map(|mode| mode.as_str()))))
            .accepts()
            .on_hardware(),
        put(node!("/states/secure_boot"), "setSecureBoot", "Lets the firmware start signed systems only, or any.")
            .of(Endpoint::NodeSecureBoot)
            .body(target(flag()))
            .accepts()
            .on_hardware(),
        get(node!("/states/console"), "showConsole", "Tells how to reach a console.")
            .answers(named("Console"))
            .on_hardware(),
        put(node!("/states/console"), "setConsole", "Opens a console, or closes it.")
            .body(record([("enabled", or_null(flag()))]))
            .accepts()
            .on_hardware(),
    ]
}

fn provision() -> Schema {
    let verbs =
        Verb::ALL.iter().map(|verb| format!("`{verb}` since 1.{}", verb_since(*verb))).collect::<Vec<_>>().join(", ");
    let steps = |step: &str, words: &str| told(or_null(list(named(step))), words);
    let body = part([
        ("target", told(one_of(Verb::ALL.iter().map(|verb| verb.as_str())), &format!("What is asked for: {verbs}."))),
        ("configdrive", told(or_null(named("ConfigDrive")), "For what deploys.")),
        ("clean_steps", steps("CleanStep", "For `clean`, which needs them.")),
        ("deploy_steps", since(steps("DeployStep", "For what deploys."), versions::DEPLOY_STEPS)),
        ("service_steps", since(steps("ServiceStep", "For `service`, which needs them."), verb_since(Verb::Service))),
        ("rescue_password", told(or_null(text()), "For `rescue`, which needs it.")),
        (
            "disable_ramdisk",
            since(told(or_null(flag()), "For `clean` and `service`."), versions::CLEAN_WITHOUT_RAMDISK),
        ),
        ("runbook", since(told(or_null(text()), "Whose steps are to be run."), versions::RUNBOOKS)),
    ]);
    needing(body, &["target"])
}

fn management() -> Vec<Operation> {
    let state = || record([("state", schemas::indicator_state())]);
    let set = |path, id| put(path, id, "Switches an indicator.").body(state()).does().on_hardware();
    let show = |path, id| get(path, id, "Tells what an indicator shows.").answers(state()).on_hardware();
    let boot = part([("boot_device", schemas::boot_device()), ("persistent", or_null(flag()))]);
    vec![
        get(node!("/management/boot_device"), "showBootDevice", "Tells what a node boots from.")
            .answers(record([("boot_device", or_null(schemas::boot_device())), ("persistent", or_null(flag()))]))
            .on_hardware(),
        put(node!("/management/boot_device"), "setBootDevice", "Sets what a node boots from.")
            .body(needing(boot, &["boot_device"]))
            .does()
            .on_hardware(),
        get(node!("/management/boot_device/supported"), "listBootDevices", "Tells what a node can boot from.")
            .answers(record([("supported_boot_devices", list(schemas::boot_device()))]))
            .on_hardware(),
        get(node!("/management/indicators"), "listIndicators", "Lists the indicators of a node.")
            .answers(record([("indicators", list(named("Indicator")))]))
            .on_hardware(),
        put(node!("/management/indicators"), "setNamedIndicator", "Switches an indicator that the body names.")
            .body(record([("indicator", text()), ("state", schemas::indicator_state())]))
            .does()
            .on_hardware()
            .old(),
        show(node!("/management/indicators/{indicator}"), "showIndicator"),
        set(node!("/management/indicators/{indicator}"), "setIndicator"),
        show(node!("/management/indicators/{component}/{name}"), "showIndicatorOfComponent"),
        set(node!("/management/indicators/{component}/{name}"), "setIndicatorOfComponent"),
        put(node!("/management/inject_nmi"), "injectNmi", "Interrupts a system that does not listen any more.")
            .of(Endpoint::NodeInjectNmi)
            .does()
            .on_hardware(),
    ]
}

fn hardware() -> Vec<Operation> {
    let device = || list(one_of(MediaDevice::ALL.iter().map(|device| device.as_str())));
    let about = |name: &str, schema: Value| {
        if name == "image_url" { json!({"type": "string", "pattern": "^https?://.+$"}) } else { schema }
    };
    vec![
        get(node!("/vmedia"), "listMedia", "Lists the slots for virtual media.")
            .of(Endpoint::GetNodeMedia)
            .answers(list(named("MediaSlot")))
            .on_hardware(),
        post(node!("/vmedia"), "attachMedia", "Attaches an image as if it were a medium.")
            .of(Endpoint::NodeMedia)
            .body(said(ATTACHMENT, &["device_type", "image_url"], about))
            .does()
            .on_hardware(),
        delete(node!("/vmedia"), "detachMedia", "Detaches images.")
            .of(Endpoint::NodeMedia)
            .query(&["device_types"])
            .optional_body(part([("device_types", any_of([device(), text()]))]))
            .does()
            .on_hardware(),
        delete(node!("/vmedia/{devices}"), "detachNamedMedia", "Detaches the image from a drive.")
            .of(Endpoint::NodeMedia)
            .does()
            .on_hardware()
            .old(),
        get(node!("/bios"), "listBiosSettings", "Lists the settings of a node's firmware, as read last.")
            .of(Endpoint::NodeBios)
            .query(&["detail"])
            .argument(fields(bios::KNOWN[..bios::KNOWN.len() - 1].iter().copied()))
            .answers(record([("bios", list(named("BiosSetting")))])),
        get(node!("/bios/{setting}"), "showBiosSetting", "Shows a setting of a node's firmware.")
            .of(Endpoint::NodeBios)
            .answers(told(map(named("BiosSetting")), "The setting under its own name.")),
        get(node!("/firmware"), "listFirmware", "Lists the firmware of a node's parts, as read last.")
            .of(Endpoint::NodeFirmware)
            .argument(fields(FirmwareField::names()))
            .answers(record([("firmware", list(named("FirmwareComponent")))])),
        get(node!("/inventory"), "showInventory", "Shows what the last inspection of a node found.")
            .of(Endpoint::NodeInventory)
            .answers(record([("inventory", object()), ("plugin_data", object())])),
        get(node!("/history"), "listHistory", "Lists what happened to a node.")
            .of(Endpoint::NodeHistory)
            .query(&["detail", "marker", "limit", "sort_dir"])
            .argument(sort_key(HistoryColumn::ALL.iter().map(|column| column.as_str())))
            .answers(page("history", named("HistoryEntryInPart"))),
        get(node!("/history/{entry}"), "showHistoryEntry", "Shows everything of one entry of a node's history.")
            .of(Endpoint::NodeHistory)
            .answers(named("HistoryEntry")),
    ]
}

fn parts() -> Vec<Operation> {
    let traits = || list(json!({"type": "string", "minLength": 1, "maxLength": 255}));
    vec![
        get(node!("/traits"), "listTraits", "Lists what a node can do.")
            .of(Endpoint::NodeTraits)
            .answers(record([("traits", list(text()))])),
        put(node!("/traits"), "setTraits", "Sets what a node can do.")
            .of(Endpoint::SetNodeTraits)
            .body(record([("traits", traits())]))
            .does(),
        delete(node!("/traits"), "clearTraits", "Removes everything that a node can do.")
            .of(Endpoint::DeleteNodeTraits)
            .does(),
        put(node!("/traits/{trait}"), "addTrait", "Adds to what a node can do.").of(Endpoint::SetNodeTraits).does(),
        delete(node!("/traits/{trait}"), "removeTrait", "Removes something that a node can do.")
            .of(Endpoint::DeleteNodeTraits)
            .does(),
        get(node!("/children"), "listChildren", "Lists the nodes that are parts of a node.")
            .of(Endpoint::NodeChildren)
            .answers(record([("children", list(uuid())), ("links", named("Link"))])),
        ports::openapi::filtered(get(node!("/ports"), "listPortsOfNode", "Lists the ports of a node.")),
        ports::openapi::in_detail(get(
            node!("/ports/detail"),
            "listPortsOfNodeInDetail",
            "Lists the ports of a node, whole.",
        )),
        portgroups::openapi::filtered(get(
            node!("/portgroups"),
            "listPortgroupsOfNode",
            "Lists the groups of ports of a node.",
        ))
        .of(Endpoint::PortgroupPorts),
        portgroups::openapi::in_detail(get(
            node!("/portgroups/detail"),
            "listPortgroupsOfNodeInDetail",
            "Lists the groups of ports of a node, whole.",
        ))
        .of(Endpoint::PortgroupPorts),
        volume::openapi::links(get(
            node!("/volume"),
            "showVolumeOfNode",
            "Tells where the connectors and targets of a node are.",
        )),
        volume::openapi::connectors(get(
            node!("/volume/connectors"),
            "listVolumeConnectorsOfNode",
            "Lists the connectors of a node.",
        )),
        volume::openapi::targets(get(
            node!("/volume/targets"),
            "listVolumeTargetsOfNode",
            "Lists the targets of a node.",
        )),
        allocations::openapi::shown(get(
            node!("/allocation"),
            "showAllocationOfNode",
            "Shows the allocation that a node was given to.",
        ))
        .of(Endpoint::NodeAllocation),
        delete(node!("/allocation"), "deleteAllocationOfNode", "Gives up the allocation of a node and frees the node.")
            .does()
            .of(Endpoint::NodeAllocation),
        get(node!("/vifs"), "listVifs", "Lists the virtual network interfaces of a node.")
            .of(Endpoint::NodeVifs)
            .answers(record([("vifs", list(record([("id", text())])))]))
            .on_hardware(),
        post(node!("/vifs"), "attachVif", "Attaches a virtual network interface.")
            .of(Endpoint::NodeVifs)
            .body(schemas::vif())
            .does()
            .on_hardware(),
        delete(node!("/vifs/{vif}"), "detachVif", "Detaches a virtual network interface.")
            .of(Endpoint::NodeVifs)
            .does()
            .on_hardware(),
    ]
}

fn vendor_passthru() -> Vec<Operation> {
    let mut all = vec![
        get(node!("/vendor_passthru/methods"), "listVendorMethods", "Lists the vendor methods of a node.")
            .answers(named("VendorMethods")),
    ];
    all.extend(vendor_calls(node!("/vendor_passthru/{method}"), "VendorMethod"));
    let by_query = vendor_calls(node!("/vendor_passthru"), "NamedVendorMethod");
    all.extend(by_query.into_iter().map(|call| call.query(&["method"])));
    all
}

/// The same, where some of it must be said.
fn needing(mut schema: Schema, names: &[&str]) -> Schema {
    schema["required"] = json!(names);
    schema
}
