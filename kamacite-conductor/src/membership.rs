//! Membership: a conductor says that it is there, and holds its nodes only for as long as it can say so.
//!
//! The lease: a conductor that cannot write its sign of life ends its calls to hardware before others may take its
//! nodes. Others wait for `heartbeat_timeout` of silence; the conductor itself gives up two heartbeats earlier.

use std::{sync::Arc, time::Duration};

use kamacite_driver::HardwareType;
use kamacite_model::{ConductorInfo, EnabledInterface, InterfaceKind, Timestamp};

use crate::{Result, engine::Engine};

/// The machine's name, where the configuration gives none.
pub(crate) fn machine_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "localhost".to_owned() } else { name.to_owned() }
}

/// Writes the conductor's row and what it offers.
pub(crate) async fn register(engine: &Engine) -> Result<()> {
    let registry = engine.registry();
    let now = engine.now();
    let info = ConductorInfo {
        hostname: engine.hostname.to_string(),
        conductor_group: engine.config.conductor_group.to_lowercase(),
        online: true,
        drivers: registry.types().map(|of| of.name.to_string()).collect(),
        created_at: now,
        updated_at: now,
    };
    let offered = |of: &HardwareType, kind: InterfaceKind| {
        let default = registry.default_for(of, kind).ok();
        let row = |name: Arc<str>| EnabledInterface {
            hardware_type: of.name.to_string(),
            kind,
            default: default.as_ref() == Some(&name),
            name: name.to_string(),
        };
        registry.enabled_for(of, kind).into_iter().map(row).collect::<Vec<_>>()
    };
    let interfaces: Vec<_> = registry
        .types()
        .flat_map(|of| InterfaceKind::ALL.iter().flat_map(|kind| offered(of, *kind)).collect::<Vec<_>>())
        .collect();
    Ok(engine.store.register_conductor(&info, &interfaces).await?)
}

/// Says that the conductor stops.
pub(crate) async fn sign_off(engine: &Engine) -> Result<()> {
    Ok(engine.store.unregister_conductor(&engine.hostname).await?)
}

/// Whether a conductor runs.
pub(crate) fn is_alive(engine: &Engine, conductor: &ConductorInfo) -> bool {
    let silence = Duration::try_from(engine.now().duration_since(conductor.updated_at)).unwrap_or_default();
    conductor.online && silence < engine.config.heartbeat_timeout
}

/// Says again and again that the conductor is there, until it stops.
pub(crate) async fn heartbeat(engine: Arc<Engine>) {
    // An interval of nothing would keep the database busy with nothing else.
    let interval = engine.config.heartbeat_interval.max(Duration::from_millis(100));
    let mut last = engine.now();
    loop {
        tokio::select! {
            () = engine.clock().sleep(interval) => {}
            () = engine.stopping.cancelled() => return,
        }
        // A database that hangs is as bad as one that refuses.
        let told = tokio::select! {
            biased;
            told = engine.store.touch_conductor(&engine.hostname) => told.map_err(|error| error.to_string()),
            () = engine.clock().sleep(interval) => Err("the database does not answer".to_owned()),
        };
        match told {
            Ok(()) => {
                last = engine.now();
                engine.renew();
            }
            Err(why) => {
                tracing::error!(why, "the sign of life could not be written");
                if lapsed(&engine, last) {
                    engine.lapse();
                }
            }
        }
    }
}

/// Whether others may soon count the conductor as gone.
fn lapsed(engine: &Engine, last: Timestamp) -> bool {
    let config = &engine.config;
    let silence = Duration::try_from(engine.now().duration_since(last)).unwrap_or_default();
    silence + config.heartbeat_interval * 2 >= config.heartbeat_timeout
}
