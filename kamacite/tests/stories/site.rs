//! A place where Kamacite runs: its configuration, its database, its log, and the process.

use std::{
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use tokio::process::{Child, Command};

use crate::{api::Api, client::Client};

/// Everything that drives fakes, IPMI and Redfish, and nothing that takes time.
const CONFIGURATION: &str = "\
[DEFAULT]
debug = true
enabled_hardware_types = fake-hardware,ipmi,redfish
enabled_bios_interfaces = fake,no-bios
enabled_boot_interfaces = fake,no-boot
enabled_console_interfaces = fake,no-console
enabled_deploy_interfaces = fake,no-deploy
enabled_firmware_interfaces = fake,no-firmware
enabled_inspect_interfaces = fake,no-inspect
enabled_management_interfaces = fake,ipmitool,redfish
enabled_network_interfaces = noop
enabled_power_interfaces = fake,ipmitool,redfish
enabled_raid_interfaces = fake,no-raid
enabled_rescue_interfaces = fake,no-rescue
enabled_storage_interfaces = fake,noop
enabled_vendor_interfaces = fake,fake-extra,ipmitool,redfish,no-vendor
";

/// Long enough for a crowded machine, short enough to wait for.
pub const SOON: Duration = Duration::from_secs(60);

/// A configured place, with or without a process. It is cleared away at the end of the story.
pub struct Site {
    folder: PathBuf,
}

/// A process that serves.
pub struct Running {
    child: Child,
    pub api: Api,
    pub port: u16,
    pub url: String,
    home: PathBuf,
}

impl Site {
    /// A place with these sections besides the usual ones.
    pub fn new(sections: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("site-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let site = Self { folder };
        let database = site.folder.join("kamacite.sqlite");
        let database = format!("[database]\nconnection = sqlite:///{}\n", database.display());
        let configuration = format!("{CONFIGURATION}\n[api]\nhost_ip = 127.0.0.1\n\n{database}\n{sections}");
        std::fs::write(site.folder.join("ironic.conf"), configuration).unwrap();
        site
    }

    /// Starts a process and waits until it answers.
    pub async fn start(&self) -> Running {
        for _ in 0..5 {
            if let Some(running) = self.start_on(free_port()).await {
                return running;
            }
        }
        panic!("every port is taken as soon as it is free:\n{}", self.log());
    }

    /// The same on this port; `None` if somebody else has taken it meanwhile.
    async fn start_on(&self, port: u16) -> Option<Running> {
        let url = format!("http://127.0.0.1:{port}");
        let log = std::fs::File::options().create(true).append(true).open(self.folder.join("log")).unwrap();
        let mut command = self.command();
        command.env("OS_API__PORT", port.to_string()).stdout(Stdio::null()).stderr(log);
        let child = command.spawn().expect("Kamacite can be run");
        let mut running = Running { child, api: Api::new(&url), port, url, home: self.folder.clone() };
        let began = Instant::now();
        while !running.api.answers().await {
            let ended = running.child.try_wait().unwrap();
            if ended.is_some() && self.log().contains(&format!("cannot listen on 127.0.0.1:{port}")) {
                return None;
            }
            assert!(ended.is_none() && began.elapsed() < SOON, "it does not serve ({ended:?}):\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Some(running)
    }

    /// How to start a process here.
    pub fn command(&self) -> Command {
        self.command_of(&["serve"])
    }

    /// How to start another command of the program with the configuration of this place.
    pub fn command_of(&self, words: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.args(words).arg("--config-file").arg(self.folder.join("ironic.conf"));
        command.env_remove("RUST_LOG").stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A file of this place: `kamacite.sqlite` is the database.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// What was logged, by all processes that ran here.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<_> = log.lines().rev().filter(|line| !line.contains("DEBUG")).take(40).collect();
            eprintln!("the end of the log:\n{}", lines.into_iter().rev().collect::<Vec<_>>().join("\n"));
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Running {
    /// The `baremetal` program.
    pub fn baremetal(&self) -> Client {
        Client::baremetal(&self.url, &self.home)
    }

    /// The `openstack` program, for who has more of OpenStack than this.
    pub fn openstack(&self) -> Client {
        Client::openstack(&self.url, &self.home)
    }

    /// The number of the process.
    pub fn pid(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// Asks the process to end, and waits until it has.
    pub async fn terminate(mut self) -> ExitStatus {
        let asked = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status().await.unwrap();
        assert!(asked.success());
        tokio::time::timeout(SOON, self.child.wait()).await.expect("it ends").unwrap()
    }

    /// Ends the process as a power cut would: `kill -9`.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }
}

/// The program that the stories are about.
pub fn program() -> std::ffi::OsString {
    std::env::var_os("KAMACITE_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_kamacite").into())
}

/// A port of loopback that nobody listens on. Somebody may before we do.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
