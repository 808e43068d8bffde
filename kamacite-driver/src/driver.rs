//! A driver: hardware types and implementations that come from one place.

use std::sync::Arc;

use futures::future::BoxFuture;
use kamacite_model::{InterfaceKind, options::OptionSpec};

use crate::{
    DriverMethod, DriverMethodEntry, HardwareType, NodeMethod, NodeMethodEntry, Step, StepEntry,
    interfaces::{
        Bios, Boot, Console, Deploy, Firmware, Inspect, Interface, Management, Network, Power, Raid, Rescue, Storage,
        Vendor,
    },
};

/// Hardware types and implementations that come from one place: a vendor's crate, one of the built-in families.
///
/// Types and implementations are registered apart: a type lists names, and those names may come from anywhere.
pub struct Driver {
    /// Where it all comes from, as shown to people.
    pub name: Arc<str>,
    /// Hardware types.
    pub types: Vec<HardwareType>,
    /// Implementations.
    pub implementations: Vec<Implementation>,
    /// The configuration options it reads.
    pub options: Vec<OptionSpec>,
    /// Chapters of its documentation beside what its types and implementations tell of themselves.
    pub chapters: Vec<Chapter>,
    /// What it does before the program ends.
    pub stop: Option<Stop>,
}

/// A chapter of documentation: its headline, and what makes the Markdown when somebody asks for it.
pub type Chapter = (&'static str, fn() -> String);

/// What a driver does before the program ends, when none of its calls is under way any more: log out of BMCs, say.
pub type Stop = Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

macro_rules! register {
    ($($(#[$doc:meta])* $kind:ident: $Kind:ident;)+) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $kind<T: $Kind>(self, name: &str, offer: impl Into<Offer<T>>) -> Self {
            self.offer(name, |of| AnyInterface::$Kind(of), offer.into())
        }
    )+};
}

impl Driver {
    /// A driver with nothing in it.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            types: Vec::new(),
            implementations: Vec::new(),
            options: Vec::new(),
            chapters: Vec::new(),
            stop: None,
        }
    }

    register! {
        /// Registers an implementation of [`Bios`].
        bios: Bios;
        /// Registers an implementation of [`Boot`].
        boot: Boot;
        /// Registers an implementation of [`Console`].
        console: Console;
        /// Registers an implementation of [`Deploy`].
        deploy: Deploy;
        /// Registers an implementation of [`Firmware`].
        firmware: Firmware;
        /// Registers an implementation of [`Inspect`].
        inspect: Inspect;
        /// Registers an implementation of [`Management`].
        management: Management;
        /// Registers an implementation of [`Network`].
        network: Network;
        /// Registers an implementation of [`Power`].
        power: Power;
        /// Registers an implementation of [`Raid`].
        raid: Raid;
        /// Registers an implementation of [`Rescue`].
        rescue: Rescue;
        /// Registers an implementation of [`Storage`].
        storage: Storage;
        /// Registers an implementation of [`Vendor`], with the vendor methods of its offer.
        vendor: Vendor;
    }

    /// Registers a hardware type.
    #[must_use]
    pub fn hardware_type(mut self, hardware_type: HardwareType) -> Self {
        self.types.push(hardware_type);
        self
    }

    /// Declares the configuration options that the driver reads.
    #[must_use]
    pub fn options(mut self, options: impl IntoIterator<Item = OptionSpec>) -> Self {
        self.options.extend(options);
        self
    }

    /// Adds a chapter to the driver's documentation, for tables that only it knows.
    #[must_use]
    pub fn chapter(mut self, headline: &'static str, markdown: fn() -> String) -> Self {
        self.chapters.push((headline, markdown));
        self
    }

    /// Has something done before the program ends; it must not take longer than a few seconds.
    #[must_use]
    pub fn on_stop<F: Future<Output = ()> + Send + 'static>(
        mut self,
        stop: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self {
        self.stop = Some(Arc::new(move || Box::pin(stop())));
        self
    }

    fn offer<T>(mut self, name: &str, interface: impl FnOnce(Arc<T>) -> AnyInterface, offer: Offer<T>) -> Self {
        let Offer { of, node_methods, driver_methods, steps } = offer;
        let owner = self.name.clone();
        let interface = interface(of);
        self.implementations.push(Implementation {
            name: name.into(),
            owner,
            interface,
            node_methods,
            driver_methods,
            steps,
        });
        self
    }
}

