"""Makes what schemathesis invents hit real things, and counts what was answered.

Read by schemathesis, which `cargo xtask openapi` starts. Most of the values that it makes up name nothing, and would be refused at the
door; so some of them are replaced by what is there. Others stay as they are, for the door must hold, too.
"""

import atexit
import collections
import json
import os
import random

import schemathesis

SEEDED = json.load(open(os.environ["KAMACITE_SEEDED"], encoding="utf-8"))
COUNTS = os.environ["KAMACITE_COUNTS"]

# Its own, so that schemathesis invents the same whatever is replaced.
CHANCE = random.Random(1)

# What may be said of a new node and does not have to name something.
FREE = ("extra", "properties", "description", "resource_class", "driver_info", "instance_info")

# A vendor method of nodes and one of hardware types that answer to every verb.
OF_NODES, OF_DRIVERS = "echo", "ping"

# Verbs that are likely to fit the state that a node is in.
TARGETS = ("manage", "provide", "inspect", "manage", "active", "deleted")


def often():
    return CHANCE.random() < 0.75


def one(names):
    return CHANCE.choice(names)


def named(operation, parameter):
    """What is there under a parameter's name; None where anything will do."""
    if (operation, parameter) in LEARNED:
        return LEARNED[operation, parameter]
    if operation in SEEDED["spare"]:
        # What is removed is not there for the others.
        spare = SEEDED["spare"][operation]
        return spare.pop() if spare else None
    if parameter in SEEDED:
        return one(SEEDED[parameter])
    return {
        "driver": "fake-hardware",
        "trait": "CUSTOM_GOLD",
        "indicator": "led@system",
        "component": "system",
        "name": "led",
        "method": OF_DRIVERS if "Driver" in operation else OF_NODES,
        "fields": "uuid,address",
    }.get(parameter)


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = case.operation.definition.raw.get("operationId", "")
    for parameter in case.path_parameters or {}:
        value = named(operation, parameter) if often() else None
        if value is not None:
            case.path_parameters[parameter] = value
    settle_query(operation, case)
    if "VendorMethod" in operation and not operation.startswith("list") and often():
        settle_call(operation, case)
    elif isinstance(case.body, dict) and often():
        case.body = settled(operation, case.body)
    elif operation.startswith("update") and often():
        case.body = [{"op": "add", "path": f"/extra/{one('abc')}", "value": CHANCE.randrange(10)}]


def settle_call(operation, case):
    """A vendor method is called with what it takes, in the body or in the query."""
    case.query = {"interface": "fake-extra"} if "Driver" in operation else {}
    if "method" not in (case.path_parameters or {}):
        case.query["method"] = OF_DRIVERS if "Driver" in operation else OF_NODES
    if operation.startswith(("get", "delete")):
        case.query["text"] = "meow"
    else:
        case.body = {"text": "meow"}


def settle_query(operation, case):
    """A marker that is nowhere, a chassis that nobody has, and fields beside `detail` are refused whatever else is said."""
    query = case.query
    if not isinstance(query, dict) or not often():
        return
    for name in ("marker", "chassis_uuid", "detail", "address", "reset_interfaces"):
        query.pop(name, None)
    for name in ("node", "node_uuid", "portgroup"):
        if name in query:
            query[name] = one(SEEDED["portgroup" if name == "portgroup" else "node"])
    if "interface" in query:
        query["interface"] = "fake-extra"


def settled(operation, body):
    """The same body, as it may be said of what is there."""
    if operation == "createNode":
        return {name: value for name, value in body.items() if name in FREE} | {"driver": "fake-hardware"}
    if operation in ("createPort", "createPortgroup"):
        address = "52:54:00:" + ":".join(f"{CHANCE.randrange(256):02x}" for _ in range(3))
        free = ("extra",) if operation == "createPortgroup" else ("extra", "description", "vendor")
        kept = {name: value for name, value in body.items() if name in free}
        return kept | {"address": address, "node_uuid": one(SEEDED["node"])}
    if operation == "createVolumeConnector":
        name = f"iqn.2026-11.test:{CHANCE.randrange(10**9)}"
        return {"node_uuid": one(SEEDED["node"]), "type": "iqn", "connector_id": name}
    if operation == "createVolumeTarget":
        volume = {"volume_type": "iscsi", "volume_id": "volume", "boot_index": CHANCE.randrange(5000, 10**6)}
        return volume | {"node_uuid": one(SEEDED["node"])}
    if operation in ("createChassis", "createAllocation"):
        return {name: value for name, value in body.items() if name in ("extra", "description")} | (
            {"resource_class": "gold"} if operation == "createAllocation" else {}
        )
    if operation == "setProvisionState":
        return {"target": one(TARGETS) if often() else body.get("target", "manage")}
    if operation == "setTraits":
        return {"traits": ["CUSTOM_GOLD", f"CUSTOM_{CHANCE.randrange(10)}"]}
    if operation == "setNamedIndicator":
        return body | {"indicator": "led@system"}
    if operation == "attachVif":
        return {"id": f"vif-{CHANCE.randrange(1000)}"}
    return body


def learn(operation, case, response):
    """What was listed can be shown."""
    for listed, shown, key, name, parameter in (
        ("listHistory", "showHistoryEntry", "history", "uuid", "entry"),
        ("listBiosSettings", "showBiosSetting", "bios", "name", "setting"),
    ):
        found = response.json().get(key) if operation == listed and response.status_code == 200 else None
        if found and name in found[0]:
            LEARNED[shown, "node"] = case.path_parameters["node"]
            LEARNED[shown, parameter] = found[0][name]


LEARNED = {}
ANSWERS = collections.defaultdict(collections.Counter)


@schemathesis.hook
def after_call(context, case, response):
    if case.method.upper() != case.operation.method.upper():
        # Schemathesis also tries verbs that the path does not have.
        return
    operation = case.operation.definition.raw.get("operationId", "")
    ANSWERS[operation][response.status_code] += 1
    learn(operation, case, response)


@atexit.register
def tell():
    with open(COUNTS, "w", encoding="utf-8") as file:
        json.dump(ANSWERS, file)
