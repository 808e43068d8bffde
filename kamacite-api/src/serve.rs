//! Serving: connections in, answers out, until told to stop.

use std::{future::Future, io, net::SocketAddr};

use axum::{
    Router,
    serve::{ListenerExt, TapIo},
};
use tokio::net::{TcpListener, TcpStream};

use crate::{App, gate, metrics};

impl From<App> for Router {
    fn from(app: App) -> Self {
        gate::router(app)
    }
}

/// Serves an [`App`], or a router that was made of one, on `listener` until `shutdown` completes; requests under way are finished.
///
/// # Errors
/// Trouble with the listener.
pub async fn serve(
    listener: TcpListener,
    routes: impl Into<Router>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    if let Ok(address) = listener.local_addr()
        && !address.ip().is_loopback()
    {
        tracing::warn!(%address, "no authentication: whoever reaches this address may do everything");
    }
    let service = routes.into().into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(undelayed(listener), service).with_graceful_shutdown(shutdown).await
}

/// Serves the metrics of an [`App`] and nothing else, until `shutdown` completes.
///
/// # Errors
/// Trouble with the listener.
pub async fn serve_metrics(
    listener: TcpListener,
    app: App,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    axum::serve(undelayed(listener), metrics::router(app)).with_graceful_shutdown(shutdown).await
}

/// Answers are small and complete: waiting to fill a packet would only delay them.
fn undelayed(listener: TcpListener) -> TapIo<TcpListener, fn(&mut TcpStream)> {
    let no_delay: fn(&mut TcpStream) = |stream| {
        if let Err(why) = stream.set_nodelay(true) {
            tracing::debug!(%why, "a connection keeps delaying small packets");
        }
    };
    listener.tap_io(no_delay)
}
