//! `kamacite bmc record` before a real emulator of a BMC, and `kamacite sim --replay` in its place.

use std::{path::PathBuf, process::Stdio};

use redfish::{Bmc, BootChange, BootEnabled, BootTarget, Client, Limits, Password, PowerState, ResetType, Target};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use crate::{
    emulator::Emulator,
    scripted::target,
    site::{Running, Site},
};

const PASSWORD: &str = "correct horse";

/// The program at work, and what it says.
struct Program {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Program {
    fn start(args: &[&str], password: Option<&str>) -> Self {
        let program = std::env::var_os("KAMACITE_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_kamacite").into());
        let mut command = Command::new(program);
        command.args(args).env_remove("KAMACITE_BMC_PASSWORD").kill_on_drop(true);
        command.envs(password.map(|password| ("KAMACITE_BMC_PASSWORD", password)));
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    async fn says(&mut self) -> String {
        self.lines.next_line().await.unwrap().unwrap()
    }

    /// The last it says before it ends, which it does well.
    async fn ends(mut self) -> String {
        let mut last = String::new();
        while let Some(line) = self.lines.next_line().await.unwrap() {
            last = line;
        }
        let output = self.child.wait_with_output().await.unwrap();
        assert!(output.status.success(), "{last}\n{}", String::from_utf8_lossy(&output.stderr));
        last
    }

    async fn interrupt(self) -> String {
        let pid = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().await.unwrap().success());
        self.ends().await
    }
}

/// A file of this story's own.
struct Tape(PathBuf);

