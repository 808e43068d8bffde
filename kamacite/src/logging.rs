//! The log: text or JSON, with the request id of whatever is going on.

use std::{fs::OpenOptions, io, sync::Mutex};

use kamacite_model::options::Options;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

use crate::config::{DEBUG, LOG_FILE, LOG_JSON};

/// Begins to log. `RUST_LOG` overrides how much.
///
/// # Errors
/// When the log file cannot be opened.
pub(crate) fn start(options: &Options) -> io::Result<()> {
    match options.get(&LOG_FILE) {
        None => install(options, io::stderr),
        Some(path) => install(options, Mutex::new(OpenOptions::new().create(true).append(true).open(path)?)),
    }
    Ok(())
}

/// Begins to log for a command that a person watches: warnings, beside what the command itself says.
pub(crate) fn start_for_a_person() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(false).try_init();
}

fn install<W: for<'a> MakeWriter<'a> + Send + Sync + 'static>(options: &Options, writer: W) {
    let usual = if options.get(&DEBUG) { "debug,sqlx=info,hyper=info" } else { "info" };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_ansi(false);
    // Someone else's program may have begun a log before us: then that one stays.
    let _ = if options.get(&LOG_JSON) { log.json().try_init() } else { log.try_init() };
}
