//! Starts the reference and Kamacite with the same configuration, each on its own port and its own empty database.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result};
use reqwest::Client;
use serde::Deserialize;
use tempfile::TempDir;

use super::scenario::Config;
use crate::support::{http, places, process, python::Venv};

/// How to come by a server.
pub enum Launch {
    /// Ironic's all-in-one program.
    Ironic(Ironic),
    /// Kamacite's program.
    Kamacite(PathBuf),
    /// Somebody started it already.
    Running(String),
}

/// The reference, ready to be started.
pub struct Ironic {
    venv: Venv,
    /// A database with all tables and no rows, to be copied: making one takes longer than starting the service.
    empty: TempDir,
}

/// A server that answers. Dropping it ends it and removes what it wrote.
pub struct Server {
    /// Where it answers, without a slash at the end.
    pub url: String,
    // The order matters: the process ends before its files go.
    _process: Option<process::Running>,
    _state: Option<TempDir>,
}

impl Ironic {
    /// Prepares the reference.
    ///
    /// # Errors
    /// The database cannot be made.
    pub fn prepare(venv: Venv) -> Result<Self> {
        let empty = temporary()?;
        let file = empty.path().join("ironic.conf");
        let database = database(empty.path());
        std::fs::write(&file, format!("[database]\nconnection = {database}\n"))?;
        let mut command = venv.command("ironic-dbsync");
        process::run("ironic-dbsync", command.arg("--config-file").arg(&file).arg("create_schema"))?;
        Ok(Self { venv, empty })
    }

    fn command(&self, state: &Path, config_file: &Path) -> Result<Command> {
        std::fs::copy(self.empty.path().join(DATABASE), state.join(DATABASE)).context("copying the empty database")?;
        let mut command = self.venv.command("ironic");
        command.arg("--config-file").arg(config_file);
        Ok(command)
    }
}

impl Launch {
    /// Starts the server, or finds it running, and waits until it answers.
    ///
    /// # Errors
    /// It cannot be started or does not answer; carries the last lines of its log.
    pub async fn start(&self, client: &Client, config: &Config, label: &str) -> Result<Server> {
        let name = match self {
            Self::Ironic(_) => "ironic",
            Self::Kamacite(_) => "kamacite",
            Self::Running(url) => {
                return Ok(Server { url: url.trim_end_matches('/').to_owned(), _process: None, _state: None });
            }
        };
        let state = temporary()?;
        let port = process::free_port()?;
        let file = state.path().join("ironic.conf");
        std::fs::write(&file, configuration(self, config, state.path(), port)?)?;
        let mut command = match self {
            Self::Ironic(ironic) => ironic.command(state.path(), &file)?,
            Self::Kamacite(program) => {
                let mut command = Command::new(program);
                command.arg("serve").arg("--config-file").arg(&file);
                command
            }
            Self::Running(_) => return Err(anyhow::anyhow!("a running server is not started")),
        };
        let log = folder().join("logs").join(format!("{name}-{label}-{port}.log"));
        let mut running = process::start(name, &mut command, &log)?;
        let url = format!("http://127.0.0.1:{port}");
        // The drivers appear when the conductor is ready, a moment after the API is.
        let drivers = format!("{url}/v1/drivers");
        http::wait_for(client, &drivers, "fake-hardware", &mut running, Duration::from_secs(60)).await?;
        Ok(Server { url, _process: Some(running), _state: Some(state) })
    }
}

/// The folder for environments, logs and databases.
pub fn folder() -> PathBuf {
    places::target().join("conformance")
}

const DATABASE: &str = "ironic.sqlite";

fn database(state: &Path) -> String {
    format!("sqlite:///{}", state.join(DATABASE).display())
}

fn temporary() -> Result<TempDir> {
    std::fs::create_dir_all(folder())?;
    tempfile::Builder::new().prefix("run-").tempdir_in(folder()).context("making a temporary folder")
}

/// `conformance/servers.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    both: Config,
    reference: Config,
    kamacite: Config,
}

/// `conformance/servers.toml` with the scenario's own settings laid over it, as an INI file.
fn configuration(launch: &Launch, own: &Config, state: &Path, port: u16) -> Result<String> {
    let path = places::root().join("conformance/servers.toml");
    let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let Settings { both, reference, kamacite } =
        toml::from_str(&text).with_context(|| format!("reading {}", path.display()))?;
    let mut sections = both;
    let alone = match launch {
        Launch::Ironic(_) => reference,
        Launch::Kamacite(_) => kamacite,
        Launch::Running(_) => Config::new(),
    };
    for (section, options) in alone.iter().chain(own) {
        sections.entry(section.clone()).or_default().extend(options.clone());
    }
    let mut ini = String::new();
    for (section, options) in sections {
        writeln!(ini, "[{section}]")?;
        for (option, value) in options {
            let value = value
                .replace("{state}", &state.display().to_string())
                .replace("{port}", &port.to_string())
                .replace("{database}", &database(state));
            writeln!(ini, "{option} = {value}")?;
        }
    }
    for name in ["httpboot", "tftpboot", "images", "master_images"] {
        std::fs::create_dir_all(state.join(name))?;
    }
    Ok(ini)
}

/// What a server is asked first: the name of its conductor, which stands in many answers, and that nobody's nodes are in the way.
///
/// # Errors
/// It does not answer, or it has nodes.
pub async fn introduction(client: &Client, url: &str) -> Result<BTreeMap<String, String>> {
    let get = async |path: &str| -> Result<serde_json::Value> {
        let request =
            client.get(format!("{url}{path}")).header("X-OpenStack-Ironic-API-Version", super::scenario::NEWEST);
        Ok(request.send().await?.json().await?)
    };
    let nodes = get("/v1/nodes?include_children=true").await?;
    let empty = nodes["nodes"].as_array().is_some_and(Vec::is_empty);
    anyhow::ensure!(
        empty,
        "{url} has nodes already; the comparison creates and deletes nodes, so give it a service without any"
    );
    let conductors = get("/v1/conductors").await?;
    let name = conductors.pointer("/conductors/0/hostname").and_then(serde_json::Value::as_str);
    let name = name.with_context(|| format!("{url} has no conductor"))?;
    Ok(BTreeMap::from([("conductor".to_owned(), name.to_owned())]))
}
