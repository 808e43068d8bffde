//! Which implementation drives a node, and what a configuration that does not fit together is told.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "support/anything.rs"]
mod anything;

use std::sync::Arc;

use anything::{Anything, offer, type_of};
use kamacite_driver::{
    Driver, ExclusiveTask, HardwareType, LoadError, Offer, Registry, ResolveError, Result, Selection,
    model::{InterfaceKind, InterfaceKind::*, InterfaceMap, Node, Timestamp, Uuid, options::Options},
    passthru, step,
};

/// A driver that offers every kind under each of these names.
fn driver(name: &str, names: &[&str]) -> Driver {
    let all = names.iter().flat_map(|name| InterfaceKind::ALL.iter().map(move |kind| (*kind, *name)));
    all.fold(Driver::new(name), |driver, (kind, name)| offer(driver, kind, name))
}

/// What the options enable: the types, the same implementations of every kind, and whatever else is said.
fn select(types: &str, interfaces: &str, others: &[(&str, &str)]) -> Selection {
    let mut options = Options::default();
    options.set("DEFAULT", "enabled_hardware_types", types);
    for kind in InterfaceKind::ALL {
        options.set("DEFAULT", &format!("enabled_{kind}_interfaces"), interfaces);
        options.set("DEFAULT", &format!("default_{kind}_interface"), "");
    }
    for (name, value) in others {
        options.set("DEFAULT", name, *value);
    }
    Selection::from_options(&options)
}

#[track_caller]
fn refused(drivers: Vec<Driver>, selection: &Selection) -> (LoadError, String) {
    let error = Registry::load(drivers, selection).err().expect("a refusal");
    let words = error.to_string();
    (error, words)
}

fn node(driver: &str) -> Node {
    Node::new(Uuid::nil(), driver, Timestamp::UNIX_EPOCH)
}

fn blade(names: &[&str]) -> HardwareType {
    type_of("blade", names)
}

fn names(found: &[Arc<str>]) -> Vec<&str> {
    found.iter().map(|name| &**name).collect()
}

#[test]
fn a_duplicate_names_both_owners() {
    let nothing = Selection::default();
    let drivers = vec![driver("acme", &["a"]), offer(Driver::new("other"), Power, "a")];
    let words = "two drivers register the same power interface \"a\": acme and other; rename one of them";
    assert_eq!(refused(drivers, &nothing).1, words);

    let drivers = vec![Driver::new("acme").hardware_type(blade(&[])), Driver::new("other").hardware_type(blade(&[]))];
    let words = "two drivers register the same hardware type \"blade\": acme and other; rename one of them";
    assert_eq!(refused(drivers, &nothing).1, words);

    let twice = offer(offer(Driver::new("acme"), Power, "a"), Power, "a");
    assert!(matches!(refused(vec![twice], &nothing).0, LoadError::Duplicate { first, second, .. } if first == second));

    // The same name in different kinds is no duplicate.
    assert!(Registry::load(vec![driver("acme", &["a", "b"])], &nothing).is_ok());
}

/// Does nothing.
#[step(clean, deploy, resume = again)]
#[passthru(POST)]
async fn nothing(_: &Anything, _: &mut ExclusiveTask) -> Result<()> {
    Ok(())
}

#[test]
fn a_method_or_step_can_be_there_once_and_methods_only_on_vendor_interfaces() {
    let load = |driver: Driver| Registry::load(vec![driver], &Selection::default()).err().map(|why| why.to_string());
    let of = || Offer::of(Anything);
    assert_eq!(load(Driver::new("acme").vendor("a", of().with::<nothing>())), None);
    assert_eq!(load(Driver::new("acme").power("a", of().step::<nothing>())), None);
    let words =
        "driver acme registers the node vendor method \"nothing\" of vendor interface \"a\" twice; drop one of them";
    let twice = of().with::<nothing>().node_method::<nothing>();
    assert_eq!(load(Driver::new("acme").vendor("a", twice)), Some(words.to_owned()));
    let words = "driver acme registers the step \"nothing\" of power interface \"a\" twice; drop one of them";
    let twice = of().step::<nothing>().step::<nothing>();
    assert_eq!(load(Driver::new("acme").power("a", twice)), Some(words.to_owned()));
    let words =
        "driver acme gives power interface \"a\" the vendor method \"nothing\"; only a vendor interface can have one";
    assert_eq!(load(Driver::new("acme").power("a", of().with::<nothing>())), Some(words.to_owned()));
}

