//! The two servers that are measured: each on its own port with an empty database in a temporary folder.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use super::http::{Connection, request};
use crate::support::{places, process, python::Venv};

/// What is measured.
pub enum Program {
    /// Ironic, and a database with all tables and no rows, which it does not make by itself.
    Ironic(Venv, TempDir),
    /// Kamacite, and where it is from.
    Kamacite(PathBuf, String),
}

/// A server that answers. Dropping it ends it and removes what it wrote.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// From its start until `GET /` was answered.
    pub first_answer: Duration,
    /// From its start until it listed its hardware type.
    pub ready: Duration,
    // The order matters: the process ends before its files go.
    process: process::Running,
    state: TempDir,
}

/// The hardware a server is configured for, and what else a measurement wants to be set.
pub struct Setup {
    /// The one hardware type there is.
    pub hardware_type: &'static str,
    /// The interfaces, as both are told in `[DEFAULT]`.
    pub interfaces: &'static str,
    /// Those for which each has names of its own: Ironic, Kamacite.
    pub own_interfaces: (&'static str, &'static str),
    /// Other sections.
    pub sections: &'static str,
}

/// Hardware that does nothing, at once.
pub const FAKE: Setup = Setup {
    hardware_type: "fake-hardware",
    interfaces: "\
enabled_bios_interfaces = fake,no-bios
enabled_boot_interfaces = fake
enabled_console_interfaces = fake,no-console
enabled_deploy_interfaces = fake
enabled_firmware_interfaces = fake,no-firmware
enabled_inspect_interfaces = fake,no-inspect
enabled_management_interfaces = fake
enabled_network_interfaces = noop
enabled_power_interfaces = fake
enabled_raid_interfaces = fake,no-raid
enabled_rescue_interfaces = fake,no-rescue
enabled_storage_interfaces = fake,noop
enabled_vendor_interfaces = fake,no-vendor
",
    own_interfaces: ("", ""),
    sections: "",
};

const DATABASE: &str = "ironic.sqlite";

/// What both are told, whatever is measured.
const CONFIGURATION: &str = "\
[DEFAULT]
auth_strategy = noauth
rpc_transport = none
host = benchmark
state_path = {state}
enabled_hardware_types = {hardware_type}
{interfaces}
[api]
host_ip = 127.0.0.1
port = {port}

[database]
connection = sqlite:///{state}/ironic.sqlite

[deploy]
http_root = {state}/httpboot
http_url = http://127.0.0.1:9

[pxe]
tftp_root = {state}/tftpboot
tftp_master_path = {state}/tftpboot/master_images
images_path = {state}/images/
instance_master_path = {state}/master_images

{sections}";

impl Program {
    /// Ironic from an environment.
    ///
    /// # Errors
    /// Its empty database cannot be made.
    pub fn ironic(venv: Venv) -> Result<Self> {
        let empty = temporary()?;
        let file = configure(empty.path(), 0, &FAKE, "")?;
        let mut dbsync = venv.command("ironic-dbsync");
        process::run("ironic-dbsync", dbsync.arg("--config-file").arg(file).arg("create_schema"))?;
        Ok(Self::Ironic(venv, empty))
    }

    /// What it is called.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Ironic(..) => "Ironic",
            Self::Kamacite(..) => "Kamacite",
        }
    }

    /// Starts it and waits until it is ready.
    ///
    /// # Errors
    /// It does not start; carries the last lines of its log.
    pub async fn start(&self, setup: &Setup) -> Result<Server> {
        let state = temporary()?;
        let port = process::free_port()?;
        let own = match self {
            Self::Ironic(..) => setup.own_interfaces.0,
            Self::Kamacite(..) => setup.own_interfaces.1,
        };
        let file = configure(state.path(), port, setup, own)?;
        let mut command = match self {
            Self::Ironic(venv, empty) => {
                std::fs::copy(empty.path().join(DATABASE), state.path().join(DATABASE))
                    .context("copying the empty database")?;
                venv.command("ironic")
            }
            Self::Kamacite(program, _) => {
                let mut command = Command::new(program);
                command.arg("serve");
                command
            }
        };
        command.arg("--config-file").arg(file);
        let log = folder().join(format!("{}.log", self.name().to_lowercase()));
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let began = Instant::now();
        let mut process = process::start(self.name(), &mut command, &log)?;
        let first_answer = wait(&mut process, address, "/", "versions", began).await?;
        // Ironic's API answers a moment before its conductor has registered the drivers.
        let ready = wait(&mut process, address, "/v1/drivers", setup.hardware_type, began).await?;
        Ok(Server { address, first_answer, ready, process, state })
    }
}

