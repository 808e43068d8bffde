//! `GET /kamacite/v1/nodes/{node}/bmc`: how the node's BMC is doing: whether it answers, since when it does not, when it
//! is tried again, and what was last said to it.

use kamacite_driver::governor::{Asking, Exchange, Status};
use kamacite_model::Timestamp;
use serde::Serialize;

use crate::{
    App,
    answer::Json,
    fault::Result,
    policy::Policy,
    request::{Caller, Input, NodeIdent},
    time::Moment,
};

/// The BMCs that a node was spoken to through: one, as a rule; none before anything was asked of one.
#[derive(Serialize)]
pub struct BmcsOfNode {
    bmcs: Vec<BmcView>,
}

/// How one BMC is doing.
#[derive(Serialize)]
pub(super) struct BmcView {
    protocol: &'static str,
    address: String,
    condition: &'static str,
    since: Option<Moment>,
    next_try_at: Option<Moment>,
    why: Option<String>,
    concurrency: usize,
    under_way: usize,
    waiting: usize,
    answered: u64,
    silent: u64,
    refused: u64,
    broken: u64,
    asking: Vec<AskingView>,
    last_exchange: Option<ExchangeView>,
    earlier_exchanges: Vec<ExchangeView>,
}

/// A request that is not answered yet.
#[derive(Serialize)]
struct AskingView {
    request: String,
    since: Option<Moment>,
}

#[derive(Serialize)]
struct ExchangeView {
    request: String,
    outcome: String,
    took_s: f64,
    ended_at: Moment,
}

/// `GET /kamacite/v1/nodes/{node}/bmc`
pub async fn show(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Json<BmcsOfNode>> {
    input.query(&[])?;
    let node = app.node(&who, &ident, Policy::NodeGet).await?;
    let now = app.conductor.clock().now();
    let bmcs = app.conductor.bmcs_of(node.uuid);
    Ok(Json(BmcsOfNode { bmcs: bmcs.into_iter().map(|(protocol, status)| view(protocol, status, now)).collect() }))
}

/// How one BMC is doing, as it is shown.
pub(super) fn view(protocol: &'static str, status: Status, now: Timestamp) -> BmcView {
    let Status { condition, for_so_long, again_in, why, concurrency, under_way, waiting, .. } = status;
    let mut exchanges = status.exchanges.into_iter().filter_map(|one| exchange(one, now));
    BmcView {
        protocol,
        address: status.address.to_string(),
        condition: condition.as_str(),
        since: for_so_long.and_then(|time| now.checked_sub(time).ok()).map(Moment),
        next_try_at: again_in.and_then(|time| now.checked_add(time).ok()).map(Moment),
        why,
        concurrency,
        under_way,
        waiting,
        answered: status.answered,
        silent: status.silent,
        refused: status.refused,
        broken: status.broken,
        asking: status.asking.into_iter().map(|one| asking(one, now)).collect(),
        last_exchange: exchanges.next(),
        earlier_exchanges: exchanges.collect(),
    }
}

fn asking(one: Asking, now: Timestamp) -> AskingView {
    AskingView { request: one.what, since: now.checked_sub(one.for_so_long).ok().map(Moment) }
}

fn exchange(last: Exchange, now: Timestamp) -> Option<ExchangeView> {
    let ended_at = Moment(now.checked_sub(last.ago()).ok()?);
    Some(ExchangeView { took_s: last.took.as_secs_f64(), request: last.what, outcome: last.outcome, ended_at })
}
