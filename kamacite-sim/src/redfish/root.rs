//! The service root (DSP0268, ServiceRoot) and what stands beside it.

use serde_json::{Value, json};

use super::{Call, ROOT, link, resource};
use crate::bmc::Bmc;

/// The least of a metadata document: what there is, is told by the schemas of DSP8010.
pub(crate) const METADATA: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
    <edmx:Edmx xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\" Version=\"4.0\"></edmx:Edmx>\n";

/// `GET /redfish/v1`
pub(crate) fn get(bmc: &Bmc, _: &Call<'_>) -> Option<Value> {
    let at = |name: &str| link(format!("{ROOT}/{name}"));
    let vendor = bmc.vendor;
    Some(resource(
        "/redfish/v1/",
        "#ServiceRoot.v1_16_0.ServiceRoot",
        "RootService",
        "Root Service",
        json!({
            "RedfishVersion": vendor.redfish_version,
            "UUID": bmc.machine.uuid().to_string(),
            "Vendor": vendor.manufacturer,
            "Product": vendor.bmc_model,
            "Systems": at("Systems"),
            "Managers": at("Managers"),
            "Chassis": at("Chassis"),
            "SessionService": at("SessionService"),
            "AccountService": at("AccountService"),
            "EventService": at("EventService"),
            "UpdateService": at("UpdateService"),
            "Tasks": at("TaskService"),
            "Registries": at("Registries"),
            "ProtocolFeaturesSupported": {
                "ExcerptQuery": false,
                "FilterQuery": false,
                "OnlyMemberQuery": false,
                "SelectQuery": false,
                "ExpandQuery": {"ExpandAll": false, "Levels": false, "Links": false, "NoLinks": false},
            },
            "Links": {"Sessions": at("SessionService/Sessions")},
        }),
    ))
}

/// `GET /redfish/v1/odata` (OData 4.0, service document)
pub(crate) fn odata(_: &Bmc, _: &Call<'_>) -> Option<Value> {
    let names = ["Systems", "Managers", "Chassis", "SessionService", "EventService", "UpdateService"];
    let all: Vec<Value> =
        names.iter().map(|name| json!({"name": name, "kind": "Singleton", "url": format!("{ROOT}/{name}")})).collect();
    Some(json!({"@odata.context": "/redfish/v1/$metadata", "value": all}))
}
