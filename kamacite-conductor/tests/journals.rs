//! Journals of every shape there has been: what an older program had not ended, this one brings to its end.
//!
//! `fixtures/journal_N.sql` is a database whose operations were written in shape N, as text: [`write`] made it, which stops work
//! of each kind in its middle, but for management, of which the fakes have none that takes time. Whoever gives the journal a new shape (`SCHEMA` in `src/journal.rs`) adds the fixture of that
//! shape, and of what this program writes now there is one before the next release:
//!
//! ```text
//! KAMACITE_WRITE_FIXTURE=1 cargo test -p kamacite-conductor --test journals
//! ```
//!
//! One that has been released never changes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods, reason = "a test")]

mod support;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use kamacite_conductor::PassthruCall;
use kamacite_model::{
    Clock, InterfaceKind, Json, Node, Operation, PowerState, PowerTarget, ProvisionState, Sleep, Timestamp, Uuid, Verb,
    operation::{OperationKind, OperationState},
};
use kamacite_store::testing::{dump, fill};
use serde_json::json;
use support::{JumpClock, Life, options, steps, verb, who};
use tokio::runtime::Runtime;

/// Naps of a quarter of an hour never end, and are counted; shorter ones pass at once.
struct StuckClock {
    now: AtomicI64,
    stuck: AtomicUsize,
}

const LONG: Duration = Duration::from_secs(900);

impl Clock for StuckClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.now.load(Ordering::SeqCst)).unwrap()
    }

    fn sleep(&self, duration: Duration) -> Sleep<'_> {
        Box::pin(async move {
            if duration == LONG {
                self.stuck.fetch_add(1, Ordering::SeqCst);
            }
            if duration >= LONG {
                std::future::pending::<()>().await;
            }
            self.now.fetch_add(i64::try_from(duration.as_micros()).unwrap(), Ordering::SeqCst);
            tokio::task::yield_now().await;
        })
    }
}

fn fixture(shape: i32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/journal_{shape}.sql"))
}

#[test]
fn what_this_program_leaves_unfinished_it_brings_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ironic.sqlite");
    write(&file);
    let runtime = Runtime::new().unwrap();
    let text = runtime.block_on(dump(&file)).unwrap();
    let shape = bring_to_an_end(&file);
    if std::env::var_os("KAMACITE_WRITE_FIXTURE").is_some() {
        std::fs::write(fixture(shape), text).unwrap();
    }
    for shape in 1..=shape {
        let file = folder.path().join(format!("{shape}.sqlite"));
        let text = std::fs::read_to_string(fixture(shape))
            .expect("there is a fixture of every shape: the head of this file tells how to make it");
        runtime.block_on(fill(&file, &text)).unwrap();
        assert_eq!(bring_to_an_end(&file), shape);
    }
}

/// A node that stands somewhere, called after what is going to be asked of it.
async fn node_in(life: &Life, state: ProvisionState, name: &str) -> Uuid {
    life.enrol(|node| {
        node.enter(state, Timestamp::UNIX_EPOCH);
        node.name = Some(name.to_owned());
        node.interfaces[InterfaceKind::Vendor] = Some("fake-extra".into());
    })
    .await
}

