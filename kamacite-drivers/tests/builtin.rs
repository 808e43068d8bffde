//! What comes with the program: the list, the hardware types, and that every description is of use.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use kamacite_driver::{
    Catalogue, Driver, Registry, Selection, Services,
    conformance::ManualClock,
    model::{InterfaceKind, InterfaceKind::*, options::Options},
};

fn services() -> Services {
    Services::new(ManualClock::new(), Options::default())
}

fn drivers() -> Vec<Driver> {
    kamacite_drivers::builtin().into_iter().map(|driver| driver(&services())).collect()
}

fn supported(hardware_type: &str, kind: InterfaceKind) -> Vec<String> {
    let catalogue = Catalogue::new(drivers()).expect("no duplicates");
    catalogue.types[hardware_type].supported[kind].iter().map(ToString::to_string).collect()
}

#[test]
fn the_list_is_alphabetical() {
    let names: Vec<_> = drivers().into_iter().map(|driver| driver.name).collect();
    assert!(names.is_sorted(), "{names:?}");
}

#[test]
fn fake_hardware_prefers_what_the_reference_prefers() {
    assert_eq!(supported("fake-hardware", Vendor), ["fake", "fake-extra", "no-vendor"]);
    assert_eq!(supported("fake-hardware", Console), ["fake", "no-console", "fake-graphical"]);
    assert_eq!(supported("fake-hardware", Raid), ["fake", "no-raid", "agent"]);
    assert_eq!(supported("fake-hardware", Storage), ["fake", "noop", "cinder", "external"]);
    assert_eq!(supported("fake-hardware", Network), ["flat", "neutron", "ironic-networking", "noop"]);
}

#[test]
fn manual_management_prefers_what_the_reference_prefers() {
    assert_eq!(supported("manual-management", Power), ["agent", "fake"]);
    assert_eq!(supported("manual-management", Management), ["noop", "fake"]);
    let deploy = supported("manual-management", Deploy);
    assert_eq!(deploy.first().map(String::as_str), Some("autodetect"));
    // `no-deploy` only stands in where even `noop` is not enabled.
    assert_eq!(deploy[deploy.len() - 2..], ["noop", "no-deploy"]);
    assert_eq!(supported("manual-management", Vendor), ["no-vendor"]);
    let catalogue = Catalogue::new(drivers()).expect("no duplicates");
    let of = &catalogue.types["manual-management"];
    assert!(!of.takes_anything && !of.fake);
}

#[test]
fn ipmi_prefers_what_the_reference_prefers() {
    assert_eq!(supported("ipmi", Power), ["ipmitool"]);
    assert_eq!(supported("ipmi", Management), ["ipmitool", "noop"]);
    assert_eq!(supported("ipmi", Vendor), ["ipmitool", "no-vendor"]);
    assert_eq!(supported("ipmi", Console), ["ipmitool-socat", "no-console", "fake-graphical"]);
    assert_eq!(supported("ipmi", Boot), ["ipxe", "pxe", "http-ipxe", "http", "no-boot"]);
    assert_eq!(supported("ipmi", Raid), ["no-raid", "agent"]);
}

#[test]
fn every_option_has_a_default_that_it_takes() {
    let options: Vec<_> = drivers().into_iter().flat_map(|driver| driver.options).collect();
    assert_eq!(options.iter().filter(|option| option.group == "fake").count(), 11);
    for option in options {
        assert_eq!((option.check)(option.default), Ok(()), "[{}]{}", option.group, option.name);
        assert!(!option.help.is_empty() && !option.kind.is_empty());
    }
}

#[test]
fn every_step_and_method_says_what_it_does() {
    for implementation in drivers().into_iter().flat_map(|driver| driver.implementations) {
        let methods = implementation.node_methods.iter().map(|method| &method.spec);
        for spec in methods.chain(implementation.driver_methods.iter().map(|method| &method.spec)) {
            assert!(!spec.description.is_empty() && !spec.verbs.is_empty(), "{}", spec.name);
        }
        for step in &implementation.steps {
            assert!(!step.spec.description.is_empty(), "{}", step.spec.name);
        }
    }
}

const PAGES: [(&str, &str); 4] = [
    ("fake", include_str!("../../docs/drivers/fake-hardware.md")),
    ("ipmi", include_str!("../../docs/drivers/ipmi.md")),
    ("manual-management", include_str!("../../docs/drivers/manual-management.md")),
    ("redfish", include_str!("../../docs/drivers/redfish.md")),
];

#[test]
fn the_configurations_on_the_pages_work() {
    for (name, page) in PAGES {
        let block =
            page.split("```").find_map(|block| block.strip_prefix("ini\n[DEFAULT]\n")).expect("a configuration");
        let mut options = Options::default();
        for (option, value) in block.lines().filter_map(|line| line.split_once(" = ")) {
            options.set("DEFAULT", option, value);
        }
        let loaded = Registry::load(drivers(), &Selection::from_options(&options));
        assert_eq!(loaded.err(), None, "{name}");
    }
}