/// An implementation with the vendor methods and steps that belong to it.
///
/// Where it has neither, an `Arc` of the implementation does as well.
pub struct Offer<T> {
    of: Arc<T>,
    node_methods: Vec<NodeMethodEntry>,
    driver_methods: Vec<DriverMethodEntry>,
    steps: Vec<StepEntry>,
}

impl<T: Send + Sync + 'static> Offer<T> {
    /// The implementation alone.
    pub fn of(of: impl Into<Arc<T>>) -> Self {
        Self { of: of.into(), node_methods: Vec::new(), driver_methods: Vec::new(), steps: Vec::new() }
    }

    /// Adds whatever a function with `#[passthru]`, `#[driver_passthru]` or `#[step]` is.
    #[must_use]
    pub fn with<F: Feature<Of = T>>(self) -> Self {
        F::add_to(self)
    }

    /// Adds a node vendor method.
    #[must_use]
    pub fn node_method<M: NodeMethod<Of = T>>(mut self) -> Self {
        self.node_methods.push(NodeMethodEntry::of::<M>(&self.of));
        self
    }

    /// Adds a driver vendor method.
    #[must_use]
    pub fn driver_method<M: DriverMethod<Of = T>>(mut self) -> Self {
        self.driver_methods.push(DriverMethodEntry::of::<M>(&self.of));
        self
    }

    /// Adds a step, in each kind it serves.
    #[must_use]
    pub fn step<S: Step<Of = T>>(mut self) -> Self {
        self.steps.extend(StepEntry::all_of::<S>(&self.of));
        self
    }
}

impl<T: Send + Sync + 'static> From<Arc<T>> for Offer<T> {
    fn from(of: Arc<T>) -> Self {
        Self::of(of)
    }
}

/// Something that can be added to an [`Offer`] in one line; the macros implement it.
pub trait Feature {
    /// The implementation it belongs to.
    type Of: Send + Sync + 'static;

    /// Adds itself, in every role it has.
    fn add_to(offer: Offer<Self::Of>) -> Offer<Self::Of>;
}

/// A registered implementation.
pub struct Implementation {
    /// Its name within its kind.
    pub name: Arc<str>,
    /// The driver it comes from.
    pub owner: Arc<str>,
    /// The implementation itself.
    pub interface: AnyInterface,
    /// Its vendor methods on nodes.
    pub node_methods: Vec<NodeMethodEntry>,
    /// Its vendor methods on hardware types.
    pub driver_methods: Vec<DriverMethodEntry>,
    /// Its steps.
    pub steps: Vec<StepEntry>,
}

impl Implementation {
    /// The node method of that name.
    pub fn node_method(&self, name: &str) -> Option<&NodeMethodEntry> {
        self.node_methods.iter().find(|method| method.spec.name == name)
    }

    /// The driver method of that name.
    pub fn driver_method(&self, name: &str) -> Option<&DriverMethodEntry> {
        self.driver_methods.iter().find(|method| method.spec.name == name)
    }
}

macro_rules! any_interface {
    ($($Kind:ident = $kind:ident),+ $(,)?) => {
        /// An implementation of one of the thirteen kinds.
        #[derive(Clone)]
        #[allow(missing_docs, reason = "the kinds' own names")]
        pub enum AnyInterface { $($Kind(Arc<dyn $Kind>),)+ }

        impl AnyInterface {
            /// Its kind.
            pub const fn kind(&self) -> InterfaceKind {
                match self { $(Self::$Kind(_) => InterfaceKind::$Kind,)+ }
            }

            /// What every kind has.
            pub fn base(&self) -> &dyn Interface {
                match self { $(Self::$Kind(interface) => interface.as_ref(),)+ }
            }

            $(
                #[doc = concat!("The implementation, where it is one of [`", stringify!($Kind), "`].")]
                pub fn $kind(&self) -> Option<&Arc<dyn $Kind>> {
                    if let Self::$Kind(interface) = self { Some(interface) } else { None }
                }
            )+
        }
    };
}

any_interface! {
    Bios = bios, Boot = boot, Console = console, Deploy = deploy, Firmware = firmware, Inspect = inspect,
    Management = management, Network = network, Power = power, Raid = raid, Rescue = rescue, Storage = storage,
    Vendor = vendor,
}
