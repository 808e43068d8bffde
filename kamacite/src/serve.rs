//! `kamacite serve`: puts the parts together, runs them, and takes them down in order.

use std::{future::Future, net::SocketAddr, time::Duration};

use kamacite_api::ApiConfig;
use kamacite_conductor::Conductor;
use kamacite_driver::{LoadError, Registry, Selection, Services};
use kamacite_model::{Clock, options::Options};
use kamacite_store::{Database, Store, StoreConfig};
use tokio::{
    net::TcpListener,
    runtime::Runtime,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

use crate::{
    Service,
    cli::Files,
    clock,
    config::{self, BACKUP_BEFORE_UPGRADE, CONNECTION, ConfigError, Loaded},
    listen, logging,
    notify::{self, News},
    open_files,
};

/// Why the service did not start, or did not stop well.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("the enabled drivers do not fit together")]
    Drivers(#[source] LoadError),
    #[error(transparent)]
    Store(#[from] kamacite_store::Error),
    #[error(transparent)]
    Backup(#[from] kamacite_store::backup::BackupError),
    #[error("the conductor cannot start")]
    Conductor(#[from] kamacite_conductor::Error),
    #[error("cannot listen on {address}; choose another {option} or end what holds it")]
    Listen {
        address: SocketAddr,
        option: &'static str,
        #[source]
        source: std::io::Error,
    },
    #[error("there is no hardware type {name:?}; there are: {}", .known.join(", "))]
    NoSuchType { name: String, known: Vec<String> },
    #[error(transparent)]
    Simulator(#[from] kamacite_sim::RunError),
    #[error(transparent)]
    Record(#[from] kamacite_sim::record::RecordError),
    #[error("the demo has come to an end before its time")]
    Demo(#[from] crate::demo::StoryError),
    #[error("cannot do without the operating system's {what}")]
    System {
        what: &'static str,
        #[source]
        source: std::io::Error,
    },
}

/// Runs the service until it is told to stop.
///
/// # Errors
/// Whatever keeps it from starting, with the remedy.
pub(crate) fn run(service: &Service, files: &Files) -> Result<(), StartError> {
    let Loaded { options, warnings } = config::load(service, files)?;
    logging::start(&options).map_err(|source| StartError::System { what: "log file", source })?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    runtime()?.block_on(async {
        let selection = Selection::from_options(&options);
        let services = Services::new(clock::system(), options);
        let registry = Registry::load(service.build(&services), &selection)?;
        let options = services.options.clone();
        serve(registry, services, listener(&options), stop_signal()?).await
    })
}

/// What runs tasks, with as many open files as may be.
pub(crate) fn runtime() -> Result<Runtime, StartError> {
    open_files::raise_limit();
    let built = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    built.map_err(|source| StartError::System { what: "threads", source })
}

/// A listener where the configuration says.
async fn listener(options: &Options) -> Result<TcpListener, StartError> {
    let address = listen::address(&ApiConfig::from_options(options), options);
    bind(address, "[api]port").await
}

async fn bind(address: SocketAddr, option: &'static str) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, option, source })
}

/// A listener for the metrics alone, where the configuration wants one.
async fn metrics_listener(config: &ApiConfig) -> Result<Option<TcpListener>, StartError> {
    match config.metrics_listen.filter(|_| config.metrics) {
        Some(address) => bind(address, "[kamacite]metrics_listen").await.map(Some),
        None => Ok(None),
    }
}

/// The whole service, until `stop` completes. `listener` is asked for when the database is open: who starts a second process
/// by mistake is told about the database, which matters, and not about the port.
pub(crate) async fn serve(
    registry: Registry,
    services: Services,
    listener: impl Future<Output = Result<TcpListener, StartError>>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), StartError> {
    let options = services.options.clone();
    let database = Database::from_url(&options.get(&CONNECTION))?;
    let backup_before_upgrade = options.get(&BACKUP_BEFORE_UPGRADE);
    let store = Store::open(StoreConfig { database, clock: services.clock.clone(), backup_before_upgrade }).await?;
    let listener = listener.await?;
    let address = listener.local_addr().map_err(|source| StartError::System { what: "sockets", source })?;
    let api = ApiConfig::from_options(&options);
    let metrics = metrics_listener(&api).await?;
    let (config, clock) = (kamacite_conductor::Config::from_options(&options), services.clock.clone());
    let patience = config.graceful_shutdown_timeout;
    let conductor = Conductor::start(config, store.clone(), registry, services).await?;
    tracing::info!(%address, conductor = conductor.hostname(), "kamacite is ready");
    notify::tell(News::Ready);
    let app = kamacite_api::App::new(conductor.clone(), api);
    let stopping = CancellationToken::new();
    if let Some(listener) = metrics {
        tokio::spawn(kamacite_api::serve_metrics(listener, app.clone(), stopping.clone().cancelled_owned()));
    }
    let (ending, events) = (stopping.clone(), conductor.events().clone());
    tokio::spawn(async move {
        ending.cancelled().await;
        // Who follows the events would be served for ever, and the stop would wait for it.
        events.close();
    });
    let served = tokio::select! {
        served = kamacite_api::serve(listener, app, stopping.clone().cancelled_owned()) => served,
        () = out_of_patience(stop, stopping, &*clock, patience) => Ok(()),
    };
    let (stopped, closed) = (conductor.stop().await, store.close().await);
    stopped?;
    closed?;
    served.map_err(|source| StartError::System { what: "sockets", source })
}

/// Passes on that the process is to end, and completes when those who are still being served have had long enough: a client
/// that sends half a request and waits must not hold up the others' restart.
async fn out_of_patience(
    stop: impl Future<Output = ()>,
    stopping: CancellationToken,
    clock: &dyn Clock,
    patience: Duration,
) {
    stop.await;
    tracing::info!("stopping");
    notify::tell(News::Stopping);
    stopping.cancel();
    clock.sleep(patience).await;
    tracing::warn!(?patience, "requests are cut off that did not end in time");
}

/// Completes when the process is told to end.
pub(crate) fn stop_signal() -> Result<impl Future<Output = ()> + Send + 'static, StartError> {
    let listen = |kind| signal(kind).map_err(|source| StartError::System { what: "signals", source });
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
    })
}
