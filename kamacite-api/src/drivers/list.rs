//! `GET /v1/drivers`: every hardware type.

use serde::Serialize;

use super::view::{self, DriverView};
use crate::{
    App,
    answer::Json,
    fault::{Fault, Result},
    page,
    policy::Policy,
    request::{Caller, Input},
    versions::since,
};

/// Hardware types.
#[derive(Serialize)]
pub struct Drivers {
    drivers: Vec<DriverView>,
}

/// `GET /v1/drivers`
pub async fn list(app: App, who: Caller, input: Input) -> Result<Json<Drivers>> {
    let args = input.query(&["type", "detail", "fields"])?;
    let (of_type, detail, fields) = (args.string("type")?, args.boolean("detail")?, args.list("fields")?);
    if let Some(fields) = &fields
        && who.version.has(since::DRIVER_FIELDS)
    {
        view::check_fields(who.version, fields)?;
    }
    if detail == Some(true) && fields.as_ref().is_some_and(|fields| !fields.is_empty()) {
        return Err(page::fields_and_detail());
    }
    app.allow(&who, Policy::DriverGet)?;
    if detail.is_some() || of_type.is_some() {
        who.version.require_named(since::DRIVER_DETAIL)?;
    }
    if fields.is_some() {
        who.version.require(since::DRIVER_FIELDS)?;
    }
    let infos = match of_type {
        None | Some("dynamic") => app.conductor.drivers().await?,
        // There are none of the old kind.
        Some("classic") => Vec::new(),
        Some(_) => {
            let text = "\"type\" filter must be one of \"classic\" or \"dynamic\", if specified.";
            return Err(Fault::invalid(text));
        }
    };
    let view = |info| {
        let (version, links) = (who.version, who.links.clone());
        DriverView { info, detail: detail == Some(true), fields: fields.clone(), version, links }.check()
    };
    Ok(Json(Drivers { drivers: infos.into_iter().map(view).collect::<Result<_>>()? }))
}
