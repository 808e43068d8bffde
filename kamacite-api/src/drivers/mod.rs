//! `/v1/drivers`: hardware types.

mod list;
mod properties;
mod show;
mod vendor_passthru;
mod view;

use axum::Router;

use crate::{App, route::Verbs};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/v1/drivers", Verbs::new().get(list::list).done())
        .route("/v1/drivers/{driver}", Verbs::new().get(show::show).done())
        .route("/v1/drivers/{driver}/{last}", Verbs::new().get(show::field).done())
        .route("/v1/drivers/{driver}/properties", Verbs::new().get(properties::list).done())
        .merge(vendor_passthru::routes())
}
