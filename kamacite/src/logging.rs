//! The log: text or JSON, with the request id of whatever is going on; and the audit log in a file of its own.

use std::{
    fs::{File, OpenOptions},
    io,
    path::Path,
    sync::Mutex,
};

use kamacite_model::options::Options;
use tracing::Subscriber;
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{LevelFilter, Targets},
    fmt::{self, MakeWriter},
    layer::SubscriberExt as _,
    registry::LookupSpan,
    util::SubscriberInitExt as _,
};

use crate::config::{AUDIT_LOG, DEBUG, LOG_FILE, LOG_JSON};

/// What lines of the audit log are marked with.
const AUDIT: &str = "kamacite::audit";

/// Begins to log. `RUST_LOG` overrides how much.
///
/// # Errors
/// When a log file cannot be opened.
pub(crate) fn start(options: &Options) -> io::Result<()> {
    let audit = options.get(&AUDIT_LOG).map(|path| append(&path)).transpose()?.map(audit);
    let usual = if options.get(&DEBUG) { "debug,sqlx=info,hyper=info" } else { "info" };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    let json = options.get(&LOG_JSON);
    let log = match options.get(&LOG_FILE) {
        None => log(json, io::stderr),
        Some(path) => log(json, Mutex::new(append(&path)?)),
    };
    // Someone else's program may have begun a log before us: then that one stays.
    let _ = tracing_subscriber::registry().with(log.with_filter(filter)).with(audit).try_init();
    Ok(())
}

/// Begins to log for a command that a person watches: warnings, beside what the command itself says.
pub(crate) fn start_for_a_person() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(false).try_init();
}

/// A file that each line is written to the end of, wherever that is by then: who rotates logs may cut it off.
fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

fn log<S, W>(json: bool, writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let log = fmt::layer().with_writer(writer).with_ansi(false);
    if json { log.json().boxed() } else { log.boxed() }
}

/// The audit log, whatever else is logged.
fn audit<S>(file: File) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let lines = fmt::layer().json().flatten_event(true).with_current_span(false).with_span_list(false);
    lines.with_writer(Mutex::new(file)).with_filter(Targets::new().with_target(AUDIT, LevelFilter::INFO))
}
