//! The plain form and the short form of vendor methods and steps, side by side: both say the same.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod support;

use kamacite_driver::{
    Attachment, Caller, Cursor, Driver, DriverMethod, Effect, ErrorKind, ExclusiveTask, Interface, Json, MethodSpec,
    Mode, NodeMethod, Offer, Progress, Reply, Result, Resume, SharedTask, Step, StepKind, StepSpec, Task, Verb, args,
    async_trait, driver_passthru, interfaces, passthru, step,
};
use serde_json::{Value, json};
use support::{Bench, kind_of};

/// A chassis of blades.
struct Acme {
    fans: u32,
}

#[async_trait]
impl Interface for Acme {
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Ok(())
    }
}

impl interfaces::Vendor for Acme {}

/// How to blink.
#[args]
#[derive(Debug, Clone, PartialEq)]
struct Blink {
    /// For how long.
    seconds: u32,
    colour: Option<String>,
}

// A method that acts, in both forms.

struct PlainBlink;

impl NodeMethod for PlainBlink {
    type Of = Acme;
    type Task<'a> = &'a mut ExclusiveTask;
    type Args = Blink;
    type Reply = ();

    fn spec() -> MethodSpec {
        MethodSpec::new(
            "blink",
            &[Verb::POST],
            Mode::Async,
            "Blinks the locator LED so that a person can find the blade.",
        )
    }

    async fn call(_: &Acme, task: &mut ExclusiveTask, _: Verb, args: Blink) -> Result<()> {
        task.remember("blinks", args.seconds).await
    }
}

/// Blinks the locator LED
/// so that a person can find the blade.
#[passthru(POST)]
async fn blink(_: &Acme, task: &mut ExclusiveTask, args: Blink) -> Result<()> {
    task.remember("blinks", args.seconds).await
}

// A method of several verbs that looks and answers, in both forms.

struct PlainFans;

impl NodeMethod for PlainFans {
    type Of = Acme;
    type Task<'a> = &'a SharedTask;
    type Args = Json;
    type Reply = Value;

    fn spec() -> MethodSpec {
        MethodSpec::new("fans", &[Verb::GET, Verb::PUT], Mode::Sync, "Tells how many fans turn.")
    }

    async fn call(acme: &Acme, task: &SharedTask, verb: Verb, _: Json) -> Result<Value> {
        Ok(json!({"verb": verb, "fans": acme.fans, "driver": &*task.node().driver}))
    }
}

/// Tells how many fans turn.
#[passthru(GET, PUT, sync, name = "fans")]
async fn count_fans(acme: &Acme, task: &SharedTask, verb: Verb) -> Result<Value> {
    Ok(json!({"verb": verb, "fans": acme.fans, "driver": &*task.node().driver}))
}

// A method of the hardware type that hands out a file, in both forms.

struct PlainManual;

impl DriverMethod for PlainManual {
    type Of = Acme;
    type Args = Json;
    type Reply = Attachment;

    fn spec() -> MethodSpec {
        MethodSpec::new("manual", &[Verb::GET], Mode::Sync, "")
    }

    async fn call(_: &Acme, caller: &Caller, _: Verb, _: Json) -> Result<Attachment> {
        Ok(for_reading(caller))
    }
}

#[driver_passthru(GET, sync)]
async fn manual(_: &Acme, caller: &Caller) -> Result<Attachment> {
    Ok(for_reading(caller))
}

fn for_reading(caller: &Caller) -> Attachment {
    let body = format!("for {}", caller.user.as_deref().unwrap_or("anybody")).into_bytes();
    Attachment { content_type: "text/plain".to_owned(), file_name: Some("manual.txt".to_owned()), body }
}

// A step of two kinds, in both forms.

struct PlainBurnIn;

impl Step for PlainBurnIn {
    type Of = Acme;
    type Args = Json;

    fn specs() -> Vec<StepSpec> {
        let clean = StepSpec::new::<Json>(StepKind::Clean, "burn_in", 10, Resume::Cursor);
        let service = StepSpec::new::<Json>(StepKind::Service, "burn_in", 0, Resume::Never);
        vec![
            StepSpec { description: "Heats it up.".to_owned(), abortable: true, ..clean },
            StepSpec { description: "Heats it up.".to_owned(), requires_ramdisk: false, ..service },
        ]
    }

    async fn run(_: &Acme, task: &mut ExclusiveTask, args: Json, cursor: Option<Cursor>) -> Result<Progress> {
        heat(task, args, cursor).await
    }
}

/// Heats it up.
#[step(clean, priority = 10, resume = cursor, abortable)]
#[step(service, resume = never, requires_ramdisk = false)]
async fn burn_in(_: &Acme, task: &mut ExclusiveTask, cursor: Option<Cursor>, args: Json) -> Result<Progress> {
    heat(task, args, cursor).await
}

async fn heat(task: &mut ExclusiveTask, args: Json, cursor: Option<Cursor>) -> Result<Progress> {
    task.progress(format!("{} of {}", cursor.is_some(), Value::from(args))).await?;
    Ok(match cursor {
        Some(_) => Progress::Done,
        None => Progress::Reboot { cursor: Cursor(json!("hot")) },
    })
}

