//! The real simulator `ipmi_sim` (OpenIPMI), one per story, and the real client `ipmitool`.

use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use ipmi::wire::{Datagram, Ping};
use ipmi::{Bmc, Client, Limits, Password, Target};

const PROGRAM: &str = "KAMACITE_IPMI_SIM";
const TOOL: &str = "KAMACITE_IPMITOOL";

pub const PASSWORD: &str = "correct-horse";

/// How long anything may take that is expected to work.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running simulator; it ends with the story.
pub struct Simulator {
    child: Child,
    folder: PathBuf,
    pub port: u16,
}

impl Simulator {
    /// A BMC with a chassis that is off, an administrator `admin`, a mere user `reader`, and a controller 72h behind it.
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// The same, set up further by these commands (`ipmi_sim_cmd(5)`).
    pub fn with(commands: &[String]) -> Self {
        let program = program(PROGRAM, "openipmi", "/usr/bin/ipmi_sim");
        // A port that was free may be taken before the simulator takes it.
        for _ in 0..5 {
            let folder = new_folder();
            let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            configure(&folder, port, commands);
            let child = run(&program, &folder);
            let mut simulator = Self { child, folder, port };
            if simulator.listens() {
                return simulator;
            }
        }
        panic!("{program} ({PROGRAM}) does not come up");
    }

    /// It is gone, in the middle of whatever it did.
    pub fn dies(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// It is back, where it was.
    pub fn rises(&mut self) {
        self.child = run(&program(PROGRAM, "openipmi", "/usr/bin/ipmi_sim"), &self.folder);
        assert!(self.listens(), "it does not come up again");
    }

    /// The number of its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it answers a ping, and not somebody else on its port.
    fn listens(&mut self) -> bool {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(("127.0.0.1", self.port)).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let began = Instant::now();
        while began.elapsed() < PATIENCE && self.child.try_wait().unwrap().is_none() {
            let _ = socket.send(&Ping { tag: 7 }.encode());
            let mut buffer = [0; 64];
            let Ok(length) = socket.recv(&mut buffer) else { continue };
            if let Ok(Datagram::Pong(pong)) = Datagram::decode(&buffer[..length]) {
                return pong.ipmi && pong.tag == 7;
            }
        }
        false
    }

    /// The simulator as a BMC to be managed.
    pub fn client(&self) -> Bmc {
        self.client_of(self.target())
    }

    pub fn client_of(&self, target: Target) -> Bmc {
        Client::new(Limits { first_wait: Duration::from_millis(500), ..Limits::default() }).bmc(target).unwrap()
    }

    pub fn target(&self) -> Target {
        Target { port: self.port, ..Target::new("127.0.0.1", "admin", Password::new(PASSWORD)) }
    }

    /// What the chassis was told, line by line.
    pub fn told(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.folder.join("told")).unwrap_or_default();
        log.lines().map(|line| line.trim().to_owned()).collect()
    }

    /// What the other client prints.
    pub fn ipmitool(&self, args: &[&str]) -> String {
        let output = ipmitool(self.port, "3", args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn run(program: &str, folder: &Path) -> Child {
    Command::new(program)
        .args(["-n", "-c", "lan.conf", "-f", "commands", "-s", "state"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|e| panic!("cannot run {program} ({PROGRAM}): {e}"))
}

/// Runs the other client with this cipher suite; with none it chooses one itself.
pub fn ipmitool(port: u16, suite: &str, args: &[&str]) -> Output {
    let program = program(TOOL, "ipmitool", "/usr/bin/ipmitool");
    Command::new(&program)
        .args(["-I", "lanplus", "-H", "127.0.0.1", "-U", "admin", "-E", "-R", "3"])
        .args(if suite.is_empty() { vec![] } else { vec!["-C", suite] })
        .args(["-p", &port.to_string()])
        .args(args)
        .env("IPMI_PASSWORD", PASSWORD)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|e| panic!("cannot run {program} ({TOOL}): {e}"))
}

#[track_caller]
fn program(variable: &str, package: &str, usual: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!(
            "{variable} is not set: install the Debian package {package} and set {variable}={usual}, or run \
             `cargo xtask test`"
        )
    })
}

/// A folder of this story's own.
fn new_folder() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("ipmi-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(folder.join("state")).unwrap();
    folder
}

/// The chassis is a program that is asked and told, and keeps what it was told in files.
const CHASSIS: &str = r#"#!/bin/sh
cd "$(dirname "$0")" || exit 1
echo "$@" >> told
how=$1
shift
while [ $# -gt 0 ]; do
    case $how in
    get)
        echo "$1:$(cat "is-$1")"
        shift
        ;;
    set)
        echo "$2" > "is-$1"
        if [ "$1" = shutdown ]; then echo 0 > is-power; fi
        shift 2
        ;;
    *) shift ;;
    esac
done
"#;

/// The LAN is a program, too; what it is asked for is in its arguments.
const LAN: &str = r#"#!/bin/sh
case "$*" in
*get*mac_addr*) echo "mac_addr:52:54:00:12:34:56" ;;
esac
"#;

fn configure(folder: &Path, port: u16, commands: &[String]) {
    let shown = folder.display();
    let auths = "none md2 md5 straight";
    let config = format!(
        "name \"bmc\"\n\
         set_working_mc 0x20\n\
         startlan 1\n\
         addr 127.0.0.1 {port}\n\
         priv_limit admin\n\
         allowed_auths_callback {auths}\n\
         allowed_auths_user {auths}\n\
         allowed_auths_operator {auths}\n\
         allowed_auths_admin {auths}\n\
         guid a123456789abcdefa123456789abcdef\n\
         lan_config_program \"{shown}/lan\"\n\
         endlan\n\
         chassis_control \"{shown}/chassis\"\n\
         user 1 false \"\" \"none\" callback 10 {auths}\n\
         user 2 true \"admin\" \"{PASSWORD}\" admin 10 {auths}\n\
         user 3 true \"reader\" \"{PASSWORD}\" user 10 {auths}\n"
    );
    let mut setup = "mc_setbmc 0x20\n\
                     mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02\n\
                     mc_enable 0x20\n\
                     mc_add 0x72 1 no-device-sdrs 0x23 1 2 0x9f 0x1291 0xf03\n\
                     mc_enable 0x72\n"
        .to_owned();
    commands.iter().for_each(|command| setup.push_str(&format!("{command}\n")));
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write("lan.conf", &config);
    write("commands", &setup);
    write("is-power", "0");
    write("is-boot", "default");
    for (name, script) in [("chassis", CHASSIS), ("lan", LAN)] {
        write(name, script);
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder.join(name), executable).unwrap();
    }
}
