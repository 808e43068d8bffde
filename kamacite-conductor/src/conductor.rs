//! The handle to the conductor, and its life from start to stop.

use std::{future::Future, sync::Arc, time::Duration};

use kamacite_driver::{Bmcs, Property, Registry, Services, governor::Status};
use kamacite_model::{Clock, ConductorInfo, InterfaceKind, InterfaceMap, Uuid};
use kamacite_store::Store;

use crate::{
    Config, DriverInfo, Error, Events, Meters, Result, allocations, engine::Engine, hands, membership, periodic,
    recover,
};

/// How long drivers may take to leave their BMCs: to log out, say.
const LEAVE: Duration = Duration::from_secs(15);

/// How long calls that were let go of may take to end.
const LAST_MOMENT: Duration = Duration::from_secs(1);

/// A handle to the conductor; clone it freely.
#[derive(Clone)]
pub struct Conductor {
    engine: Arc<Engine>,
}

impl Conductor {
    /// Starts the conductor: registers it, picks up what a dead process left behind, begins the periodic work.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub async fn start(config: Config, store: Store, registry: Registry, services: Services) -> Result<Self> {
        let hostname = if config.host.is_empty() { membership::machine_name() } else { config.host.clone() };
        let engine = Arc::new(Engine::new(config, store, registry, services, hostname.into()));
        membership::register(&engine).await?;
        recover::all(&engine).await?;
        allocations::sweep(engine.clone()).await?;
        periodic::start(&engine);
        Ok(Self { engine })
    }

    /// Stops: takes no new work, waits for what is under way as long as configured, signs off.
    ///
    /// Work that does not end in time is left in the journal and goes on after the next start.
    ///
    /// # Errors
    /// When the sign-off could not be written.
    pub async fn stop(&self) -> Result<()> {
        self.engine.stopping.cancel();
        self.engine.events.close();
        self.engine.work.close();
        let patience = self.engine.clock().sleep(self.engine.config.graceful_shutdown_timeout);
        tokio::select! {
            () = self.engine.work.wait() => {}
            () = patience => {
                tracing::warn!(left = self.engine.work.len(), "stopping although work is under way; it goes on after the next start");
                // What is still called is let go of before anybody may take the nodes.
                self.engine.lapse();
                tokio::select! { () = self.engine.work.wait() => {}, () = self.engine.clock().sleep(LAST_MOMENT) => {} }
            }
        }
        let registry = self.registry();
        tokio::select! {
            () = registry.stop() => {}
            () = self.engine.clock().sleep(LEAVE) => tracing::warn!("stopping although a driver has not left its BMCs"),
        }
        // The sign of life goes on until here, and must not come after the sign-off.
        self.engine.silent.cancel();
        self.engine.heartbeat.close();
        self.engine.heartbeat.wait().await;
        membership::sign_off(&self.engine).await
    }

    /// The store, for reading.
    pub fn store(&self) -> &Store {
        &self.engine.store
    }

    /// The registry of enabled drivers as it is now.
    pub fn registry(&self) -> Arc<Registry> {
        self.engine.registry()
    }

    /// The name of this conductor: the holder of its locks.
    pub fn hostname(&self) -> &str {
        &self.engine.hostname
    }

    /// The clock everything goes by.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        self.engine.clock()
    }

    /// What happens to nodes and operations, for whoever follows.
    pub fn events(&self) -> &Arc<Events> {
        &self.engine.events
    }

    /// What the conductor counts of itself.
    pub fn meters(&self) -> &Meters {
        &self.engine.meters
    }

    /// How many nodes have a lock that this process is taking, holding or giving up.
    pub fn locks_in_hand(&self) -> usize {
        self.engine.in_hand.len()
    }

    /// The BMCs behind all nodes.
    pub fn bmcs(&self) -> &Bmcs {
        &self.engine.services.bmcs
    }

    /// What a node was spoken to in, and how its BMC is doing: one, as a rule.
    pub fn bmcs_of(&self, node: Uuid) -> Vec<(&'static str, Status)> {
        self.engine.services.bmcs.of(node)
    }

    /// The enabled hardware types.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn drivers(&self) -> Result<Vec<DriverInfo>> {
        let conductors = self.engine.store.conductors().await?;
        let registry = self.registry();
        let info = |of: &kamacite_driver::HardwareType| {
            let has = |conductor: &&ConductorInfo| {
                self.is_alive(conductor) && conductor.drivers.iter().any(|name| **name == *of.name)
            };
            DriverInfo {
                name: of.name.to_string(),
                hosts: conductors.iter().filter(has).map(|conductor| conductor.hostname.clone()).collect(),
                defaults: InterfaceMap::from_fn(|kind| registry.default_for(of, kind).ok()),
                enabled: InterfaceMap::from_fn(|kind| registry.enabled_for(of, kind)),
            }
        };
        Ok(registry.types().map(info).collect())
    }

    /// The properties of the default interfaces of a hardware type; each name once.
    ///
    /// # Errors
    /// An unknown type.
    pub fn driver_properties(&self, driver: &str) -> Result<Vec<Property>> {
        let registry = self.registry();
        let of = registry.hardware_type(driver).ok_or_else(|| Error::UnknownDriver(driver.to_owned()))?;
        let mut properties: Vec<Property> = Vec::new();
        for kind in InterfaceKind::ALL.iter().copied() {
            // A kind without a valid default has no properties to show.
            let Ok(name) = registry.default_for(of, kind) else { continue };
            for property in registry.resolve(of, kind, &name)?.interface.base().properties() {
                if properties.iter().all(|known| known.name != property.name) {
                    properties.push(property);
                }
            }
        }
        Ok(properties)
    }

    /// Whether a conductor runs: it has not signed off and was heard of lately.
    pub fn is_alive(&self, conductor: &ConductorInfo) -> bool {
        membership::is_alive(&self.engine, conductor)
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Runs work to its end even if whoever asked for it goes away.
    pub(crate) async fn tracked<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        self.engine.accepts_work()?;
        match self.engine.spawn(hands::until_taken(work)).await {
            Ok(Some(outcome)) => outcome,
            Ok(None) => Err(Error::Conflict(
                "somebody abandoned what was under way on the node, this request too; ask why before you ask again"
                    .to_owned(),
            )),
            Err(broken) => {
                tracing::error!(error = &broken as &dyn std::error::Error, "work on a request broke off");
                Err(Error::Broken)
            }
        }
    }
}
