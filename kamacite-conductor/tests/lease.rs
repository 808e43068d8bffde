//! A conductor that has lost touch with its database ends its calls to hardware before another may take its nodes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, reason = "a test")]

mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use kamacite_driver::{Driver, ExclusiveTask, Interface, Result, Services, SharedTask, interfaces::Power};
use kamacite_model::{Clock, PowerState, PowerTarget, Sleep, Timestamp};
use support::{Life, options, who};

/// A BMC that takes an order and never answers.
struct Mute;

static UNDER_WAY: AtomicU32 = AtomicU32::new(0);

struct Call;

impl Drop for Call {
    fn drop(&mut self) {
        UNDER_WAY.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Interface for Mute {
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Power for Mute {
    async fn power_state(&self, _: &SharedTask) -> Result<Option<PowerState>> {
        Ok(None)
    }

    async fn set_power(&self, _: &mut ExclusiveTask, _: PowerTarget, _: Option<Duration>) -> Result<()> {
        UNDER_WAY.fetch_add(1, Ordering::SeqCst);
        let _call = Call;
        std::future::pending().await
    }
}

fn mute(_: &Services) -> Driver {
    Driver::new("mute").power("mute", Arc::new(Mute))
}

/// A clock that runs a thousand times as fast.
struct FastClock(tokio::time::Instant);

impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        let passed = self.0.elapsed() * 1000;
        Timestamp::from_microsecond(1_800_000_000_000_000 + i64::try_from(passed.as_micros()).unwrap()).unwrap()
    }

    fn sleep(&self, duration: Duration) -> Sleep<'_> {
        Box::pin(tokio::time::sleep(duration / 1000))
    }
}

#[tokio::test]
async fn calls_to_hardware_end_before_the_lease_does() {
    let clock = Arc::new(FastClock(tokio::time::Instant::now()));
    let options = options(&[
        ("DEFAULT", "enabled_power_interfaces", "fake,mute"),
        ("conductor", "heartbeat_interval", "10"),
        ("conductor", "heartbeat_timeout", "60"),
    ]);
    let life = Life::start_with(None, clock.clone(), options, &[mute]).await;
    let node = life.enrol(|node| node.interfaces[kamacite_model::InterfaceKind::Power] = Some("mute".into())).await;
    life.conductor.set_power(node, PowerTarget::On, None, &who()).await.unwrap();
    while UNDER_WAY.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // While the sign of life is written the call goes on, far beyond the timeout.
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(UNDER_WAY.load(Ordering::SeqCst), 1);

    let silent_since = clock.now();
    life.store.cut_power_after(0);
    while UNDER_WAY.load(Ordering::SeqCst) == 1 {
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert!(clock.now().duration_since(silent_since).as_secs() < 600, "the call still goes on");
    }
}
