//! The process ends at every write of every fake flow, and is started again: nothing is lost, nothing is stranded.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, reason = "a test")]

mod support;

use std::{path::Path, time::Duration};

use kamacite_conductor::ProvisionRequest;
use kamacite_model::{ProvisionState, Uuid, Verb};
use support::{JumpClock, Life, options, steps, verb, way_to, who};
use tokio::runtime::Runtime;

/// What a client wants done, and where the node stands before and after.
struct Story {
    from: ProvisionState,
    request: ProvisionRequest,
    to: ProvisionState,
}

#[test]
fn every_flow_survives_the_end_of_the_process_at_every_write() {
    use ProvisionState::{Active, Available, Enroll, Manageable, Rescue};
    let stories = [
        Story { from: Enroll, request: verb(Verb::Manage), to: Manageable },
        Story { from: Manageable, request: verb(Verb::Inspect), to: Manageable },
        Story { from: Manageable, request: verb(Verb::Clean), to: Manageable },
        Story { from: Manageable, request: steps(Verb::Clean, &[("power", "wait_3")]), to: Manageable },
        Story { from: Manageable, request: verb(Verb::Provide), to: Available },
        Story { from: Manageable, request: verb(Verb::Adopt), to: Active },
        Story { from: Available, request: verb(Verb::Active), to: Active },
        Story { from: Active, request: verb(Verb::Rebuild), to: Active },
        Story { from: Active, request: verb(Verb::Rescue), to: Rescue },
        Story { from: Rescue, request: verb(Verb::Unrescue), to: Active },
        Story { from: Active, request: verb(Verb::Service), to: Active },
        Story { from: Active, request: verb(Verb::Deleted), to: Available },
        Story { from: Rescue, request: verb(Verb::Deleted), to: Available },
    ];
    for mut story in stories {
        mend_wait(&mut story.request);
        let writes = stop_at_every_write(&story);
        // A flow that is journalled at all writes its beginning and its end.
        assert!(writes >= 2, "{} wrote {writes} times", story.request.verb);
    }
}

/// `wait_3` stands for the reserved step `wait` with three seconds.
fn mend_wait(request: &mut ProvisionRequest) {
    for step in request.steps.iter_mut().flatten().filter(|step| step.step == "wait_3") {
        step.step = "wait".to_owned();
        step.args = serde_json::json!({"seconds": 3}).as_object().cloned();
    }
}

/// Runs the story again and again, ending the process one write later each time; returns how many writes it has.
fn stop_at_every_write(story: &Story) -> u64 {
    for cut in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ironic.sqlite");
        let node = prepare(&file, story);
        let finished = first_life(&file, story, node, cut);
        second_life(&file, story, node, cut);
        if finished {
            return cut;
        }
    }
    unreachable!()
}

fn delays() -> kamacite_model::options::Options {
    let delay = |name| ("fake", name, "5");
    options(&[
        delay("power_delay"),
        delay("boot_delay"),
        delay("deploy_delay"),
        delay("vendor_delay"),
        delay("management_delay"),
        delay("inspect_delay"),
        delay("raid_delay"),
        delay("bios_delay"),
        delay("storage_delay"),
        delay("rescue_delay"),
    ])
}

fn prepare(file: &Path, story: &Story) -> Uuid {
    Runtime::new().unwrap().block_on(async {
        let life = Life::start(Some(file), JumpClock::new(), delays()).await;
        let node = life.enrol(|_| {}).await;
        for step in way_to(story.from) {
            life.provision(node, verb(step)).await;
        }
        assert_eq!(life.node(node).await.provision_state, story.from);
        life.conductor.stop().await.unwrap();
        life.store.close().await.unwrap();
        node
    })
}

/// Runs until the cut; tells whether the story was over before.
fn first_life(file: &Path, story: &Story, node: Uuid, cut: u64) -> bool {
    let runtime = Runtime::new().unwrap();
    let finished = runtime.block_on(async {
        let life = Life::start(Some(file), JumpClock::new(), delays()).await;
        let before = life.store.commits();
        life.store.cut_power_after(cut);
        let request = story.request.clone();
        let conductor = life.conductor.clone();
        let asked = tokio::spawn(async move { conductor.provision(node, request, &who()).await });
        let story_over = async {
            asked.await.unwrap().unwrap();
            life.settled(node).await;
            // The last write of the story may be the one the power fails after: then this never answers.
            life.store.conductors().await.unwrap();
        };
        let power_fails = async {
            while life.store.commits() - before < cut {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            // Whatever the process would still do in its last moment.
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        tokio::select! { biased; () = story_over => true, () = power_fails => false }
    });
    // As `kill -9` does: nothing is waited for, nothing is tidied up.
    runtime.shutdown_background();
    finished
}

fn second_life(file: &Path, story: &Story, node: Uuid, cut: u64) {
    Runtime::new().unwrap().block_on(async {
        let life = Life::start(Some(file), JumpClock::new(), delays()).await;
        let after = life.settled(node).await;
        let asked = story.request.verb;
        let told =
            !life.store.operations_of(node, 10).await.unwrap().iter().all(|operation| operation.name != asked.as_str());
        let expected = if told { story.to } else { story.from };
        assert_eq!(after.provision_state, expected, "{asked}, ended after write {cut}: {after:#?}");
        assert_eq!(after.target_provision_state, None, "{asked}, ended after write {cut}");
        assert_eq!(after.last_error, None, "{asked}, ended after write {cut}");
        assert!(!after.maintenance && after.clean_step.is_empty() && after.deploy_step.is_empty());
        let unfinished = life.store.unfinished_operations().await.unwrap();
        assert!(unfinished.is_empty(), "{asked}, ended after write {cut}: {unfinished:#?}");
        life.conductor.stop().await.unwrap();
        life.store.close().await.unwrap();
    });
}
