//! The real emulator `sushy-emulator` (PyPI sushy-tools) with its fake driver, one per story.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use redfish::{Bmc, Client, Limits, Target};

use crate::scripted::target;

const PROGRAM: &str = "KAMACITE_SUSHY_EMULATOR";

/// `admin` with the password `correct horse`, as bcrypt.
const AUTH_FILE: &str = "admin:$2b$04$Pw/zUzCG9GSz0AV.trTPwuDmc5HR28ex6MtYJrWvoCBjddp2D/jSy\n";

pub const FIRST: &str = "27946b59-9e44-4fa7-8e91-f3527a1ef094";
pub const SECOND: &str = "7b946b59-9e44-4fa7-8e91-f3527a1ef095";

/// A running emulator; it ends with the story.
pub struct Emulator {
    child: Child,
    folder: PathBuf,
    pub address: String,
}

/// A certificate and its key, as PEM files.
pub struct Identity {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Emulator {
    /// An emulator of one machine, called `first`.
    pub fn start() -> Self {
        Self::with(&[("first", FIRST)], None)
    }

    /// An emulator of these machines, by name and UUID, on https if it has an identity.
    pub fn with(machines: &[(&str, &str)], identity: Option<&Identity>) -> Self {
        let folder = new_folder();
        std::fs::write(folder.join("htpasswd"), AUTH_FILE).unwrap();
        std::fs::write(folder.join(CONFIG), configuration(&folder, machines, identity)).unwrap();
        let (child, address) = run(&folder, 0);
        Self { child, folder, address }
    }

    /// It is gone, in the middle of whatever it did.
    pub fn dies(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// It is back, where it was.
    pub fn rises(&mut self) {
        let (_, port) = self.address.rsplit_once(':').unwrap();
        let (child, address) = run(&self.folder, port.parse().unwrap());
        assert_eq!(address, self.address);
        self.child = child;
    }

    /// The number of its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The emulator as a BMC to be managed. Python under load may be slow.
    pub fn client(&self) -> Bmc {
        self.client_of(target(&self.address))
    }

    pub fn client_of(&self, target: Target) -> Bmc {
        let limits = Limits { first_wait: Duration::from_millis(10), ..Limits::default() };
        Client::new(limits).bmc(target).unwrap()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

const CONFIG: &str = "emulator.conf";

/// Runs it on this port, or on a free one: 0. Where it listens.
fn run(folder: &Path, port: u16) -> (Child, String) {
    let Ok(program) = std::env::var(PROGRAM) else {
        panic!(
            "{PROGRAM} is not set: install the emulator (python3 -m venv VENV && VENV/bin/pip install \
             sushy-tools) and set {PROGRAM}=VENV/bin/sushy-emulator, or run `cargo xtask test`"
        );
    };
    let mut child = Command::new(&program)
        .args(["--config".as_ref(), folder.join(CONFIG).as_os_str()])
        .args(["--port", &port.to_string()])
        .env("PYTHONUNBUFFERED", "1")
        .env("TMPDIR", folder)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("cannot run {program} ({PROGRAM}): {e}"));
    let address = announced_address(&mut child);
    (child, address)
}

/// A folder of this story's own.
pub fn new_folder() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("redfish-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The emulator's configuration is Python. Its fake driver lets a power change land 1 to 11
/// seconds later, drawn at random and not configurable; here the draw is always 0, so that the
/// next GET sees the change.
fn configuration(folder: &Path, machines: &[(&str, &str)], identity: Option<&Identity>) -> String {
    let systems: Vec<String> = machines
        .iter()
        .map(|(name, uuid)| {
            format!(
                "{{'uuid': '{uuid}', 'name': '{name}', 'power_state': 'Off', 'external_notifier': False, \
                 'nics': [{{'mac': '00:5c:52:31:3a:9c', 'ip': '172.22.0.100'}}]}}"
            )
        })
        .collect();
    let folder = folder.display();
    let tls = identity.map_or(String::new(), |identity| {
        format!(
            "SUSHY_EMULATOR_SSL_CERT = '{}'\nSUSHY_EMULATOR_SSL_KEY = '{}'\n",
            identity.certificate.display(),
            identity.key.display()
        )
    });
    format!(
        "import random\n\
         random.randint = lambda low, high: 0\n\
         SUSHY_EMULATOR_FAKE_DRIVER = True\n\
         SUSHY_EMULATOR_FAKE_SYSTEMS = [{}]\n\
         SUSHY_EMULATOR_LISTEN_IP = '127.0.0.1'\n\
         SUSHY_EMULATOR_LISTEN_PORT = 0\n\
         SUSHY_EMULATOR_STATE_DIR = '{folder}/state'\n\
         SUSHY_EMULATOR_AUTH_FILE = '{folder}/htpasswd'\n\
         {tls}",
        systems.join(", ")
    )
}

/// Where it listens, from its own words; the rest of them is read and forgotten, lest it block.
fn announced_address(child: &mut Child) -> String {
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut said = Vec::new();
    for line in lines.by_ref().map_while(Result::ok) {
        if let Some((_, address)) = line.split_once("Running on ") {
            let address = address.trim().to_owned();
            std::thread::spawn(move || lines.for_each(drop));
            return address;
        }
        said.push(line);
    }
    panic!("the emulator of {PROGRAM} ended without listening:\n{}", said.join("\n"));
}
