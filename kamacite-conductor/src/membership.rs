//! Membership: a conductor says that it is there, and holds its nodes only for as long as it can say so.
//!
//! The lease: a conductor that cannot write its sign of life ends its calls to hardware before others may take its
//! nodes. Others wait for `heartbeat_timeout` of silence; the conductor itself gives up two heartbeats earlier.

use std::{sync::Arc, time::Duration};

use kamacite_driver::HardwareType;
use kamacite_model::{ConductorInfo, EnabledInterface, InterfaceKind, Timestamp};

use crate::{Config, Result, engine::Engine};

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

/// Says again and again that the conductor is there, until it has nothing more to do.
pub(crate) async fn heartbeat(engine: Arc<Engine>) {
    let rhythm = Rhythm::of(&engine.config);
    // Others count from when it was said, not from when the database had it.
    let mut last = engine.now();
    loop {
        tokio::select! {
            () = engine.clock().sleep(rhythm.pause(last, engine.now())) => {}
            () = engine.silent.cancelled() => return,
        }
        let now = engine.now();
        // A database that hangs is as bad as one that refuses.
        let told = tokio::select! {
            biased;
            told = engine.store.touch_conductor(&engine.hostname) => told.map_err(|error| error.to_string()),
            () = engine.clock().sleep(rhythm.pause(last, now)) => Err("the database does not answer".to_owned()),
        };
        match told {
            Ok(()) => {
                last = now;
                engine.renew();
            }
            Err(why) => {
                tracing::error!(why, "the sign of life could not be written");
                if rhythm.left(last, engine.now()).is_zero() {
                    engine.lapse();
                }
            }
        }
    }
}

/// How often the sign of life is given, and how long the lease holds without one.
struct Rhythm {
    interval: Duration,
    lease: Duration,
}

impl Rhythm {
    fn of(config: &Config) -> Self {
        // An interval of nothing would keep the database busy with nothing else.
        let interval = config.heartbeat_interval.max(Duration::from_millis(100));
        Self { interval, lease: config.heartbeat_timeout.saturating_sub(interval.saturating_mul(2)) }
    }

    /// For how long the lease still holds.
    fn left(&self, last: Timestamp, now: Timestamp) -> Duration {
        let silence = Duration::try_from(now.duration_since(last)).unwrap_or_default();
        self.lease.saturating_sub(silence)
    }

    /// How long to wait before looking again: no longer than the lease holds, while it does.
    fn pause(&self, last: Timestamp, now: Timestamp) -> Duration {
        let left = self.left(last, now);
        if left.is_zero() { self.interval } else { self.interval.min(left) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lives on without a sign of life, each look at the database taking as long as it may; tells when the lease ends.
    fn silence_until_lapse(rhythm: &Rhythm, first_look: Duration) -> Duration {
        let last = Timestamp::UNIX_EPOCH;
        let mut now = last + first_look;
        while !rhythm.left(last, now).is_zero() {
            now += rhythm.pause(last, now);
        }
        Duration::try_from(now.duration_since(last)).unwrap_or_default()
    }

    #[test]
    fn the_lease_ends_two_heartbeats_early_however_slow_the_database_refuses() {
        let rhythm = Rhythm { interval: Duration::from_secs(10), lease: Duration::from_secs(40) };
        for tenths in 0..100 {
            let first_look = Duration::from_millis(tenths * 100);
            assert_eq!(silence_until_lapse(&rhythm, first_look), Duration::from_secs(40), "{first_look:?}");
        }
    }

    #[test]
    fn a_lease_that_is_shorter_than_a_heartbeat_waits_all_the_same() {
        let rhythm = Rhythm { interval: Duration::from_secs(10), lease: Duration::ZERO };
        assert_eq!(rhythm.pause(Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH), Duration::from_secs(10));
    }
}
