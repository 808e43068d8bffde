//! The service: started, ended without warning, and started again on the same port and database.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::{
    bench::http::{Connection, request},
    support::{places, process},
};

/// Fakes for what no BMC does, in haste; everything that a BMC does through BMCs.
const CONFIGURATION: &str = "\
[DEFAULT]
host = soaked
enabled_hardware_types = fake-hardware
enabled_bios_interfaces = fake
enabled_boot_interfaces = fake
enabled_console_interfaces = fake
enabled_deploy_interfaces = fake
enabled_firmware_interfaces = fake
enabled_inspect_interfaces = fake
enabled_management_interfaces = fake,redfish,ipmitool
enabled_network_interfaces = flat,noop
enabled_power_interfaces = fake,redfish,ipmitool
enabled_raid_interfaces = fake
enabled_rescue_interfaces = fake
enabled_storage_interfaces = fake,noop
enabled_vendor_interfaces = fake,redfish,ipmitool

[conductor]
sync_power_state_interval = 60
power_failure_recovery_interval = 60
max_concurrent_deploy = 0
max_concurrent_clean = 0

[fake]
deploy_delay = 0,2
inspect_delay = 0,2
rescue_delay = 0,2
bios_delay = 0,2

[redfish]
connect_timeout = 3
read_timeout = 5

[api]
host_ip = 127.0.0.1
port = {port}

[database]
connection = sqlite:///{folder}/kamacite.sqlite
";

/// A service and where it runs.
pub struct Service {
    program: PathBuf,
    folder: PathBuf,
    address: SocketAddr,
    lives: u32,
    process: process::Running,
}

impl Service {
    /// Starts it on an empty database.
    ///
    /// # Errors
    /// It does not start; carries the last lines of its log.
    pub async fn start(program: &Path) -> Result<Self> {
        let folder = places::target().join("soak");
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("kamacite") {
                std::fs::remove_file(entry.path()).with_context(|| format!("removing an old {name}"))?;
            }
        }
        let port = process::free_port()?;
        let shown = std::path::absolute(&folder)?.display().to_string();
        let text = CONFIGURATION.replace("{port}", &port.to_string()).replace("{folder}", &shown);
        std::fs::write(folder.join("kamacite.conf"), text).context("writing the configuration")?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let process = life(program, &folder, address, 1).await?;
        Ok(Self { program: program.to_owned(), folder, address, lives: 1, process })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The number of its process.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Ends it, without warning or by request, and starts it again. Tells what was done and how long it was away.
    ///
    /// # Errors
    /// It does not start again.
    pub async fn restart(&mut self, without_warning: bool) -> Result<String> {
        let (signal, how) = if without_warning { (Signal::KILL, "killed") } else { (Signal::TERM, "asked to end") };
        let began = Instant::now();
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw).context("a process without a number")?;
        kill_process(pid, signal).context("ending the service")?;
        while self.process.ended().is_none() {
            if began.elapsed() > Duration::from_secs(120) {
                bail!("the service does not end:\n{}", self.process.last_words());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let ended = began.elapsed();
        self.lives += 1;
        self.process = life(&self.program, &self.folder, self.address, self.lives).await?;
        let back = began.elapsed() - ended;
        Ok(format!("{how}, gone after {:.1} s, back after another {:.2} s", ended.as_secs_f64(), back.as_secs_f64()))
    }
}

async fn life(program: &Path, folder: &Path, address: SocketAddr, number: u32) -> Result<process::Running> {
    let mut command = Command::new(program);
    command.arg("serve").arg("--config-file").arg(folder.join("kamacite.conf"));
    let mut process = process::start("kamacite", &mut command, &folder.join(format!("kamacite-{number}.log")))?;
    let mut connection = Connection::new(address);
    for _ in 0..6000 {
        if connection.call(&request("GET", "/v1", "")).await.is_ok() {
            return Ok(process);
        }
        if let Some(status) = process.ended() {
            bail!("the service ended ({status}):\n{}", process.last_words());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    bail!("the service does not answer:\n{}", process.last_words())
}
