//! `kamacite demo`: the whole service on simulated machines in one process, and a story told while it really happens.

mod client;
mod folder;
mod machines;
mod screen;
mod settings;
mod story;

use std::{
    future::Future,
    io,
    net::{Ipv4Addr, SocketAddr},
    time::Instant,
};

use kamacite_driver::{Registry, Selection, Services};
use kamacite_model::options::Options;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

use self::{folder::Folder, screen::Screen, story::Story};
use crate::{
    Service, clock,
    config::Loaded,
    logging,
    serve::{self, StartError},
};

pub(crate) use story::StoryError;

/// Ironic's port, which clients know.
const PORT: u16 = 6385;
/// The log, in the demo's folder.
const LOG: &str = "kamacite.log";
/// So many lines of it are shown where the demo fails.
const WARNINGS: usize = 10;

/// How to show it.
#[derive(clap::Args, Debug, Clone)]
pub(crate) struct Args {
    /// Ends when the story has been told, instead of staying up to be tried out.
    #[arg(long, visible_alias = "exit")]
    once: bool,
}

/// Tells the story; everything that was made for it is gone afterwards.
///
/// # Errors
/// Whatever keeps the service from starting, or the story from going on.
pub(crate) fn run(service: &Service, args: &Args, print: fn(String)) -> Result<(), StartError> {
    let began = Instant::now();
    let folder = Folder::create().map_err(|source| StartError::System { what: "temporary folder", source })?;
    let Loaded { options, warnings: _ } = settings::load(service, &folder)?;
    logging::start(&options).map_err(|source| StartError::System { what: "log file", source })?;
    let screen = Screen::new(print, clock::system());
    let shown = serve::runtime()?.block_on(show(service, args, options, &screen, &folder, began));
    if shown.is_err() {
        last_words(&screen, &folder);
    }
    let sessions = shown?;
    folder.remove().map_err(|source| StartError::System { what: "temporary folder", source })?;
    screen.say(&format!("\nStopped: {sessions}, database and log removed."));
    Ok(())
}

/// Everything between the folder's coming and going; in the end what became of the sessions on the BMCs.
async fn show(
    service: &Service,
    args: &Args,
    options: Options,
    screen: &Screen,
    folder: &Folder,
    began: Instant,
) -> Result<String, StartError> {
    let selection = Selection::from_options(&options);
    let services = Services::new(clock::system(), options);
    let registry = Registry::load(service.build(&services), &selection)?;
    let rack = machines::start(services.clock.clone()).await.map_err(kamacite_sim::RunError::from)?;
    let (listener, address) = listener(screen).await?;
    let stopping = CancellationToken::new();
    let stopped = stopping.clone().cancelled_owned();
    let serving = serve::serve(registry, services, async { Ok(listener) }, stopped);
    let story = Story::new(screen, &rack, address, folder, began);
    together(serving, tell(story, args.once, seen_enough()?), stopping).await?;
    let open: usize = rack.bmcs().iter().map(|bmc| bmc.with(|bmc, now| bmc.redfish_sessions(now))).sum();
    rack.stop().await;
    Ok(if open == 0 { "logged out of every BMC".to_owned() } else { format!("{open} sessions were not logged out") })
}

/// Listens where clients look first, or else on a free port.
async fn listener(screen: &Screen) -> Result<(TcpListener, SocketAddr), StartError> {
    let usual = SocketAddr::from((Ipv4Addr::LOCALHOST, PORT));
    let (address, listener) = match TcpListener::bind(usual).await {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            screen.say(&format!("Port {PORT} is taken, so this takes a free one."));
            let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            (any, TcpListener::bind(any).await)
        }
        outcome => (usual, outcome),
    };
    let bound = listener.and_then(|listener| listener.local_addr().map(|address| (listener, address)));
    bound.map_err(|source| StartError::Listen { address, option: "[api]port", source })
}

/// The story to its end, or until somebody has seen enough.
async fn tell(story: Story<'_>, once: bool, stop: impl Future<Output = ()>) -> Result<(), StartError> {
    tokio::pin!(stop);
    tokio::select! {
        told = story.tell() => told?,
        () = &mut stop => return Ok(()),
    }
    if !once {
        story.invite();
        stop.await;
    }
    Ok(())
}

/// Completes when the process is told to end, or the window is closed that it ran in.
fn seen_enough() -> Result<impl Future<Output = ()>, StartError> {
    let closed = signal(SignalKind::hangup()).map_err(|source| StartError::System { what: "signals", source });
    let (mut closed, told) = (closed?, serve::stop_signal()?);
    Ok(async move {
        tokio::select! { _ = closed.recv() => {}, () = told => {} }
    })
}

/// Serves until the story has been told; if the service ends before, so does the story.
async fn together(
    serving: impl Future<Output = Result<(), StartError>>,
    telling: impl Future<Output = Result<(), StartError>>,
    stopping: CancellationToken,
) -> Result<(), StartError> {
    tokio::pin!(serving);
    let told = tokio::select! {
        served = &mut serving => return served,
        told = telling => told,
    };
    stopping.cancel();
    let served = serving.await;
    told.and(served)
}

/// What the log warned of last, which goes with the folder.
fn last_words(screen: &Screen, folder: &Folder) {
    let log = std::fs::read_to_string(folder.join(LOG)).unwrap_or_default();
    let warnings: Vec<&str> = log.lines().filter(|line| line.contains(" WARN ") || line.contains(" ERROR ")).collect();
    for line in warnings.iter().rev().take(WARNINGS).rev() {
        screen.quote(line);
    }
}
