//! A hardware type as clients of each version see it.

use kamacite_conductor::DriverInfo;
use kamacite_model::InterfaceKind;
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    fault::{Fault, Result},
    links::Links,
    schema,
    versions::{Version, since},
};

/// A hardware type to be written.
pub struct DriverView {
    /// The type.
    pub info: DriverInfo,
    /// Its interfaces are shown too.
    pub detail: bool,
    /// Only these fields are shown.
    pub fields: Option<Vec<String>>,
    /// The client's version.
    pub version: Version,
    /// Where links begin.
    pub links: Links,
}

/// Kinds in the order in which the reference lists them among the fields that may be asked for.
const KINDS: [InterfaceKind; 13] = [
    InterfaceKind::Boot,
    InterfaceKind::Console,
    InterfaceKind::Deploy,
    InterfaceKind::Inspect,
    InterfaceKind::Management,
    InterfaceKind::Network,
    InterfaceKind::Power,
    InterfaceKind::Raid,
    InterfaceKind::Vendor,
    InterfaceKind::Storage,
    InterfaceKind::Rescue,
    InterfaceKind::Bios,
    InterfaceKind::Firmware,
];

/// Checks a `?fields=`: 406 where the version has none, 400 for what is no field.
pub fn check_fields(version: Version, fields: &[String]) -> Result<()> {
    version.require(since::DRIVER_FIELDS)?;
    let known = fields_of(version);
    fields.iter().try_for_each(|field| schema::check_one_of(field, known.iter().map(String::as_str)))
}

/// Every field that may be asked for, in the reference's order.
pub fn fields_of(version: Version) -> Vec<String> {
    let mut known: Vec<String> = ["hosts", "links", "name"].map(str::to_owned).to_vec();
    for kind in KINDS.iter().filter(|kind| may_be_named(**kind, version)) {
        known.extend([format!("default_{kind}_interface"), format!("enabled_{kind}_interfaces")]);
    }
    known.extend(["properties", "type"].map(str::to_owned));
    known
}

const fn may_be_named(kind: InterfaceKind, version: Version) -> bool {
    !matches!(kind, InterfaceKind::Firmware) || version.has(since::DRIVER_FIRMWARE)
}

/// Whether a version has a kind of interface at all.
const fn has(version: Version, kind: InterfaceKind) -> bool {
    version.has(match kind {
        InterfaceKind::Storage => since::DRIVER_STORAGE,
        InterfaceKind::Rescue => since::DRIVER_RESCUE,
        InterfaceKind::Bios => since::DRIVER_BIOS,
        InterfaceKind::Firmware => since::DRIVER_FIRMWARE,
        InterfaceKind::Boot
        | InterfaceKind::Console
        | InterfaceKind::Deploy
        | InterfaceKind::Inspect
        | InterfaceKind::Management
        | InterfaceKind::Network
        | InterfaceKind::Power
        | InterfaceKind::Raid
        | InterfaceKind::Vendor => since::DRIVER_DETAIL,
    })
}

impl DriverView {
    /// Refuses fields that are there only in detail.
    pub fn check(self) -> Result<Self> {
        let is_shown =
            |field: &&String| self.detail || !(field.starts_with("default_") || field.starts_with("enabled_"));
        let hidden: Vec<&str> =
            self.fields.iter().flatten().filter(|field| !is_shown(field)).map(String::as_str).collect();
        if hidden.is_empty() {
            return Ok(self);
        }
        Err(Fault::invalid(format!("Field(s) \"{}\" are not valid", hidden.join(", "))))
    }

    fn shows(&self, field: &str) -> bool {
        self.fields.as_ref().is_none_or(|fields| fields.iter().any(|asked| asked == field))
    }
}

impl Serialize for DriverView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (name, version) = (&*self.info.name, self.version);
        let mut map = serializer.serialize_map(None)?;
        if self.shows("name") {
            map.serialize_entry("name", name)?;
        }
        if self.shows("hosts") {
            map.serialize_entry("hosts", &self.info.hosts)?;
        }
        map.serialize_entry("links", &self.links.pair("drivers", name, ""))?;
        if version.has(since::DRIVER_PROPERTIES_LINK) && self.shows("properties") {
            map.serialize_entry("properties", &self.links.pair("drivers", name, "/properties"))?;
        }
        if version.has(since::DRIVER_DETAIL) {
            if self.shows("type") {
                map.serialize_entry("type", "dynamic")?;
            }
            for kind in KINDS.iter().copied().filter(|kind| self.detail && has(version, *kind)) {
                let key = format!("default_{kind}_interface");
                if self.shows(&key) {
                    map.serialize_entry(&key, &self.info.defaults[kind].as_deref())?;
                }
                let key = format!("enabled_{kind}_interfaces");
                if self.shows(&key) {
                    let enabled: Vec<&str> = self.info.enabled[kind].iter().map(|name| &**name).collect();
                    map.serialize_entry(&key, &enabled)?;
                }
            }
        }
        map.end()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use kamacite_model::InterfaceMap;

    use super::*;

    fn view(minor: u16, detail: bool, fields: Option<&[&str]>) -> DriverView {
        DriverView {
            info: DriverInfo {
                name: "fake-hardware".to_owned(),
                hosts: vec!["localhost".to_owned()],
                defaults: InterfaceMap::from_fn(|_| Some("fake".into())),
                enabled: InterfaceMap::from_fn(|_| vec!["fake".into()]),
            },
            detail,
            fields: fields.map(|fields| fields.iter().map(|&field| field.to_owned()).collect()),
            version: Version::new(minor).unwrap(),
            links: Links::new("http://h"),
        }
    }

    fn keys(view: &DriverView) -> Vec<String> {
        serde_json::to_value(view).unwrap().as_object().unwrap().keys().cloned().collect()
    }

    #[test]
    fn fields_come_with_their_versions() {
        assert_eq!(keys(&view(13, true, None)), ["name", "hosts", "links"]);
        assert_eq!(keys(&view(29, true, None)).last().unwrap(), "properties");
        assert_eq!(keys(&view(30, false, None)).last().unwrap(), "type");
        for (minor, kinds) in [(30, 9), (33, 10), (38, 11), (40, 12), (85, 12), (86, 13)] {
            assert_eq!(keys(&view(minor, true, None)).len(), 5 + 2 * kinds, "1.{minor}");
        }
    }

    #[test]
    fn chosen_fields_come_with_links() {
        assert_eq!(keys(&view(115, false, Some(&["name"]))), ["name", "links"]);
        assert_eq!(keys(&view(115, true, Some(&["default_bios_interface"]))), ["links", "default_bios_interface"]);
        let refused = view(77, false, Some(&["enabled_bios_interfaces"])).check().err().unwrap();
        assert_eq!(refused.text(), "Field(s) \"enabled_bios_interfaces\" are not valid");
    }

    #[test]
    fn what_is_no_field_is_told_with_all_that_are() {
        let check = |minor, field: &str| check_fields(Version::new(minor).unwrap(), &[field.to_owned()]);
        assert_eq!(check(76, "name").unwrap_err().status(), 406);
        assert!(check(85, "default_firmware_interface").is_err());
        assert!(check(86, "default_firmware_interface").is_ok());
        let told = check(115, "nope").unwrap_err();
        assert!(told.text().starts_with(
            "Schema error: 'nope' is not one of ['hosts', 'links', 'name', 'default_boot_interface', \
             'enabled_boot_interfaces', 'default_console_interface'"
        ));
        assert!(told.text().ends_with("'enabled_firmware_interfaces', 'properties', 'type']"));
    }
}
