//! Which path leads where, and which verbs a path answers to.

use axum::{
    Router,
    extract::{MatchedPath, Request},
    handler::Handler,
    middleware::{Next, from_fn},
    response::Response,
    routing::{MethodFilter, MethodRouter},
};

use crate::{
    App, allocations, chassis, conductors, drivers,
    fault::{Fault, Result},
    kamacite_v1, nodes, portgroups, ports,
    request::{Caller, Last},
    root,
    schema::{self, Type},
    volume,
};

/// Every path there is.
pub fn all() -> Router<App> {
    Router::new()
        .merge(root::routes())
        .merge(nodes::routes())
        .merge(ports::routes())
        .merge(portgroups::routes())
        .merge(volume::routes())
        .merge(volume::of_node::routes())
        .merge(chassis::routes())
        .merge(allocations::routes())
        .merge(drivers::routes())
        .merge(conductors::routes())
        .merge(kamacite_v1::routes())
        .layer(from_fn(named))
        .fallback(async || Fault::no_such_path())
}

/// Puts on the answer which route the path led to, for the gate, which sees requests before any route is known.
async fn named(route: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}

/// `PATCH` on what is below a thing, as in `/v1/ports/{port}/{last}`: Ironic takes the end of the path for the patch.
pub async fn patch_below(_: Caller, Last(last): Last) -> Result<()> {
    Err(schema::path_refusal("patch", &last, Type::Array))
}

/// The verbs of one path. Whatever is not named is refused with the list of those that are.
///
/// `HEAD` is refused as well: Ironic knows it on the root documents only.
pub struct Verbs {
    routes: MethodRouter<App>,
    allow: Vec<&'static str>,
}

macro_rules! verbs {
    ($($name:ident = $VERB:ident;)+) => {$(
        #[doc = concat!("Answers to `", stringify!($VERB), "`.")]
        pub fn $name<H: Handler<T, App>, T: 'static>(mut self, handler: H) -> Self {
            self.routes = self.routes.on(MethodFilter::$VERB, handler);
            self.allow.push(stringify!($VERB));
            self
        }
    )+};
}

impl Verbs {
    /// None yet.
    pub fn new() -> Self {
        Self { routes: MethodRouter::new(), allow: Vec::new() }
    }

    verbs! {
        get = GET;
        post = POST;
        put = PUT;
        patch = PATCH;
        delete = DELETE;
    }

    /// The list to show, where Ironic's is another.
    pub fn showing(mut self, allow: &[&'static str]) -> Self {
        self.allow = allow.to_vec();
        self
    }

    /// The routes.
    pub fn done(mut self) -> MethodRouter<App> {
        self.allow.sort_unstable();
        self.allow.dedup();
        let allow = self.allow.join(", ");
        let refuse = move || async move { Fault::method_not_allowed(allow) };
        self.routes.on(MethodFilter::HEAD, refuse.clone()).fallback(refuse)
    }
}