#[test]
fn a_name_that_is_not_there_names_the_option() {
    let drivers = || vec![driver("acme", &["b", "a"]).hardware_type(blade(&["a"]))];
    let (_, words) = refused(drivers(), &select("blade,rack", "a", &[]));
    let expected =
        "option enabled_hardware_types names \"rack\", which this program does not contain; available: blade";
    assert_eq!(words, expected);

    let (_, words) = refused(drivers(), &select("blade", "a", &[("enabled_boot_interfaces", "a,pxe")]));
    let expected = "option enabled_boot_interfaces names \"pxe\", which this program does not contain; available: a, b";
    assert_eq!(words, expected);
}

#[test]
fn a_name_that_is_said_twice_counts_once() {
    let drivers = vec![driver("acme", &["a"]).hardware_type(blade(&["a"]))];
    let registry = Registry::load(drivers, &select("blade,blade", "a,a", &[])).expect("it loads");
    assert_eq!(registry.types().count(), 1);
}

#[test]
fn the_defaults_of_the_options_pass_over_what_is_not_there() {
    // Every default names things that this program does not contain.
    let all = [
        "no-bios",
        "no-boot",
        "no-console",
        "no-deploy",
        "no-firmware",
        "no-inspect",
        "noop",
        "no-raid",
        "no-rescue",
        "no-vendor",
        "redfish",
    ];
    let redfish = HardwareType::generic("redfish").power(["redfish"]).management(["redfish"]);
    let selection = Selection::from_options(&Options::default());
    let registry = Registry::load(vec![driver("acme", &all).hardware_type(redfish)], &selection).expect("it loads");
    let redfish = registry.hardware_type("redfish").expect("enabled by default");
    let defaults = InterfaceMap::from_fn(|kind| registry.default_for(redfish, kind).expect("a default"));
    assert_eq!((&*defaults[Boot], &*defaults[Deploy], &*defaults[Storage]), ("no-boot", "no-deploy", "noop"));
    assert_eq!((&*defaults[Power], &*defaults[Raid], &*defaults[Bios]), ("redfish", "no-raid", "no-bios"));
}

#[test]
fn a_default_that_is_not_enabled_says_where_to_add_it() {
    let drivers = vec![driver("acme", &["a", "b"]).hardware_type(blade(&["a", "b"]))];
    let (_, words) = refused(drivers, &select("blade", "a", &[("default_raid_interface", "b")]));
    let expected = "option default_raid_interface names \"b\", which is not enabled; add it to enabled_raid_interfaces \
                    or choose one of: a";
    assert_eq!(words, expected);
}

#[test]
fn a_default_that_a_type_does_not_take_is_refused() {
    let drivers = || vec![driver("acme", &["a", "b"]).hardware_type(blade(&["a"]))];
    let selection = select("blade", "a,b", &[("default_raid_interface", "b")]);
    let (_, words) = refused(drivers(), &selection);
    let expected = "option default_raid_interface names \"b\", which hardware type \"blade\" does not take; choose one of \
                    a or leave the option out";
    assert_eq!(words, expected);

    let anything = vec![driver("acme", &["a", "b"]).hardware_type(blade(&["a"]).take_anything())];
    let registry = Registry::load(anything, &selection).expect("it takes anything");
    let blade = registry.hardware_type("blade").expect("enabled");
    assert_eq!(registry.default_for(blade, Raid).as_deref(), Ok("b"));
}

#[test]
fn a_type_with_nothing_of_a_kind_says_what_to_enable() {
    let drivers = || vec![driver("acme", &["a", "b", "c"]).hardware_type(blade(&["a", "b"]))];
    let (_, words) = refused(drivers(), &select("blade", "a", &[("enabled_power_interfaces", "c")]));
    let expected =
        "hardware type \"blade\" has no enabled power interface; enable one of a, b in enabled_power_interfaces";
    assert_eq!(words, expected);
}

#[test]
fn an_empty_list_enables_what_each_type_likes_best() {
    let drivers = vec![
        driver("acme", &["a", "b", "c"])
            .hardware_type(blade(&["missing", "b", "a"]))
            .hardware_type(type_of("rack", &["b"]))
            .hardware_type(type_of("disabled", &["c"])),
    ];
    let registry = Registry::load(drivers, &select("blade,rack", "", &[])).expect("it loads");
    for kind in InterfaceKind::ALL {
        assert!(registry.implementation(*kind, "b").is_some(), "{kind}");
        assert!(registry.implementation(*kind, "a").is_none() && registry.implementation(*kind, "c").is_none());
    }
}

