//! `GET /kamacite/v1/nodes/{node}/why`: what a node waits for, since when, until when, and what may be done next.

use kamacite_conductor::{Act, Block, LockHeld, May, StepAt, Wait, Why, Work};
use kamacite_model::{Node, PowerState, ProvisionState, Requester, Timestamp, Verb};
use serde::Serialize;
use serde_json::{Value, json};

use super::bmc::{self, BmcView};
use crate::{
    App,
    answer::Json,
    fault::Result,
    links::Links,
    policy::Policy,
    request::{Caller, Input, NodeIdent},
    time::Moment,
    versions::verb_since,
};

/// All that a person wants to know who was woken up because of a node.
#[derive(Serialize)]
pub struct WhyView {
    summary: String,
    node: String,
    name: Option<String>,
    state: &'static str,
    since: Option<Moment>,
    target: Option<&'static str>,
    meaning: &'static str,
    power: PowerView,
    last_error: Option<String>,
    waits_for: Option<WaitView>,
    operation: Option<WorkView>,
    other_operations: Vec<WorkView>,
    lock: Option<LockView>,
    blocks: Vec<BlockView>,
    bmcs: Vec<BmcView>,
    may: Vec<MayView>,
}

#[derive(Serialize)]
struct PowerView {
    state: Option<&'static str>,
    target: Option<&'static str>,
}

#[derive(Serialize)]
struct WaitView {
    on: &'static str,
    what: String,
    since: Option<Moment>,
    until: Option<Moment>,
    because_of: Option<String>,
    then: String,
}

#[derive(Serialize)]
struct WorkView {
    id: String,
    kind: &'static str,
    name: String,
    state: &'static str,
    step: Option<StepView>,
    progress: Option<String>,
    attempt: i32,
    asked_by: AskedBy,
    since: Moment,
    href: String,
}

#[derive(Serialize)]
struct StepView {
    at: usize,
    of: usize,
    what: String,
}

#[derive(Serialize)]
struct AskedBy {
    request_id: Option<String>,
    user: Option<String>,
    project: Option<String>,
}

#[derive(Serialize)]
struct LockView {
    holder: String,
    since: Option<Moment>,
    what: String,
}

#[derive(Serialize)]
struct BlockView {
    by: &'static str,
    reason: Option<String>,
    what: String,
}

#[derive(Serialize)]
struct MayView {
    #[serde(rename = "do")]
    act: &'static str,
    what: &'static str,
    now: bool,
    why_not: Option<String>,
    asks_bmc: bool,
    request: Call,
}

/// The call that does it.
#[derive(Serialize)]
struct Call {
    method: &'static str,
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
}

/// `GET /kamacite/v1/nodes/{node}/why`
pub async fn show(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Json<WhyView>> {
    input.query(&[])?;
    let node = app.node(&who, &ident, Policy::NodeWhy).await?;
    let why = app.conductor.why(node.uuid).await?;
    Ok(Json(view(why, &who.links, app.conductor.clock().now())))
}

fn view(why: Why, links: &Links, now: Timestamp) -> WhyView {
    let Why { node, summary, meaning, wait, operations, lock, blocks, bmcs, may } = why;
    let mut operations = operations.into_iter().map(|one| work(one, links));
    WhyView {
        summary,
        node: node.uuid.to_string(),
        name: node.name.clone(),
        state: node.provision_state.as_str(),
        since: node.provision_updated_at.map(Moment),
        target: node.target_provision_state.map(ProvisionState::as_str),
        meaning,
        power: PowerView {
            state: node.power_state.map(PowerState::as_str),
            target: node.target_power_state.map(PowerState::as_str),
        },
        last_error: node.last_error.clone(),
        waits_for: wait.map(WaitView::from),
        operation: operations.next(),
        other_operations: operations.collect(),
        lock: lock.map(LockView::from),
        blocks: blocks.into_iter().map(BlockView::from).collect(),
        bmcs: bmcs.into_iter().map(|(protocol, status)| bmc::view(protocol, status, now)).collect(),
        may: may.into_iter().map(|one| may_view(one, &node, links)).collect(),
    }
}

fn work(work: Work, links: &Links) -> WorkView {
    let Requester { request_id, user, project, roles: _ } = work.asked_by;
    WorkView {
        href: links.absolute(&format!("/kamacite/v1/operations/{}", work.id)),
        id: work.id.to_string(),
        kind: work.kind.as_str(),
        name: work.name,
        state: work.state.as_str(),
        step: work.step.map(|StepAt { at, of, what }| StepView { at, of, what }),
        progress: work.progress,
        attempt: work.attempt,
        asked_by: AskedBy { request_id, user, project },
        since: Moment(work.since),
    }
}

fn may_view(may: May, node: &Node, links: &Links) -> MayView {
    let May { act, words, asks_bmc, why_not } = may;
    let (act, request) = call(act, node, links);
    MayView { act, what: words, now: why_not.is_none(), why_not, asks_bmc, request }
}

/// What something is called, and the call that does it.
fn call(act: Act, node: &Node, links: &Links) -> (&'static str, Call) {
    let at = |path: &str| links.v1(&format!("nodes/{}{path}", node.uuid));
    let plain = |method, url| Call { method, url, version: None, body: None };
    let abandon = |body| Call {
        body: Some(body),
        ..plain("POST", links.absolute(&format!("/kamacite/v1/nodes/{}/abandon", node.uuid)))
    };
    match act {
        Act::Provision(verb) => {
            let version = Some(format!("1.{}", verb_since(verb)));
            let request = Call { version, body: Some(body_of(verb)), ..plain("PUT", at("/states/provision")) };
            (verb.as_str(), request)
        }
        Act::EnterMaintenance => {
            ("maintenance", Call { body: Some(json!({"reason": "..."})), ..plain("PUT", at("/maintenance")) })
        }
        Act::LeaveMaintenance => ("end maintenance", plain("DELETE", at("/maintenance"))),
        Act::Delete => ("delete", plain("DELETE", at(""))),
        Act::Abandon => ("abandon", abandon(json!({"reason": "..."}))),
        Act::Forget => ("abandon to enroll", abandon(json!({"reason": "...", "to": "enroll"}))),
    }
}

/// What is said with a verb, dots for what only a person knows.
fn body_of(verb: Verb) -> Value {
    let steps = json!([{"interface": "...", "step": "..."}]);
    match verb {
        Verb::Clean => json!({"target": "clean", "clean_steps": steps}),
        Verb::Service => json!({"target": "service", "service_steps": steps}),
        Verb::Rescue => json!({"target": "rescue", "rescue_password": "..."}),
        Verb::Active
        | Verb::Deploy
        | Verb::Rebuild
        | Verb::Deleted
        | Verb::Undeploy
        | Verb::Manage
        | Verb::Provide
        | Verb::Inspect
        | Verb::Abort
        | Verb::Adopt
        | Verb::Unrescue
        | Verb::Unhold => json!({"target": verb.as_str()}),
    }
}

impl From<Wait> for WaitView {
    fn from(wait: Wait) -> Self {
        let Wait { on, words, since, until, because, then } = wait;
        let (since, until) = (since.map(Moment), until.map(Moment));
        Self { on: on.as_str(), what: words, since, until, because_of: because, then }
    }
}

impl From<LockHeld> for LockView {
    fn from(lock: LockHeld) -> Self {
        let LockHeld { holder, since, words } = lock;
        Self { holder, since: since.map(Moment), what: words }
    }
}

impl From<Block> for BlockView {
    fn from(block: Block) -> Self {
        let Block { by, reason, words } = block;
        Self { by, reason, what: words }
    }
}
