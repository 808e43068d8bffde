//! Kamacite's own endpoints in the OpenAPI document.

use kamacite_model::{
    Health, ProvisionState, SensorKind,
    event::EventType,
    operation::{OperationKind, OperationState},
};

use crate::openapi::{
    Operation, Schemas, get,
    parameters::argument,
    post,
    schema::{
        Schema, flag, integer, list, moment, named, number, object, one_of, or_null, part, record, text, told, uuid,
    },
};

pub fn operations() -> Vec<Operation> {
    let events = EventType::ALL.iter().map(|event| event.as_str());
    let listed = |name: &'static str, schema| record([(name, list(named(schema)))]);
    vec![
        get("/kamacite/v1", "showKamacite", "Tells what Kamacite has beside Ironic's API.").answers(named("Kamacite")),
        get("/kamacite/v1/events", "followEvents", "Tells what happens to nodes and operations, as it happens.")
            .query(&["node"])
            .argument(argument("type", list(one_of(events)), "Events of these types."))
            .streams(),
        get("/kamacite/v1/operations/{operation}", "showOperation", "Tells how far an operation is, or how it ended.")
            .answers(named("Operation")),
        post(
            "/kamacite/v1/nodes/{node}/abandon",
            "abandonNode",
            "Ends whatever is under way on a node, even if its BMC is dead.",
        )
        .body(abandoning())
        .answers(named("Abandoned"))
        .on_hardware(),
        get("/kamacite/v1/nodes/{node}/why", "showWhy", "Tells what a node waits for, and what may be done next.")
            .answers(named("Why")),
        get("/kamacite/v1/nodes/{node}/bmc", "showBmc", "Tells how a node's BMC is doing.")
            .answers(listed("bmcs", "Bmc")),
        get(
            "/kamacite/v1/nodes/{node}/nics",
            "listNics",
            "Lists a machine's network interfaces as its BMC knows them.",
        )
        .answers(listed("nics", "Nic"))
        .on_hardware(),
        get(
            "/kamacite/v1/nodes/{node}/operations",
            "listOperationsOfNode",
            "Lists what was done to a node, newest first.",
        )
        .query(&["limit"])
        .answers(listed("operations", "Operation")),
        get("/kamacite/v1/nodes/{node}/sensors", "listSensors", "Lists what a machine measures of itself, now.")
            .answers(listed("sensors", "Sensor"))
            .on_hardware(),
        get(
            "/kamacite/v1/drivers/{driver}/vendor_methods",
            "listVendorMethodsOfDriver",
            "Lists every vendor method with its arguments.",
        )
        .answers(listed("vendor_methods", "DescribedVendorMethod")),
    ]
}

pub fn schemas() -> Schemas {
    vec![
        ("Kamacite", record([("name", text()), ("version", text()), ("links", list(named("Link")))])),
        ("Operation", told(operation(), "What was asked, how far it is, how it ended.")),
        ("AskedBy", asked_by()),
        ("Abandoned", told(abandoned(), "What became of the node.")),
        ("Why", told(why(), "All that a person wants to know who was woken up because of a node.")),
        ("Work", told(work(), "An operation that is under way.")),
        ("Act", told(act(), "What may be done, or could be done otherwise.")),
        ("Bmc", bmc()),
        ("BmcExchange", exchange()),
        ("Nic", nic()),
        ("Sensor", sensor()),
        ("DescribedVendorMethod", vendor_method()),
    ]
}

fn operation() -> Schema {
    record([
        ("id", uuid()),
        ("kind", kind()),
        ("name", text()),
        ("node", or_null(uuid())),
        ("driver", or_null(text())),
        ("state", state()),
        ("progress", told(or_null(text()), "How far the work is, in the driver's words.")),
        ("result", told(serde_json::json!({}), "What came of it; of any type.")),
        ("error", or_null(text())),
        ("attempt", integer()),
        ("conductor", or_null(text())),
        ("asked_by", named("AskedBy")),
        ("created_at", moment()),
        ("updated_at", moment()),
        ("finished_at", or_null(moment())),
        ("deadline", or_null(moment())),
        ("links", list(named("Link"))),
    ])
}

fn asked_by() -> Schema {
    record([("request_id", or_null(text())), ("user", or_null(text())), ("project", or_null(text()))])
}

fn abandoning() -> Schema {
    let to = told(
        or_null(one_of(["enroll"])),
        "To have what is on the node forgotten; otherwise it stays where its work ends.",
    );
    let mut said = part([("reason", text()), ("to", to)]);
    said["required"] = serde_json::json!(["reason"]);
    said
}

fn abandoned() -> Schema {
    let ended = record([("id", uuid()), ("kind", kind()), ("name", text()), ("href", text())]);
    record([
        ("node", uuid()),
        ("from", provision_state()),
        ("to", provision_state()),
        ("maintenance", flag()),
        ("ended", list(ended)),
        ("words", told(text(), "What was done, for a person.")),
        ("why", told(text(), "Where to look how the node stands.")),
    ])
}