/// Forgets everything, on demand and when cleaning.
#[step(clean, deploy, resume = again, name = "wipe")]
#[kamacite_driver::passthru(POST)]
async fn forget_everything(_: &Acme, task: &mut ExclusiveTask) -> Result<()> {
    task.forget("blinks").await
}

fn acme() -> Offer<Acme> {
    Offer::of(Acme { fans: 4 })
}

#[test]
fn both_forms_of_a_method_say_the_same() {
    let plain = Driver::new("a").vendor(
        "a",
        acme()
            .node_method::<PlainBlink>()
            .node_method::<PlainFans>()
            .driver_method::<PlainManual>()
            .step::<PlainBurnIn>(),
    );
    let short =
        Driver::new("a").vendor("a", acme().with::<blink>().with::<count_fans>().with::<manual>().with::<burn_in>());
    let specs = |driver: &Driver| {
        let one = &driver.implementations[0];
        let methods: Vec<_> = one.node_methods.iter().map(|method| method.spec.clone()).collect();
        let driver_methods: Vec<_> = one.driver_methods.iter().map(|method| method.spec.clone()).collect();
        let steps: Vec<_> = one.steps.iter().map(|step| step.spec.clone()).collect();
        (methods, driver_methods, steps)
    };
    assert_eq!(specs(&plain), specs(&short));
    let (methods, driver_methods, steps) = specs(&short);
    assert_eq!((methods[0].exclusive, methods[0].attach, methods[0].mode), (true, false, Mode::Async));
    assert_eq!((methods[1].exclusive, methods[1].attach, methods[1].mode), (false, false, Mode::Sync));
    assert_eq!((driver_methods[0].exclusive, driver_methods[0].attach), (false, true));
    assert_eq!(methods[0].args["properties"]["seconds"]["description"], "For how long.");
    assert_eq!(steps.iter().map(|spec| spec.kind).collect::<Vec<_>>(), [StepKind::Clean, StepKind::Service]);
}

#[tokio::test]
async fn both_forms_of_a_method_do_the_same() {
    for offer in [acme().node_method::<PlainBlink>(), acme().with::<blink>()] {
        let bench = Bench::new("acme");
        let driver = Driver::new("a").vendor("a", offer);
        let method = driver.implementations[0].node_method("blink").expect("it is registered");
        let args = json!({"seconds": "5"}).as_object().cloned().unwrap();
        let reply = method.call(Task::Exclusive(&mut bench.exclusive()), Verb::POST, args.clone()).await.unwrap();
        assert_eq!(reply, Reply::Json(Value::Null));
        assert_eq!(bench.effects(), [Effect::Remember { key: "blinks".to_owned(), value: json!(5) }]);
        // The engine gives the task that the signature asks for; if it ever gives less, nothing is done.
        assert_eq!(kind_of(method.call(Task::Shared(&bench.shared()), Verb::POST, args).await), ErrorKind::Internal);
        assert_eq!(bench.effects().len(), 1);
    }
}

#[tokio::test]
async fn a_function_is_still_a_function() {
    let bench = Bench::new("acme");
    let acme = Acme { fans: 4 };
    blink(&acme, &mut bench.exclusive(), Blink { seconds: 7, colour: None }).await.unwrap();
    assert_eq!(bench.effects(), [Effect::Remember { key: "blinks".to_owned(), value: json!(7) }]);
    let fans = count_fans(&acme, &bench.shared(), Verb::PUT).await.unwrap();
    assert_eq!(fans, json!({"verb": "PUT", "fans": 4, "driver": "acme"}));
    let caller = Caller { user: Some("ann".to_owned()), ..Caller::default() };
    assert_eq!(manual(&acme, &caller).await.unwrap().body, b"for ann");
    let progress = burn_in(&acme, &mut bench.exclusive(), None, Json::new()).await.unwrap();
    assert_eq!(progress, Progress::Reboot { cursor: Cursor(json!("hot")) });
}

#[tokio::test]
async fn a_function_may_be_a_method_and_a_step_of_several_kinds() {
    let driver = Driver::new("a").vendor("a", acme().with::<forget_everything>());
    let one = &driver.implementations[0];
    let bench = Bench::new("acme");
    let method = one.node_method("forget_everything").expect("under its own name");
    method.call(Task::Exclusive(&mut bench.exclusive()), Verb::POST, Json::new()).await.unwrap();
    let kinds: Vec<_> = one.steps.iter().map(|step| (&*step.spec.name, step.spec.kind, step.spec.abortable)).collect();
    assert_eq!(kinds, [("wipe", StepKind::Clean, false), ("wipe", StepKind::Deploy, true)]);
    let progress = one.steps[0].run(&mut bench.exclusive(), Json::new(), None).await.unwrap();
    assert_eq!(progress, Progress::Done);
    assert_eq!(bench.effects(), vec![Effect::Forget { key: "blinks".to_owned() }; 2]);
}
