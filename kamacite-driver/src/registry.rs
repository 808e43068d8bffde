//! The registry: every enabled hardware type and implementation, resolved once, immutable, swapped whole.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use kamacite_model::{InterfaceKind, InterfaceMap, Node};

use crate::{
    Driver, HardwareType, Implementation, Selection, Stop,
    interfaces::{
        Bios, Boot, Console, Deploy, Firmware, Inspect, Management, Network, Power, Raid, Rescue, Storage, Vendor,
    },
    selection::{default_option, enabled_option},
};

/// Everything that is enabled. A task holds the registry it began with until it ends.
pub struct Registry {
    types: BTreeMap<Arc<str>, HardwareType>,
    implementations: InterfaceMap<BTreeMap<Arc<str>, Arc<Implementation>>>,
    // What the configuration says for nodes that choose none; without it the type's own order decides.
    defaults: InterfaceMap<Option<Arc<str>>>,
    stops: Vec<Stop>,
}

/// Why the enabled drivers do not fit together. Each names the option and the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum LoadError {
    #[error("two drivers register the same {what} {name:?}: {first} and {second}; rename one of them")]
    Duplicate { what: String, name: String, first: String, second: String },
    #[error("driver {owner} registers the {what} {name:?} of {interface} twice; drop one of them")]
    Twice { owner: String, what: &'static str, name: String, interface: String },
    #[error("driver {owner} gives {interface} the vendor method {name:?}; only a vendor interface can have one")]
    Misplaced { owner: String, name: String, interface: String },
    #[error("option {option} names {name:?}, which this program does not contain; available: {}", .available.join(", "))]
    Unknown { option: String, name: String, available: Vec<String> },
    #[error(
        "option {option} names {name:?}, which is not enabled; add it to {enabled_by} or choose one of: {}",
        .available.join(", ")
    )]
    DefaultNotEnabled { option: String, name: String, enabled_by: String, available: Vec<String> },
    #[error(
        "option {option} names {name:?}, which hardware type {hardware_type:?} does not take; choose one of {} or leave \
         the option out",
        .available.join(", ")
    )]
    DefaultUnfit { option: String, name: String, hardware_type: String, available: Vec<String> },
    #[error(
        "hardware type {hardware_type:?} has no enabled {kind} interface; enable one of {} in {option}",
        .available.join(", ")
    )]
    NothingFor { hardware_type: String, kind: InterfaceKind, option: String, available: Vec<String> },
}

/// Why a node cannot have an implementation. The words are the reference's, for clients see them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum ResolveError {
    #[error("No conductor service registered which supports driver {0}.")]
    UnknownType(String),
    #[error(
        "Could not find the following interface in the 'ironic.hardware.interfaces.{kind}' entrypoint: {name}. \
         Valid interfaces are [{}].",
        .available.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ")
    )]
    UnknownInterface { kind: InterfaceKind, name: String, available: Vec<String> },
    #[error("{kind} interface implementation '{name}' is not supported by hardware type {hardware_type}.")]
    Incompatible { kind: InterfaceKind, name: String, hardware_type: String },
    #[error(
        "For hardware type '{hardware_type}', no default value found for {kind} interface could be determined. \
         Please ensure the interfaces are enabled."
    )]
    NoDefault { kind: InterfaceKind, hardware_type: String },
}

impl Registry {
    /// Resolves what `selection` enables of `drivers`.
    ///
    /// # Errors
    /// Names the option, the bad value and what there is; or both owners of a name that is registered twice.
    pub fn load(drivers: Vec<Driver>, selection: &Selection) -> Result<Self, LoadError> {
        let catalogue = Catalogue::new(drivers)?;
        let types = pick(&selection.types, catalogue.types)?;
        let mut implementations: InterfaceMap<BTreeMap<_, _>> = InterfaceMap::default();
        for ((kind, choice), available) in selection.interfaces.iter().zip(catalogue.implementations) {
            implementations[kind] = if choice.names.is_empty() {
                favourites(types.values(), kind, available)
            } else {
                pick(choice, available)?
            };
        }
        let defaults = InterfaceMap::from_fn(|kind| selection.defaults[kind].as_deref().map(Arc::from));
        let registry = Self { types, implementations, defaults, stops: catalogue.stops };
        registry.check_defaults()?;
        registry.check_types()?;
        Ok(registry)
    }