fn why() -> Schema {
    let power = record([("state", or_null(text())), ("target", or_null(text()))]);
    let wait = record([
        ("on", told(text(), "Who is waited for.")),
        ("what", text()),
        ("since", or_null(moment())),
        ("until", told(or_null(moment()), "When it is given up.")),
        ("because_of", told(or_null(text()), "What sets the limit.")),
        ("then", told(text(), "What follows.")),
    ]);
    let lock = record([("holder", text()), ("since", or_null(moment())), ("what", text())]);
    let block = record([("by", text()), ("reason", or_null(text())), ("what", text())]);
    record([
        ("summary", told(text(), "All of it in a sentence.")),
        ("node", uuid()),
        ("name", or_null(text())),
        ("state", provision_state()),
        ("since", or_null(moment())),
        ("target", or_null(provision_state())),
        ("meaning", told(text(), "What the state means.")),
        ("power", power),
        ("last_error", or_null(text())),
        ("waits_for", or_null(wait)),
        ("operation", or_null(named("Work"))),
        ("other_operations", list(named("Work"))),
        ("lock", or_null(lock)),
        ("blocks", told(list(block), "What keeps others from working on it.")),
        ("bmcs", list(named("Bmc"))),
        ("may", list(named("Act"))),
    ])
}

fn work() -> Schema {
    record([
        ("id", uuid()),
        ("kind", kind()),
        ("name", text()),
        ("state", state()),
        ("step", or_null(record([("at", integer()), ("of", integer()), ("what", text())]))),
        ("progress", or_null(text())),
        ("attempt", integer()),
        ("asked_by", named("AskedBy")),
        ("since", moment()),
        ("href", text()),
    ])
}

fn act() -> Schema {
    let mut request = part([("method", text()), ("url", text()), ("version", text()), ("body", object())]);
    request["required"] = serde_json::json!(["method", "url"]);
    record([
        ("do", text()),
        ("what", text()),
        ("now", flag()),
        ("why_not", or_null(text())),
        ("asks_bmc", told(flag(), "Whether the BMC must answer.")),
        ("request", told(request, "The call that does it.")),
    ])
}

fn kind() -> Schema {
    one_of(OperationKind::ALL.iter().map(|kind| kind.as_str()))
}

fn state() -> Schema {
    one_of(OperationState::ALL.iter().map(|state| state.as_str()))
}

fn provision_state() -> Schema {
    one_of(ProvisionState::ALL.iter().map(|state| state.as_str()))
}

fn bmc() -> Schema {
    let asking = record([("request", text()), ("since", or_null(moment()))]);
    record([
        ("protocol", text()),
        ("address", text()),
        ("condition", told(text(), "Whether it answers.")),
        ("since", or_null(moment())),
        ("next_try_at", or_null(moment())),
        ("why", or_null(text())),
        ("concurrency", told(integer(), "How many requests it is given at a time.")),
        ("under_way", integer()),
        ("waiting", integer()),
        ("answered", integer()),
        ("silent", integer()),
        ("refused", integer()),
        ("broken", integer()),
        ("asking", told(list(asking), "What was asked and is not answered yet.")),
        ("last_exchange", or_null(named("BmcExchange"))),
        ("earlier_exchanges", list(named("BmcExchange"))),
    ])
}

fn exchange() -> Schema {
    record([("request", text()), ("outcome", text()), ("took_s", number()), ("ended_at", moment())])
}

fn nic() -> Schema {
    record([
        ("name", or_null(text())),
        ("mac", text()),
        ("link", told(or_null(flag()), "Whether its cable is in.")),
        ("speed_mbps", or_null(integer())),
    ])
}

fn sensor() -> Schema {
    let limit = || or_null(number());
    let thresholds = record([
        ("lower_fatal", limit()),
        ("lower_critical", limit()),
        ("lower_warning", limit()),
        ("upper_warning", limit()),
        ("upper_critical", limit()),
        ("upper_fatal", limit()),
    ]);
    record([
        ("kind", one_of(SensorKind::ALL.iter().map(|kind| kind.as_str()))),
        ("name", text()),
        ("reading", or_null(number())),
        ("unit", or_null(text())),
        ("thresholds", thresholds),
        ("status", or_null(one_of(Health::ALL.iter().map(|health| health.as_str())))),
    ])
}

fn vendor_method() -> Schema {
    record([
        ("name", text()),
        ("interface", text()),
        ("on", one_of(["node", "driver"])),
        ("http_methods", list(text())),
        ("async", flag()),
        ("description", text()),
        ("attach", flag()),
        ("require_exclusive_lock", flag()),
        ("args_schema", told(object(), "A JSON Schema of the arguments.")),
    ])
}