/// Asks until the answer is 200 and contains `mark`.
async fn wait(
    process: &mut process::Running,
    address: SocketAddr,
    path: &str,
    mark: &str,
    began: Instant,
) -> Result<Duration> {
    let asked = request("GET", path, "");
    let mut connection = Connection::new(address);
    while began.elapsed() < Duration::from_secs(60) {
        if let Some(status) = process.ended() {
            bail!("{} ended ({status}) before it answered:\n{}", process.name(), process.last_words());
        }
        if let Ok(answer) = connection.call(&asked).await
            && answer.status == 200
            && String::from_utf8_lossy(answer.body).contains(mark)
        {
            return Ok(began.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    bail!("{} did not answer {path} with {mark} within a minute:\n{}", process.name(), process.last_words())
}

impl Server {
    /// The resident memory in MiB of the process that has most; Ironic has a small parent beside it.
    ///
    /// # Errors
    /// The system does not tell.
    pub fn memory_mib(&self) -> Result<f64> {
        let group = self.process.id().to_string();
        let mut most = 0;
        for entry in std::fs::read_dir("/proc")? {
            let process = entry?.path();
            // Most entries are no processes, and a process may end while it is looked at.
            let Ok(stat) = std::fs::read_to_string(process.join("stat")) else { continue };
            // After the name, which stands in parentheses: state, parent, process group.
            let its_group = stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(2));
            if its_group == Some(group.as_str()) {
                most = most.max(resident_kib(&process)?);
            }
        }
        Ok(most as f64 / 1024.0)
    }

    /// How its database is written, as the file itself says.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn journal(&self) -> Result<&'static str> {
        let file = std::fs::read(self.state.path().join(DATABASE))?;
        // SQLite's file format, offset 18: the version for writers, 2 where there is a write-ahead log.
        Ok(if file.get(18) == Some(&2) { "WAL" } else { "rollback journal" })
    }
}

fn resident_kib(process: &Path) -> Result<u64> {
    let status = std::fs::read_to_string(process.join("status"))?;
    // A process that has ended and was not waited for has no such line.
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0 kB");
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// The folder for logs and databases: on the disk of the repository, for a memory file system would flatter.
pub fn folder() -> PathBuf {
    places::target().join("bench")
}

fn temporary() -> Result<TempDir> {
    std::fs::create_dir_all(folder())?;
    tempfile::Builder::new().prefix("run-").tempdir_in(folder()).context("making a temporary folder")
}

fn configure(state: &Path, port: u16, setup: &Setup, own_interfaces: &str) -> Result<PathBuf> {
    for name in ["httpboot", "tftpboot/master_images", "images", "master_images"] {
        std::fs::create_dir_all(state.join(name))?;
    }
    let state_path = std::path::absolute(state)?.display().to_string();
    let text = CONFIGURATION
        .replace("{hardware_type}", setup.hardware_type)
        .replace("{interfaces}", &format!("{}{own_interfaces}", setup.interfaces))
        .replace("{sections}", setup.sections)
        .replace("{state}", &state_path)
        .replace("{port}", &port.to_string());
    let file = state.join("ironic.conf");
    std::fs::write(&file, text).with_context(|| format!("writing {}", file.display()))?;
    Ok(file)
}
