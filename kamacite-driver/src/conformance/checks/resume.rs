//! A step comes to the same end wherever the program ended on the way and was started again.

use kamacite_model::{PowerState, PowerTarget};
use serde_json::Value;

use super::lock::until;
use crate::{
    Cursor, Progress, Result, Resume, StepKind,
    conformance::{
        Bench, Kit, Report,
        bench::{MOST_CALLS, Place},
        run::{Outcome, Site, limited},
    },
};

/// A step, as the kit runs it.
struct Run<'a> {
    kit: &'a Kit,
    place: &'a Place,
    kind: StepKind,
    name: &'a str,
    args: Value,
    resume: Resume,
}

/// Where the program ends.
#[derive(Debug, Clone, Copy)]
enum Crash {
    Never,
    /// After so many calls: the cursor of the last is kept.
    AfterCall(usize),
    /// When the BMC has received so many requests, in the middle of a call: only the cursor before it is kept.
    AtRequest(u64),
}

/// What to do about a step that does not go on after a crash.
const RESUME: &str = "keep nothing in memory between calls: the cursor and the hardware say how far it is; do the rest, or say \
                      `resume = never` if that cannot be";

/// How a step ended, and what it left.
#[derive(Debug, PartialEq)]
struct End {
    calls: usize,
    requests: u64,
    power: Option<PowerState>,
    ends_well: bool,
}

pub async fn check(kit: &Kit, report: &mut Report) {
    let site = kit.site().await;
    for place in kit.places().await {
        for spec in site.bench.find(&place).into_iter().flat_map(|one| &one.steps).map(|step| &step.spec) {
            let Some(args) = kit.arguments(&spec.name, &spec.args, None, report) else { continue };
            let run = Run { kit, place: &place, kind: spec.kind, name: &spec.name, args, resume: spec.resume };
            run.every_way(report).await;
        }
    }
}

impl Run<'_> {
    async fn every_way(&self, report: &mut Report) {
        let about = format!("{}, {} step {}", self.place, self.kind.as_str(), self.name);
        let Some(whole) = self.to_the_end(&about, Crash::Never, report).await else { return };
        if self.resume == Resume::Never {
            return;
        }
        let after_calls = (1..whole.calls.min(8)).map(Crash::AfterCall);
        let at_requests = (1..=whole.requests.min(12)).map(Crash::AtRequest);
        for crash in after_calls.chain(at_requests) {
            let about = format!("{about}, when the program ended {}", crash.words());
            let Some(end) = self.to_the_end(&about, crash, report).await else { return };
            if (end.power, end.ends_well) != (whole.power, whole.ends_well) {
                report.wrong(&about, "it comes to another end than without", RESUME);
                return;
            }
        }
    }

    /// Runs the step as the engine does, with a crash on the way.
    async fn to_the_end(&self, about: &str, crash: Crash, report: &mut Report) -> Option<End> {
        let mut site = self.kit.site().await;
        let mut cursor = None;
        let mut crashed = false;
        for calls in 1..=MOST_CALLS {
            let progress = match crash {
                Crash::AtRequest(at) if !crashed => self.call_until(&site, cursor.clone(), at).await,
                Crash::Never | Crash::AfterCall(_) | Crash::AtRequest(_) => {
                    Some(limited(site.patience, self.call(&site.bench, cursor.clone())).await)
                }
            };
            let Some(outcome) = progress else {
                crashed = true;
                cursor = self.after_a_crash(&mut site, cursor);
                continue;
            };
            let progress = match outcome.told(about, report)? {
                Ok(progress) => progress,
                Err(why) => {
                    let remedy = if crashed { RESUME } else { "a step does on healthy hardware what it says" };
                    report.wrong(about, format_args!("it fails: {why}"), remedy);
                    return None;
                }
            };
            let next = match progress {
                Progress::Done | Progress::Wait { .. } => {
                    let ends_well = progress == Progress::Done;
                    return Some(End { calls, requests: site.requests(), power: site.machine.power(), ends_well });
                }
                Progress::Poll { after, cursor } => {
                    site.bench.clock.pass(after);
                    cursor
                }
                Progress::Reboot { cursor } => {
                    let mut task = site.bench.exclusive();
                    if let Err(why) = task.set_power(PowerTarget::Reboot).await {
                        report.wrong(
                            about,
                            format_args!("the reboot it asks for fails: {why}"),
                            "see the check of power",
                        );
                        return None;
                    }
                    cursor
                }
            };
            // It is kept as text.
            cursor = serde_json::to_string(&next).ok().and_then(|kept| serde_json::from_str(&kept).ok());
            if matches!(crash, Crash::AfterCall(after) if after == calls) {
                crashed = true;
                cursor = self.after_a_crash(&mut site, cursor);
            }
        }
        report.wrong(
            about,
            format_args!("it has not ended after {MOST_CALLS} calls"),
            "answer Progress::Done when it is done, and an error when it takes too long",
        );
        None
    }

    fn call(
        &self,
        bench: &Bench,
        cursor: Option<Cursor>,
    ) -> impl Future<Output = Result<Progress>> + Send + 'static + use<> {
        bench.step(self.place, self.kind, self.name, &self.args, cursor)
    }

    /// A call that is dropped at a request; nothing when it was.
    async fn call_until(&self, site: &Site, cursor: Option<Cursor>, requests: u64) -> Option<Outcome<Progress>> {
        let running = tokio::spawn(limited(site.patience, self.call(&site.bench, cursor)));
        until(site, |site| site.requests() >= requests, || running.is_finished()).await;
        if running.is_finished() {
            return running.await.ok();
        }
        running.abort();
        let _ = running.await;
        None
    }

    /// What the journal kept; the driver knows nothing any more.
    fn after_a_crash(&self, site: &mut Site, cursor: Option<Cursor>) -> Option<Cursor> {
        site.bench = site.bench.restarted();
        match self.resume {
            Resume::Cursor => cursor,
            Resume::Again | Resume::Never => None,
        }
    }
}

impl Crash {
    fn words(self) -> String {
        match self {
            Self::Never => "never".to_owned(),
            Self::AfterCall(calls) => format!("after call {calls}"),
            Self::AtRequest(requests) => format!("at request {requests} to the BMC"),
        }
    }
}