/// Begins each kind of work and ends the process when all of it is in its middle.
fn write(file: &Path) {
    use ProvisionState::{Active, Available, Enroll, Manageable};
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let clock = Arc::new(StuckClock { now: AtomicI64::new(1_790_000_000_000_000), stuck: AtomicUsize::new(0) });
        let long = |name| ("fake", name, "900");
        let options =
            options(&[long("deploy_delay"), long("power_delay"), long("inspect_delay"), long("rescue_delay")]);
        let life = Life::start(Some(file), clock.clone(), options).await;
        let flows = [
            (Enroll, "manage", verb(Verb::Manage)),
            (Manageable, "inspect", verb(Verb::Inspect)),
            // Two steps are done, and the third has begun.
            (
                Manageable,
                "clean",
                steps(Verb::Clean, &[("bios", "factory_reset"), ("bios", "factory_reset"), ("power", "reboot")]),
            ),
            (Available, "active", verb(Verb::Active)),
            (Active, "rescue", verb(Verb::Rescue)),
            (Active, "deleted", verb(Verb::Deleted)),
        ];
        let count = flows.len() + 1;
        for (from, name, request) in flows {
            let node = node_in(&life, from, name).await;
            life.conductor.provision(node, request, &who()).await.unwrap();
        }
        let node = node_in(&life, Manageable, "hold").await;
        let request = steps(Verb::Clean, &[("power", "hold"), ("bios", "factory_reset")]);
        life.provision(node, request).await;
        let node = node_in(&life, Manageable, "power on").await;
        life.conductor.set_power(node, PowerTarget::On, None, &who()).await.unwrap();
        let node = node_in(&life, Manageable, "hang").await;
        let call = PassthruCall { method: "hang".to_owned(), verb: kamacite_driver::Verb::POST, args: Json::new() };
        life.conductor.node_passthru(node, call, &who()).await.unwrap();
        for _ in 0..20_000 {
            if clock.stuck.load(Ordering::SeqCst) >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let unfinished = life.store.unfinished_operations().await.unwrap();
        assert_eq!(clock.stuck.load(Ordering::SeqCst), count, "all are in their middle: {unfinished:#?}");
        assert_eq!(
            life.store.unfinished_operations().await.unwrap().len(),
            count + 2,
            "and so are the hold and the call"
        );
    });
    runtime.shutdown_background();
}

/// Starts on a database that [`write`] left; returns the shape that its operations were written in.
fn bring_to_an_end(file: &Path) -> i32 {
    let runtime = Runtime::new().unwrap();
    let shape = runtime.block_on(async {
        let life = Life::start(Some(file), JumpClock::new(), options(&[])).await;
        use ProvisionState::{Active, Available, CleanHold, Manageable, Rescue};
        let shapes = [
            ended(&life, "manage", Manageable).await,
            ended(&life, "inspect", Manageable).await,
            ended(&life, "clean", Manageable).await,
            ended(&life, "active", Active).await,
            ended(&life, "rescue", Rescue).await,
            ended(&life, "deleted", Available).await,
            ended(&life, "power on", Manageable).await,
        ];
        assert_eq!(named(&life, "power on").await.power_state, Some(PowerState::On));
        // A call is never repeated: what came of it is not known.
        let call = last(&life, &*named(&life, "hang").await).await;
        assert_eq!((call.kind, call.state), (OperationKind::NodePassthru, OperationState::Failed), "{call:#?}");
        // A hold stands still until told to go on.
        let hold = named(&life, "hold").await;
        assert_eq!(hold.provision_state, CleanHold);
        life.provision(hold.uuid, verb(Verb::Unhold)).await;
        ended(&life, "hold", Manageable).await;
        let unfinished = life.store.unfinished_operations().await.unwrap();
        assert!(unfinished.is_empty(), "{unfinished:#?}");
        life.conductor.stop().await.unwrap();
        life.store.close().await.unwrap();
        assert!(shapes.iter().all(|shape| *shape == shapes[0]), "{shapes:?}");
        shapes[0]
    });
    runtime.shutdown_background();
    shape
}

async fn named(life: &Life, name: &str) -> Arc<Node> {
    life.store.node_named(name).await.unwrap().unwrap()
}

async fn last(life: &Life, node: &Node) -> Operation {
    life.store.operations_of(node.uuid, 1).await.unwrap().remove(0)
}

/// Waits until a node is at rest: its work has ended well, and it stands there.
async fn ended(life: &Life, name: &str, state: ProvisionState) -> i32 {
    let node = life.settled(named(life, name).await.uuid).await;
    let operation = last(life, &node).await;
    assert_eq!((operation.state, node.provision_state), (OperationState::Succeeded, state), "{operation:#?} {node:#?}");
    assert_eq!((node.last_error.as_deref(), node.maintenance), (None, false), "{name}");
    assert_eq!(operation.intent.pointer("/rescue_password"), None, "{:#}", json!(operation.intent));
    operation.schema
}