impl Tape {
    fn new(name: &str) -> Self {
        let tape = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}.jsonl", std::process::id()));
        let _ = std::fs::remove_file(&tape);
        Self(tape)
    }

    fn name(&self) -> &str {
        self.0.to_str().unwrap()
    }

    #[track_caller]
    fn keeps_the_password_secret(&self) {
        let bytes = std::fs::read_to_string(&self.0).unwrap();
        for secret in [PASSWORD, "horse", "YWRtaW46"] {
            assert!(!bytes.contains(secret), "{secret}");
        }
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn client(address: &str, password: &str) -> Bmc {
    let target = Target { password: Password::new(password), ..target(address) };
    Client::new(Limits::default()).bmc(target).unwrap()
}

/// What is done with the machine, and what is seen of it.
async fn story(bmc: &Bmc) -> Vec<Option<PowerState>> {
    let mut system = bmc.system().await.unwrap();
    let mut seen = vec![system.power_state()];
    let pxe = BootChange { target: Some(BootTarget::Pxe), enabled: Some(BootEnabled::Once), mode: None };
    system.set_boot(&pxe).await.unwrap();
    for reset in [ResetType::On, ResetType::ForceOff] {
        system.reset(&reset).await.unwrap();
        system.refresh().await.unwrap();
        assert_eq!(system.boot().target, Some(BootTarget::Pxe));
        seen.push(system.power_state());
    }
    seen
}

#[tokio::test]
async fn an_emulator_is_walked_and_played() {
    let (emulator, tape) = (Emulator::start(), Tape::new("walk"));
    let args = ["bmc", "record", &emulator.address, "--username", "admin", "--output", tape.name()];
    let said = Program::start(&args, Some(PASSWORD)).ends().await;
    assert!(said.contains(" resources of http://127.0.0.1:"), "{said}");
    tape.keeps_the_password_secret();
    drop(emulator);
    let mut player = Program::start(&["sim", "--replay", tape.name(), "--listen", "127.0.0.1:0"], None);
    let line = player.says().await;
    let system = client(line.split(' ').next().unwrap(), "whatever").system().await.unwrap();
    assert_eq!(system.manufacturer().as_deref(), Some("Sushy Emulator"));
    assert_eq!(system.power_state(), Some(PowerState::Off));
    player.interrupt().await;
}

#[tokio::test]
async fn what_is_said_to_an_emulator_is_recorded_until_an_interrupt() {
    let (emulator, tape) = (Emulator::start(), Tape::new("proxy"));
    let args = ["bmc", "record", &emulator.address, "--listen", "127.0.0.1:0", "--output", tape.name()];
    let mut recorder = Program::start(&args, None);
    let line = recorder.says().await;
    let address = line.rsplit(' ').next().unwrap();
    let real = story(&client(address, PASSWORD)).await;
    let said = recorder.interrupt().await;
    assert!(said.contains(" exchanges in "), "{said}");
    tape.keeps_the_password_secret();
    drop(emulator);
    let mut player = Program::start(&["sim", "--replay", tape.name(), "--listen", "127.0.0.1:0"], None);
    let line = player.says().await;
    assert_eq!(story(&client(line.split(' ').next().unwrap(), "whatever")).await, real);
    player.interrupt().await;
}

/// What the service does with a machine whose BMC is at an address, and what it then knows.
async fn manage(service: &Running, name: &str, address: &str, password: &str) -> Vec<Value> {
    let (address, password) = (format!("redfish_address={address}"), format!("redfish_password={password}"));
    let info = ["redfish_username=admin", &address, &password].map(|pair| ["--driver-info", pair]);
    let baremetal = service.baremetal();
    baremetal.does_with(&format!("node create --driver redfish --name {name}"), &info.concat()).await;
    baremetal.does(&format!("node manage {name} --wait 60")).await;
    baremetal.does(&format!("node boot device set {name} pxe")).await;
    let boot = baremetal.json(&format!("node boot device show {name}")).await;
    baremetal.does(&format!("node power on {name} --power-timeout 60")).await;
    let node = service.api.at_rest(name).await;
    let image = json!({"device_type": "cdrom", "image_url": "http://u:0pen-sesame@127.0.0.1:9/boot.iso"});
    service.api.change(Method::POST, &format!("/v1/nodes/{name}/vmedia"), image).await;
    service.api.at_rest(name).await;
    baremetal.does(&format!("node passthru call {name} eject_vmedia")).await;
    let ejected = service.api.at_rest(name).await;
    let sensors = service.api.get(&format!("/kamacite/v1/nodes/{name}/sensors")).await;
    baremetal.does(&format!("node delete {name}")).await;
    vec![boot, node["power_state"].clone(), ejected["last_error"].clone(), sensors["sensors"].clone()]
}

#[tokio::test]
async fn the_service_manages_a_recording_as_it_managed_the_bmc() {
    let (site, tape) = (Site::new(""), Tape::new("service"));
    let service = site.start().await;
    let sim = ["sim", "--vendor", "hpe", "--listen", "127.0.0.1:0", "--pace", "instant", "--password", PASSWORD];
    let mut bmc = Program::start(&sim, None);
    let address = bmc.says().await.split(' ').next().unwrap().to_owned();
    let args = ["bmc", "record", &address, "--listen", "127.0.0.1:0", "--output", tape.name()];
    let mut recorder = Program::start(&args, None);
    let address = recorder.says().await.rsplit(' ').next().unwrap().to_owned();
    let real = manage(&service, "real", &address, PASSWORD).await;
    assert_eq!(real[1], "power on", "{real:?}");
    recorder.interrupt().await;
    bmc.interrupt().await;
    tape.keeps_the_password_secret();
    assert!(!std::fs::read_to_string(&tape.0).unwrap().contains("0pen-sesame"));
    let mut player = Program::start(&["sim", "--replay", tape.name(), "--listen", "127.0.0.1:0"], None);
    let address = player.says().await.split(' ').next().unwrap().to_owned();
    assert_eq!(manage(&service, "played", &address, "whatever").await, real);
    player.interrupt().await;
}

#[tokio::test]
async fn a_password_is_asked_for_where_it_can_be_given() {
    let tape = Tape::new("nothing");
    let args = ["bmc", "record", "http://127.0.0.1:9", "--username", "admin", "--output", tape.name()];
    let output = Program::start(&args, None).child.wait_with_output().await.unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{text}");
    assert!(text.contains("--password-file") && text.contains("KAMACITE_BMC_PASSWORD"), "{text}");
    assert!(!tape.0.exists());
}
