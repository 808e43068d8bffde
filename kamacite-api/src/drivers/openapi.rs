//! Hardware types in the OpenAPI document.

use super::{raid, view};
use crate::{
    openapi::{
        Operation, Schemas, get,
        parameters::fields,
        schema::{Schema, list, map, named, one_of, or_null, part, record, text, told},
        vendor_calls,
    },
    versions::{Endpoint, Version},
};

pub fn operations() -> Vec<Operation> {
    let known = view::fields_of(Version::MAX);
    let known = || known.iter().map(String::as_str);
    let mut all = vec![
        get("/v1/drivers", "listDrivers", "Lists hardware types.")
            .query(&["type", "detail"])
            .argument(fields(known().filter(|name| !is_detail(name))))
            .answers(record([("drivers", list(named("Driver")))])),
        get("/v1/drivers/{driver}", "showDriver", "Shows a hardware type.")
            .argument(fields(known()))
            .answers(named("Driver")),
        get("/v1/drivers/{driver}/{field}", "showDriverField", "Shows one field of a hardware type.")
            .at("field", one_of(known().filter(|name| *name != "properties")))
            .answers(named("Driver"))
            .old(),
        get(
            "/v1/drivers/{driver}/properties",
            "listDriverProperties",
            "Lists what a hardware type reads from `driver_info`.",
        )
        .answers(told(map(text()), "Properties by name, each with what it is for.")),
        get(
            "/v1/drivers/{driver}/raid/logical_disk_properties",
            "listLogicalDiskProperties",
            "Lists what may be said of a logical disk.",
        )
        .of(Endpoint::DriverRaid)
        .answers(record(raid::PROPERTIES.map(|(name, _)| (name, text())))),
        get(
            "/v1/drivers/{driver}/vendor_passthru/methods",
            "listDriverVendorMethods",
            "Lists the vendor methods of a hardware type.",
        )
        .query(&["interface"])
        .answers(named("VendorMethods")),
    ];
    let by_path = vendor_calls("/v1/drivers/{driver}/vendor_passthru/{method}", "DriverVendorMethod");
    all.extend(by_path.into_iter().map(|call| call.query(&["interface"])));
    let by_query = vendor_calls("/v1/drivers/{driver}/vendor_passthru", "NamedDriverVendorMethod");
    all.extend(by_query.into_iter().map(|call| call.query(&["method", "interface"])));
    all
}

pub fn schemas() -> Schemas {
    let known = view::fields_of(Version::MAX);
    let driver = part(known.iter().map(|name| (name.as_str(), of_field(name))));
    vec![("Driver", told(driver, "A hardware type; its interfaces are shown in detail only."))]
}

fn is_detail(name: &str) -> bool {
    name.starts_with("default_") || name.starts_with("enabled_")
}

fn of_field(name: &str) -> Schema {
    match name {
        "name" => text(),
        "hosts" => told(list(text()), "The conductors that have it."),
        "links" | "properties" => named("Links"),
        "type" => one_of(["dynamic"]),
        _ if name.starts_with("default_") => or_null(text()),
        _ => list(text()),
    }
}
