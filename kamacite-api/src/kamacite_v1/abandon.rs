//! `POST /kamacite/v1/nodes/{node}/abandon`: ends whatever is under way on a node, even if its BMC is dead.

use kamacite_conductor::{AbandonRequest, Abandoned};
use serde::Serialize;

use crate::{
    App,
    answer::Json,
    args::Args,
    fault::{Fault, Result},
    links::Links,
    policy::Policy,
    python,
    request::{Caller, Input, NodeIdent},
};

/// What became of the node.
#[derive(Serialize)]
pub struct AbandonedView {
    node: String,
    from: &'static str,
    to: &'static str,
    maintenance: bool,
    ended: Vec<EndedView>,
    words: String,
    why: String,
}

#[derive(Serialize)]
struct EndedView {
    id: String,
    kind: &'static str,
    name: String,
    href: String,
}

/// `POST /kamacite/v1/nodes/{node}/abandon`
pub async fn abandon(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Json<AbandonedView>> {
    let request = read(&input.args(&["reason", "to"])?)?;
    who.trail.action("abandon");
    let node = app.node(&who, &ident, Policy::NodeAbandon).await?;
    let abandoned = app.conductor.abandon(node.uuid, request, &who.requester).await?;
    Ok(Json(view(abandoned, &who.links)))
}

fn read(args: &Args) -> Result<AbandonRequest> {
    args.require("reason")?;
    let reason = args.string("reason")?.unwrap_or_default().to_owned();
    let forget = match args.get("to") {
        None => false,
        Some(to) if to == "enroll" => true,
        Some(to) => {
            let text = format!(
                "to is {}: say enroll to have what is on the node forgotten, or leave it out to have the node stay where \
                 its work ends",
                python::text(to)
            );
            return Err(Fault::invalid(text));
        }
    };
    Ok(AbandonRequest { reason, forget })
}

fn view(abandoned: Abandoned, links: &Links) -> AbandonedView {
    let Abandoned { before, after, ended, words } = abandoned;
    let ended = ended.into_iter().map(|one| EndedView {
        id: one.id.to_string(),
        kind: one.kind.as_str(),
        name: one.name,
        href: links.absolute(&format!("/kamacite/v1/operations/{}", one.id)),
    });
    AbandonedView {
        node: after.uuid.to_string(),
        from: before.provision_state.as_str(),
        to: after.provision_state.as_str(),
        maintenance: after.maintenance,
        ended: ended.collect(),
        words,
        why: links.absolute(&format!("/kamacite/v1/nodes/{}/why", after.uuid)),
    }
}
