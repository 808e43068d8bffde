//! `/v1/chassis`: what nodes stand in.

mod create;
mod delete;
mod document;
mod list;
mod nodes;
pub mod openapi;
mod patch;
mod show;
mod view;

use axum::Router;
use kamacite_model::{Chassis, Uuid};

use crate::{
    App,
    fault::{Fault, Result},
    policy::Policy,
    request::{Caller, Input, Last},
    route::{self, Verbs},
    schema::{self, Type},
};

pub fn routes() -> Router<App> {
    // Ironic shows the same verbs on every path of chassis.
    let verbs = || Verbs::new().showing(&["DELETE", "GET", "PATCH", "POST"]);
    Router::new()
        .route("/v1/chassis", verbs().get(list::list).post(create::create).patch(no_uuid).delete(no_uuid).done())
        .route(
            "/v1/chassis/detail",
            verbs()
                .get(list::detail)
                .post(|who| below_a_chassis(who, Last("detail".to_owned())))
                .patch(|app, who, input| patch::patch(app, who, Last("detail".to_owned()), input))
                .delete(|app, who, input| delete::delete(app, who, Last("detail".to_owned()), input))
                .done(),
        )
        .route(
            "/v1/chassis/{last}",
            verbs().get(show::show).post(below_a_chassis).patch(patch::patch).delete(delete::delete).done(),
        )
        .route("/v1/chassis/{chassis}/{last}", verbs().get(show::field).patch(route::patch_below).done())
        .merge(nodes::routes())
}

/// A path that should name a chassis and does not.
async fn no_uuid(_: Caller, _: Input) -> Result<()> {
    Err(Fault::missing("chassis_uuid"))
}

/// `POST /v1/chassis/{chassis}`: Ironic takes the end of the path for the document.
async fn below_a_chassis(_: Caller, Last(uuid): Last) -> Result<()> {
    Err(schema::path_refusal("chassis", &uuid, Type::Object))
}

impl App {
    /// A chassis, if the caller may do this to it.
    pub async fn chassis(&self, who: &Caller, uuid: Uuid, policy: Policy) -> Result<Chassis> {
        self.allow(who, policy)?;
        let found = self.conductor.store().one_chassis(uuid).await?;
        found.ok_or_else(|| missing(uuid))
    }
}

fn missing(uuid: Uuid) -> Fault {
    Fault::not_found(format!("Chassis {uuid} could not be found."))
}
