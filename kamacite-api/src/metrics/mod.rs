//! `/metrics`: what the service counts of itself, as Prometheus reads it. The only place that knows Prometheus.

mod page;
mod requests;
mod table;

use axum::{
    Router,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};

use crate::{App, fault::Result};

pub use requests::RequestMeters;

/// The path, on whichever listener.
pub const PATH: &str = "/metrics";

/// The page of metrics and nothing else, for a listener of its own.
pub fn router(app: App) -> Router {
    // Whoever gets no page looks for a reason in the log.
    let answer = |app: App| async move { show(&app).await.map_err(|fault| (fault.status(), fault.text().to_owned())) };
    Router::new().route(PATH, get(answer)).with_state(app)
}

/// The page.
///
/// # Errors
/// The database cannot be read.
pub async fn show(app: &App) -> Result<Response> {
    // One at a time: whoever asks without a break, and anybody may, keeps one connection to the database busy and no more.
    let _alone = app.meters.scraping.lock().await;
    let page = page::gather(app).await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page.text()).into_response())
}
