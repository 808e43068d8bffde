//! `/v1/conductors`: who looks after the nodes.

mod list;
pub mod openapi;
mod show;
mod view;

use axum::Router;

use crate::{App, route::Verbs};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/v1/conductors", Verbs::new().get(list::list).done())
        .route("/v1/conductors/{last}", Verbs::new().get(show::show).done())
        .route("/v1/conductors/{host}/{last}", Verbs::new().get(show::field).done())
}
