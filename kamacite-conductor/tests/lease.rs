//! A conductor that has lost touch with its database ends its calls to hardware before another may take its nodes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, reason = "a test")]

mod support;

use std::{
    collections::HashSet,
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use kamacite_driver::{Driver, ExclusiveTask, Interface, Result, Services, SharedTask, interfaces::Power};
use kamacite_model::{Clock, OperationId, PowerState, PowerTarget, Sleep, Timestamp, Uuid, operation::OperationState};
use support::{Life, options, who};

/// A BMC that takes an order and never answers.
struct Mute;

/// The nodes on which a call is under way.
static UNDER_WAY: LazyLock<Mutex<HashSet<Uuid>>> = LazyLock::new(Mutex::default);

struct Call(Uuid);

impl Drop for Call {
    fn drop(&mut self) {
        UNDER_WAY.lock().unwrap().remove(&self.0);
    }
}

fn is_under_way(node: Uuid) -> bool {
    UNDER_WAY.lock().unwrap().contains(&node)
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

    async fn set_power(&self, task: &mut ExclusiveTask, _: PowerTarget, _: Option<Duration>) -> Result<()> {
        let node = task.node().uuid;
        UNDER_WAY.lock().unwrap().insert(node);
        let _call = Call(node);
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

async fn life(graceful: &str) -> Life {
    let clock = Arc::new(FastClock(tokio::time::Instant::now()));
    let options = options(&[
        ("DEFAULT", "enabled_power_interfaces", "fake,mute"),
        ("DEFAULT", "graceful_shutdown_timeout", graceful),
        ("conductor", "heartbeat_interval", "10"),
        ("conductor", "heartbeat_timeout", "60"),
    ]);
    Life::start_with(None, clock, options, &[mute]).await
}

/// A node on which a call goes on without an end.
async fn busy_node(life: &Life) -> (Uuid, OperationId) {
    let node = life.enrol(|node| node.interfaces[kamacite_model::InterfaceKind::Power] = Some("mute".into())).await;
    let id = life.conductor.set_power(node, PowerTarget::On, None, &who()).await.unwrap();
    while !is_under_way(node) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    (node, id)
}

#[tokio::test]
async fn calls_to_hardware_end_before_the_lease_does() {
    let life = life("60").await;
    let (node, _) = busy_node(&life).await;
    // While the sign of life is written the call goes on, far beyond the timeout.
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(is_under_way(node));

    let silent_since = life.clock.now();
    life.store.cut_power_after(0);
    while is_under_way(node) {
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert!(life.clock.now().duration_since(silent_since).as_secs() < 600, "the call still goes on");
    }
}

#[tokio::test]
async fn a_conductor_that_stops_says_that_it_lives_until_its_work_has_ended() {
    let life = life("300").await;
    let (node, id) = busy_node(&life).await;
    let conductor = life.conductor.clone();
    let stop = tokio::spawn(async move { conductor.stop().await });
    let mut longest = 0;
    while !stop.is_finished() {
        let row = life.store.conductor("tester").await.unwrap().unwrap();
        if row.online {
            longest = longest.max(life.clock.now().duration_since(row.updated_at).as_secs());
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    stop.await.unwrap().unwrap();
    // With room for a slow machine: an hour of this clock is less than four seconds.
    assert!(longest < 150, "others could take its nodes after {longest} seconds of silence");
    assert!(!life.store.conductor("tester").await.unwrap().unwrap().online);
    assert!(!is_under_way(node), "it signed off with a call under way");
    // Nothing has failed: the next start goes on with it.
    let operation = life.store.operation(id).await.unwrap().unwrap();
    assert_eq!((operation.state, operation.error), (OperationState::Running, None));
}
