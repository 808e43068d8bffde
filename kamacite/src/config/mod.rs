//! Configuration: Ironic's file and names, one table of options, texts checked before anything reads them.

mod check;
mod file;
mod pages;

use kamacite_driver::{Services, selection};
use kamacite_model::options::{Opt, OptionSpec, Options};

use crate::{Service, cli::Files, clock, listen::BEYOND_LOOPBACK};

pub(crate) use file::Given;
pub use pages::{reference, sample};

/// Where the rows live.
pub(crate) const CONNECTION: Opt<String> = Opt::new(
    "database",
    "connection",
    "sqlite:///ironic.sqlite",
    "The database, as a URL: sqlite:////absolute/path, sqlite:///relative/path, or sqlite:// for one in memory.",
);

/// Whether an upgrade begins with a backup.
pub(crate) const BACKUP_BEFORE_UPGRADE: Opt<bool> = Opt::new(
    "kamacite",
    "backup_before_upgrade",
    "true",
    "Whether a database that an older program wrote is copied, beside itself, before its schema is changed.",
);

/// How much is logged.
pub(crate) const DEBUG: Opt<bool> = Opt::new("DEFAULT", "debug", "false", "Logs more.");

/// The shape of the log.
pub(crate) const LOG_JSON: Opt<bool> =
    Opt::new("DEFAULT", "use_json", "false", "Logs a JSON object per line instead of text.");

/// Where the log goes.
pub(crate) const LOG_FILE: Opt<Option<std::path::PathBuf>> =
    Opt::new("DEFAULT", "log_file", "", "Appends the log to this file instead of writing it to standard error.");

/// Where the audit log goes besides.
pub(crate) const AUDIT_LOG: Opt<Option<std::path::PathBuf>> = Opt::new(
    "kamacite",
    "audit_log",
    "",
    "Appends the audit log, a JSON object for each request that would change something, to this file as well as to the log. \
     See docs/audit.md.",
);

/// How conductors talk to each other.
pub(crate) const RPC_TRANSPORT: Opt<String> = Opt::new(
    "DEFAULT",
    "rpc_transport",
    "none",
    "How API and conductors talk to each other. They are one process here: none is the only value that works.",
);

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("cannot read configuration file {}; check the path and its permissions", path.display())]
    Unreadable {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is not in the format.
    #[error("configuration file {}, line {line}: {why}", path.display())]
    Malformed {
        /// The file.
        path: std::path::PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// An option has a value it cannot have.
    #[error("option [{group}]{name} is {text:?}: {why}")]
    BadValue {
        /// The section.
        group: String,
        /// The name.
        name: String,
        /// What was given.
        text: String,
        /// What was expected.
        why: String,
    },
}

/// The table of every option there is.
pub fn table(service: &Service) -> Vec<OptionSpec> {
    let program = [
        CONNECTION.spec(),
        BACKUP_BEFORE_UPGRADE.spec(),
        DEBUG.spec(),
        LOG_JSON.spec(),
        LOG_FILE.spec(),
        AUDIT_LOG.spec(),
        RPC_TRANSPORT.spec(),
        BEYOND_LOOPBACK.spec(),
    ];
    // Drivers are built with defaults here, only to hear which options they have.
    let drivers = service.build(&Services::new(clock::system(), Options::default()));
    let mut table: Vec<_> = program
        .into_iter()
        .chain(kamacite_api::options())
        .chain(kamacite_conductor::options())
        .chain(kamacite_driver::bmcs::options())
        .chain(selection::options())
        .chain(drivers.into_iter().flat_map(|driver| driver.options))
        .collect();
    table.sort_by_key(|spec| (spec.group != "DEFAULT", spec.group, spec.name));
    // Drivers may share code, and with it an option.
    let described = |spec: &OptionSpec| [spec.group, spec.name, spec.default, spec.kind, spec.help];
    table.dedup_by(|one, other| described(one) == described(other));
    table
}

/// What was configured, and what to say about it once there is a log.
pub(crate) struct Loaded {
    pub(crate) options: Options,
    pub(crate) warnings: Vec<String>,
}

/// Reads files, folders and the environment, and checks every value.
///
/// # Errors
/// Names the file, the line or the option, and what was expected.
#[allow(clippy::disallowed_methods, reason = "this is where the environment is read, once")]
pub(crate) fn load(service: &Service, files: &Files) -> Result<Loaded, ConfigError> {
    let mut given = Vec::new();
    for path in file::paths(files)? {
        given.extend(file::read(&path)?);
    }
    given.extend(file::from_environment(std::env::vars()));
    checked(service, given)
}

/// Options that the program gives itself: the text of a file, then single ones as section, name and text.
///
/// # Errors
/// Names the line or the option, and what was expected.
pub(crate) fn built_in(service: &Service, text: &str, more: Vec<Given>) -> Result<Loaded, ConfigError> {
    let mut given = file::parse(text).map_err(|why| file::malformed("built in".into(), &why))?;
    given.extend(more);
    checked(service, given)
}

fn checked(service: &Service, given: Vec<Given>) -> Result<Loaded, ConfigError> {
    let table = table(service);
    let warnings = check::unknown(&table, &given);
    let options = Options::new(given);
    check::values(&table, &options)?;
    check::honourable(&options)?;
    Ok(Loaded { options, warnings })
}
