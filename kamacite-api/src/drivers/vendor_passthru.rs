//! `/v1/drivers/{driver}/vendor_passthru`: what a vendor interface can do without a node.
//!
//! Ironic reaches the default vendor interface of a hardware type only, and its `?method=` answers 500. Here both forms
//! work, and `?interface=` names any vendor interface that the type has enabled.

use axum::{
    Router,
    http::Method,
    response::Response,
    routing::{any, get},
};

use crate::{
    App,
    answer::Json,
    fault::Result,
    passthru::{self, MethodAt, Methods},
    policy::Policy,
    request::{AnyCaller, Caller, DriverName, Input, MethodName},
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/v1/drivers/{driver}/vendor_passthru", any(call_by_query))
        // Only this verb lists; with any other, "methods" is the name of a method.
        .route("/v1/drivers/{driver}/vendor_passthru/methods", get(methods).head(call_methods).fallback(call_methods))
        .route("/v1/drivers/{driver}/vendor_passthru/{method}", any(call_by_path))
}

/// `GET /v1/drivers/{driver}/vendor_passthru/methods`
async fn methods(app: App, who: Caller, DriverName(driver): DriverName, input: Input) -> Result<Json<Methods>> {
    let args = input.query(&["interface"])?;
    app.allow(&who, Policy::DriverVendorPassthru)?;
    Ok(Json(Methods::of_driver(app.conductor.driver_methods(&driver, args.string("interface")?)?)))
}

/// Any verb on `/v1/drivers/{driver}/vendor_passthru/{method}`
async fn call_by_path(
    app: App,
    who: AnyCaller,
    verb: Method,
    driver: DriverName,
    MethodName(method): MethodName,
    input: Input,
) -> Result<Response> {
    call(app, who, verb, driver, input, MethodAt::Path(method)).await
}

/// Any verb on `/v1/drivers/{driver}/vendor_passthru?method={method}`
async fn call_by_query(app: App, who: AnyCaller, verb: Method, driver: DriverName, input: Input) -> Result<Response> {
    call(app, who, verb, driver, input, MethodAt::Query).await
}

async fn call_methods(app: App, who: AnyCaller, verb: Method, driver: DriverName, input: Input) -> Result<Response> {
    call(app, who, verb, driver, input, MethodAt::Path("methods".to_owned())).await
}

async fn call(
    app: App,
    AnyCaller(who): AnyCaller,
    verb: Method,
    DriverName(driver): DriverName,
    input: Input,
    at: MethodAt,
) -> Result<Response> {
    let asked = passthru::read(&input, at, &["interface"])?;
    who.trail.names(&driver);
    who.trail.action(&asked.method);
    app.allow(&who, Policy::DriverVendorPassthru)?;
    let interface = asked.interface.clone();
    if !who.takes_json {
        passthru::check_accepted(&app.conductor.driver_methods(&driver, interface.as_deref())?, &asked.method)?;
    }
    let Some(known) = passthru::verb(&verb) else {
        let methods = app.conductor.driver_methods(&driver, interface.as_deref())?;
        return Err(passthru::refuse_verb(&methods, &asked.method, &verb));
    };
    let reply = app.conductor.driver_passthru(&driver, interface.as_deref(), asked.by(known), &who.requester).await?;
    Ok(passthru::reply(reply))
}