    /// Has every driver do what it does before the program ends, all at the same time.
    pub async fn stop(&self) {
        futures::future::join_all(self.stops.iter().map(|stop| stop())).await;
    }

    /// The enabled hardware types, by name.
    pub fn types(&self) -> impl Iterator<Item = &HardwareType> {
        self.types.values()
    }

    /// An enabled hardware type.
    pub fn hardware_type(&self, name: &str) -> Option<&HardwareType> {
        self.types.get(name)
    }

    /// An enabled implementation.
    pub fn implementation(&self, kind: InterfaceKind, name: &str) -> Option<&Arc<Implementation>> {
        self.implementations[kind].get(name)
    }

    /// The enabled implementations that a type lists, most preferred first.
    ///
    /// A type that takes anything has no others here either: it takes them without recommending them.
    pub fn enabled_for(&self, hardware_type: &HardwareType, kind: InterfaceKind) -> Vec<Arc<str>> {
        let enabled = &self.implementations[kind];
        hardware_type.supported[kind].iter().filter(|name| enabled.contains_key(*name)).cloned().collect()
    }

    /// The implementation that nodes of a type get when they choose none.
    ///
    /// # Errors
    /// When the configured default does not fit the type, or none is enabled.
    pub fn default_for(&self, hardware_type: &HardwareType, kind: InterfaceKind) -> Result<Arc<str>, ResolveError> {
        match &self.defaults[kind] {
            Some(name) => self.resolve(hardware_type, kind, name).map(|implementation| implementation.name.clone()),
            None => self
                .enabled_for(hardware_type, kind)
                .into_iter()
                .next()
                .ok_or_else(|| ResolveError::NoDefault { kind, hardware_type: hardware_type.name.to_string() }),
        }
    }

    /// The implementation of that name, if nodes of the type may have it.
    ///
    /// # Errors
    /// When it is not enabled, or the type does not take it.
    pub fn resolve(
        &self,
        of: &HardwareType,
        kind: InterfaceKind,
        name: &str,
    ) -> Result<&Arc<Implementation>, ResolveError> {
        let Some(implementation) = self.implementations[kind].get(name) else {
            let available = names(self.implementations[kind].keys());
            return Err(ResolveError::UnknownInterface { kind, name: name.to_owned(), available });
        };
        if !of.takes_anything && !of.lists(kind, name) {
            let hardware_type = of.name.to_string();
            return Err(ResolveError::Incompatible { kind, name: name.to_owned(), hardware_type });
        }
        Ok(implementation)
    }

    /// The thirteen implementations that drive a node.
    ///
    /// # Errors
    /// When its type is not enabled, or one of its interfaces is not or does not fit.
    pub fn interfaces_of(&self, node: &Node) -> Result<NodeInterfaces, ResolveError> {
        let of = self.hardware_type(&node.driver).ok_or_else(|| ResolveError::UnknownType(node.driver.to_string()))?;
        let mut found = InterfaceMap::<Option<Arc<Implementation>>>::default();
        for kind in InterfaceKind::ALL.iter().copied() {
            // What an instance asks for wins over the node's own choice, for as long as the instance is there.
            let asked = node.instance_info.text(&format!("{kind}_interface"));
            let name = match asked.or(node.interface(kind).map(|name| &**name)) {
                Some(name) => name.into(),
                None => self.default_for(of, kind)?,
            };
            found[kind] = Some(self.resolve(of, kind, &name)?.clone());
        }
        NodeInterfaces::new(found).ok_or_else(|| ResolveError::UnknownType(node.driver.to_string()))
    }

