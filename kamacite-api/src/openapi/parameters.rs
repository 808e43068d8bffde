//! Parameters by their names: what may stand in a path and in a query, said once for all operations.

use kamacite_model::{Component, Fault, MediaDevice, ProvisionState};
use serde_json::{Value, json};

use super::schema::{Schema, flag, ident, list, mac, one_of, text, uuid};

/// A parameter of the path; `own` is its schema where its name does not tell.
pub fn path(name: &str, own: Option<Schema>) -> Value {
    let (schema, words) = match name {
        "node" => (ident(), "A node's UUID or name."),
        "port" => (ident(), "A port's UUID or name."),
        "portgroup" => (ident(), "The UUID or the name of a group of ports."),
        "chassis" => (uuid(), "A chassis's UUID."),
        "connector" => (uuid(), "A connector's UUID."),
        "target" => (uuid(), "A target's UUID."),
        "allocation" => (ident(), "An allocation's UUID or name."),
        "driver" => (text(), "A hardware type."),
        "conductor" => (text(), "A conductor's host name."),
        "entry" => (uuid(), "The UUID of an entry of history."),
        "setting" => (ident(), "The name of a setting."),
        "trait" => (json!({"type": "string", "pattern": "^[A-Z0-9_]+$", "maxLength": 255}), "A trait."),
        "vif" => (ident(), "The identity of a virtual network interface."),
        "devices" => (one_of(MediaDevice::ALL.iter().map(|device| device.as_str())), "Which drive."),
        "component" => (one_of(Component::ALL.iter().map(|component| component.as_str())), "A part of a machine."),
        "indicator" => (text(), "An indicator: its name, and after an @ the component that it is on."),
        "name" => (text(), "The name of an indicator."),
        "method" => (text(), "The name of a vendor method."),
        "operation" => (uuid(), "The identity of an operation."),
        "field" => (text(), "The name of a field."),
        "fields" => (text(), "Names of fields between commas."),
        _ => (text(), ""),
    };
    let mut schema = own.unwrap_or(schema);
    if schema.get("enum").is_none() {
        schema["minLength"] = 1.into();
    }
    json!({"name": name, "in": "path", "required": true, "description": words, "schema": schema})
}

/// An argument of the query.
pub fn query(name: &str) -> Value {
    let (schema, words) = match name {
        "address" => (mac(), "Those of this hardware address."),
        "associated" => (flag(), "Those with an instance, or those without."),
        "chassis_uuid" => (uuid(), "Those in this chassis."),
        "conductor" => (text(), "Those that this conductor looks after."),
        "conductor_group" => (text(), "Those of this group of conductors."),
        "conductor_groups" => (list(text()), "Those of nodes of these groups of conductors."),
        "description_contains" => (text(), "Those whose description contains this."),
        "detail" => (flag(), "Whether everything is shown."),
        "device_types" => (
            list(one_of(MediaDevice::ALL.iter().map(|device| device.as_str()))),
            "Which drives; all where none is named.",
        ),
        "driver" => (text(), "Those of this hardware type."),
        "fault" => (one_of(Fault::ALL.iter().map(|fault| fault.as_str())), "Those with this fault."),
        "fields" => (list(text()), "What is shown of each."),
        "include_children" => (flag(), "Whether parts of other nodes are listed, too."),
        "indicator" => (text(), "An indicator: its name, and after an @ the component that it is on."),
        "instance_name" => (text(), "The one with the instance of this name."),
        "instance_uuid" => (uuid(), "The one with this instance."),
        "interface" => (text(), "The vendor interface, where it is not the one that the type prefers."),
        "lessee" => (text(), "Those of this lessee."),
        "limit" => (json!({"type": "integer", "minimum": 1}), "How many at most."),
        "maintenance" => (flag(), "Those in maintenance, or those that are not."),
        "marker" => (uuid(), "The last one of the page before."),
        "method" => (text(), "The vendor method."),
        "node" => (ident(), "The node, by its UUID or its name."),
        "node_uuid" => (uuid(), "The node, by its UUID."),
        "owner" => (text(), "Those of this owner."),
        "parent_node" => (uuid(), "The parts of this node."),
        "portgroup" => (ident(), "Those in this group, by its UUID or its name."),
        "project" => (text(), "Those whose owner or lessee is this project."),
        "provision_state" => {
            (one_of(ProvisionState::ALL.iter().map(|state| state.as_str())), "Those in this provision state.")
        }
        "reset_interfaces" => (flag(), "Whether interfaces that are not named go back to what the new driver prefers."),
        "resource_class" => (text(), "Those of this resource class."),
        "retired" => (flag(), "Those that are retired, or those that are not."),
        "shard" => (list(text()), "Those of these shards."),
        "sharded" => (flag(), "Those in any shard, or those in none."),
        "sort_dir" => (one_of(["asc", "desc"]), "Whether the list goes up or down."),
        "sort_key" => (text(), "The field by which the list is sorted."),
        "type" => (one_of(["classic", "dynamic"]), "Hardware types of this kind; all are dynamic."),
        _ => (text(), ""),
    };
    argument(name, schema, words)
}

/// An argument of the query with a schema of its own.
pub fn argument(name: &str, schema: Schema, words: &str) -> Value {
    let mut parameter = json!({"name": name, "in": "query", "description": words, "schema": schema});
    if parameter["schema"]["type"] == "array" {
        // Items between commas.
        parameter["style"] = "form".into();
        parameter["explode"] = false.into();
    }
    parameter
}

/// `?fields=`: these may be asked for.
pub fn fields<'a>(names: impl IntoIterator<Item = &'a str>) -> Value {
    argument("fields", list(one_of(names)), "What is shown of each, beside the links.")
}

/// `?sort_key=`: these may be sorted by.
pub fn sort_key<'a>(names: impl IntoIterator<Item = &'a str>) -> Value {
    argument("sort_key", one_of(names), "The field by which the list is sorted.")
}