#[test]
fn the_types_own_order_decides_not_the_configurations() {
    let drivers = vec![driver("acme", &["a", "b", "c"]).hardware_type(blade(&["missing", "c", "a", "b"]))];
    let selection = select("blade", "a,b,c", &[("default_vendor_interface", "b")]);
    let registry = Registry::load(drivers, &selection).expect("it loads");
    let blade = registry.hardware_type("blade").expect("enabled");
    assert_eq!(names(&registry.enabled_for(blade, Power)), ["c", "a", "b"]);
    assert_eq!(registry.default_for(blade, Power).as_deref(), Ok("c"));
    assert_eq!(registry.default_for(blade, Vendor).as_deref(), Ok("b"), "the option wins");
}

#[test]
fn a_node_gets_what_it_says_then_what_the_option_says_then_what_the_type_likes() {
    let drivers = vec![driver("acme", &["a", "b", "c"]).hardware_type(blade(&["a", "b", "c"]))];
    let selection = select("blade", "a,b,c", &[("default_power_interface", "b"), ("default_boot_interface", "b")]);
    let registry = Registry::load(drivers, &selection).expect("it loads");
    let mut node = node("blade");
    node.interfaces[Power] = Some("c".into());
    let found = registry.interfaces_of(&node).expect("they fit");
    let of = |kind| &*found.implementation(kind).name;
    assert_eq!((of(Power), of(Boot), of(Raid)), ("c", "b", "a"));
}

#[test]
fn what_an_instance_asks_for_wins_while_it_is_there() {
    let drivers = vec![driver("acme", &["a", "b"]).hardware_type(blade(&["a", "b"]))];
    let registry = Registry::load(drivers, &select("blade", "a,b", &[])).expect("it loads");
    let mut node = node("blade");
    node.interfaces[Deploy] = Some("a".into());
    node.instance_info.insert("deploy_interface".to_owned(), "b".into());
    let found = registry.interfaces_of(&node).expect("they fit");
    assert_eq!(&*found.implementation(Deploy).name, "b");

    node.instance_info.insert("deploy_interface".to_owned(), "nope".into());
    let words = "Could not find the following interface in the 'ironic.hardware.interfaces.deploy' entrypoint: nope. \
                 Valid interfaces are ['a', 'b'].";
    assert_eq!(registry.interfaces_of(&node).err().expect("a refusal").to_string(), words);

    node.instance_info.clear();
    assert_eq!(&*registry.interfaces_of(&node).expect("they fit").implementation(Deploy).name, "a");
}

#[test]
fn a_type_takes_only_what_it_lists() {
    let drivers = vec![driver("acme", &["a", "b"]).hardware_type(blade(&["a"]))];
    let registry = Registry::load(drivers, &select("blade", "a,b", &[])).expect("it loads");
    let mut node = node("blade");
    node.interfaces[Power] = Some("b".into());
    let error = registry.interfaces_of(&node).err().expect("a refusal");
    assert_eq!(error.to_string(), "power interface implementation 'b' is not supported by hardware type blade.");
    node.interfaces[Power] = Some("c".into());
    let error = registry.interfaces_of(&node).err().expect("a refusal");
    assert!(matches!(error, ResolveError::UnknownInterface { kind: Power, .. }), "{error}");
    node.driver = "rack".into();
    assert!(matches!(registry.interfaces_of(&node).err(), Some(ResolveError::UnknownType(_))));
}

#[test]
fn a_fake_type_takes_anything_that_is_enabled_but_recommends_only_its_own() {
    let drivers = vec![driver("acme", &["a", "b", "c"]).hardware_type(blade(&["a"]).take_anything())];
    let registry = Registry::load(drivers, &select("blade", "a,b", &[])).expect("it loads");
    let blade = registry.hardware_type("blade").expect("enabled");
    assert!(registry.resolve(blade, Power, "b").is_ok());
    assert!(registry.resolve(blade, Power, "c").is_err(), "it is not enabled");
    assert_eq!(names(&registry.enabled_for(blade, Power)), ["a"]);
}

#[test]
fn names_are_resolved_across_drivers() {
    let drivers = vec![
        Driver::new("types-only").hardware_type(blade(&["special", "common"])),
        driver("common", &["common"]),
        offer(Driver::new("acme"), Power, "special"),
    ];
    let selection = select("blade", "common", &[("enabled_power_interfaces", "common,special")]);
    let registry = Registry::load(drivers, &selection).expect("it loads");
    let found = registry.interfaces_of(&node("blade")).expect("they fit");
    let owners = (&*found.implementation(Power).owner, &*found.implementation(Boot).owner);
    assert_eq!(owners, ("acme", "common"));
}