    fn check_defaults(&self) -> Result<(), LoadError> {
        for (kind, default) in self.defaults.iter() {
            let enabled = &self.implementations[kind];
            if let Some(name) = default
                && !enabled.contains_key(name)
            {
                return Err(LoadError::DefaultNotEnabled {
                    option: default_option(kind).to_owned(),
                    name: name.to_string(),
                    enabled_by: enabled_option(kind).to_owned(),
                    available: names(enabled.keys()),
                });
            }
        }
        Ok(())
    }

    /// Every enabled type must have a default of every kind; else creating a node would fail later.
    fn check_types(&self) -> Result<(), LoadError> {
        for hardware_type in self.types.values() {
            for kind in InterfaceKind::ALL.iter().copied() {
                let Err(why) = self.default_for(hardware_type, kind) else { continue };
                let hardware_type_name = hardware_type.name.to_string();
                return Err(match why {
                    ResolveError::Incompatible { name, .. } => LoadError::DefaultUnfit {
                        option: default_option(kind).to_owned(),
                        name,
                        hardware_type: hardware_type_name,
                        available: names(&self.enabled_for(hardware_type, kind)),
                    },
                    ResolveError::UnknownType(_)
                    | ResolveError::UnknownInterface { .. }
                    | ResolveError::NoDefault { .. } => LoadError::NothingFor {
                        hardware_type: hardware_type_name,
                        kind,
                        option: enabled_option(kind).to_owned(),
                        available: names(&hardware_type.supported[kind]),
                    },
                });
            }
        }
        Ok(())
    }
}

fn names<'a>(names: impl IntoIterator<Item = &'a Arc<str>>) -> Vec<String> {
    names.into_iter().map(ToString::to_string).collect()
}

/// Everything the program contains, enabled or not.
pub struct Catalogue {
    /// Hardware types by name.
    pub types: BTreeMap<Arc<str>, HardwareType>,
    /// Implementations by name, in the order of [`InterfaceKind::ALL`].
    pub implementations: Vec<BTreeMap<Arc<str>, Arc<Implementation>>>,
    stops: Vec<Stop>,
}

impl Catalogue {
    /// Puts the drivers side by side.
    ///
    /// # Errors
    /// Names both owners of a name that is registered twice.
    pub fn new(drivers: Vec<Driver>) -> Result<Self, LoadError> {
        let mut types = BTreeMap::new();
        let mut owners: BTreeMap<Arc<str>, Arc<str>> = BTreeMap::new();
        let mut implementations: Vec<BTreeMap<Arc<str>, Arc<Implementation>>> =
            vec![BTreeMap::new(); InterfaceKind::ALL.len()];
        let mut stops = Vec::new();
        for driver in drivers {
            stops.extend(driver.stop);
            for hardware_type in driver.types {
                if let Some(first) = owners.insert(hardware_type.name.clone(), driver.name.clone()) {
                    return Err(duplicate("hardware type", &hardware_type.name, &first, &driver.name));
                }
                types.insert(hardware_type.name.clone(), hardware_type);
            }
            for implementation in driver.implementations {
                check_features(&implementation)?;
                let kind = implementation.interface.kind();
                let (name, owner) = (implementation.name.clone(), implementation.owner.clone());
                if let Some(first) = implementations[kind as usize].insert(name.clone(), Arc::new(implementation)) {
                    return Err(duplicate(&format!("{kind} interface"), &name, &first.owner, &owner));
                }
            }
        }
        Ok(Self { types, implementations, stops })
    }
}

/// Methods and steps are found by name, so each name may be there once; and methods are looked for in one place only.
fn check_features(implementation: &Implementation) -> Result<(), LoadError> {
    let owner = || implementation.owner.to_string();
    let kind = implementation.interface.kind();
    let interface = || format!("{kind} interface {:?}", &*implementation.name);
    let node_methods =
        implementation.node_methods.iter().map(|method| ("node vendor method", &*method.spec.name, None));
    let driver_methods =
        implementation.driver_methods.iter().map(|method| ("driver vendor method", &*method.spec.name, None));
    let steps = implementation.steps.iter().map(|step| ("step", &*step.spec.name, Some(step.spec.kind)));
    let mut known = BTreeSet::new();
    for feature @ (what, name, step) in node_methods.chain(driver_methods).chain(steps) {
        let name = || name.to_owned();
        if step.is_none() && kind != InterfaceKind::Vendor {
            return Err(LoadError::Misplaced { owner: owner(), name: name(), interface: interface() });
        }
        if !known.insert(feature) {
            return Err(LoadError::Twice { owner: owner(), what, name: name(), interface: interface() });
        }
    }
    Ok(())
}

fn duplicate(what: &str, name: &str, first: &str, second: &str) -> LoadError {
    LoadError::Duplicate {
        what: what.to_owned(),
        name: name.to_owned(),
        first: first.to_owned(),
        second: second.to_owned(),
    }
}

/// What each type likes best, for a kind whose option is empty.
fn favourites<'a, T>(
    types: impl Iterator<Item = &'a HardwareType>,
    kind: InterfaceKind,
    mut available: BTreeMap<Arc<str>, T>,
) -> BTreeMap<Arc<str>, T> {
    let mut picked = BTreeMap::new();
    for hardware_type in types {
        let there = |name: &&Arc<str>| picked.contains_key(*name) || available.contains_key(*name);
        let best = hardware_type.supported[kind].iter().find(there);
        if let Some((name, one)) = best.and_then(|name| available.remove_entry(name)) {
            picked.insert(name, one);
        }
    }
    picked
}

/// The chosen ones; a name that is not there is an error only where somebody chose it.
fn pick<T>(choice: &crate::Choice, mut available: BTreeMap<Arc<str>, T>) -> Result<BTreeMap<Arc<str>, T>, LoadError> {
    let mut picked = BTreeMap::new();
    for name in &choice.names {
        match available.remove_entry(name.as_str()) {
            Some((name, one)) => {
                picked.insert(name, one);
            }
            None if picked.contains_key(name.as_str()) || !choice.given => {}
            None => {
                let mut available = names(available.keys().chain(picked.keys()));
                available.sort();
                return Err(LoadError::Unknown { option: choice.option.to_owned(), name: name.clone(), available });
            }
        }
    }
    Ok(picked)
}

macro_rules! node_interfaces {
    ($($kind:ident: $Kind:ident),+ $(,)?) => {
        /// The thirteen implementations that drive one node.
        #[derive(Clone)]
        pub struct NodeInterfaces {
            $(
                #[doc = concat!("Its implementation of [`", stringify!($Kind), "`].")]
                pub $kind: Arc<dyn $Kind>,
            )+
            implementations: InterfaceMap<Arc<Implementation>>,
        }

        impl NodeInterfaces {
            fn new(found: InterfaceMap<Option<Arc<Implementation>>>) -> Option<Self> {
                Some(Self {
                    $($kind: found[InterfaceKind::$Kind].as_ref()?.interface.$kind()?.clone(),)+
                    implementations: found.transpose()?,
                })
            }
        }
    };
}

node_interfaces! {
    bios: Bios, boot: Boot, console: Console, deploy: Deploy, firmware: Firmware, inspect: Inspect,
    management: Management, network: Network, power: Power, raid: Raid, rescue: Rescue, storage: Storage,
    vendor: Vendor,
}

impl NodeInterfaces {
    /// The registered implementation of a kind, with its steps and methods.
    pub fn implementation(&self, kind: InterfaceKind) -> &Arc<Implementation> {
        &self.implementations[kind]
    }
}
