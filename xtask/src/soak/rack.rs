//! The simulated machines, some of which are ill at any time.

use std::{net::SocketAddr, path::Path, process::Command, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{
    bench::http::{Connection, request},
    support::{places, process},
};

/// Machines in a process of their own.
pub struct Rack {
    /// How each is reached.
    pub driver_info: Vec<DriverInfo>,
    control: SocketAddr,
    _process: process::Running,
}

/// How a machine is reached: the name of the interfaces that do, and `driver_info`.
#[derive(Clone)]
pub struct DriverInfo {
    /// `redfish` or `ipmitool`.
    pub interface: &'static str,
    /// As a node has it.
    pub info: Value,
}

/// What a machine may be ill of. What lasts (another password, a reset that never ends) ends with the illness.
const ILLNESSES: [&str; 10] = [
    r#"{"fault": "delay", "ms": 3000}"#,
    r#"{"fault": "hang"}"#,
    r#"{"fault": "drop", "chance": 0.5}"#,
    r#"{"fault": "lost-answer", "chance": 0.3}"#,
    r#"{"fault": "cut", "chance": 0.5}"#,
    r#"{"fault": "truncated", "chance": 0.5}"#,
    r#"{"fault": "unavailable", "retry_after_s": 1, "chance": 0.7}"#,
    r#"{"fault": "away", "seconds": 5, "times": 1}"#,
    r#"{"fault": "sessions-full"}"#,
    r#"{"fault": "power-stuck", "seconds": 15}"#,
];

impl Rack {
    /// Has Kamacite's program simulate them.
    ///
    /// # Errors
    /// It does not start; carries the last lines of its log.
    pub async fn start(kamacite: &Path, redfish: usize, ipmi: usize) -> Result<Self> {
        let mut command = Command::new(kamacite);
        command.args(["sim", "--pace", "brisk", "--vendor", "generic,dell,hpe,supermicro,lenovo"]);
        command.args(["--listen", "127.0.0.1:0", "--username", "admin", "--password", "password"]);
        command.args(["--redfish", &redfish.to_string(), "--ipmi", &ipmi.to_string()]);
        let log = places::target().join("soak/simulator.log");
        let mut process = process::start("the simulator", &mut command, &log)?;
        let mut control = None;
        for _ in 0..6000 {
            control = std::fs::read_to_string(&log).ok().as_deref().and_then(said);
            if control.is_some() {
                break;
            }
            if let Some(status) = process.ended() {
                bail!("the simulator ended ({status}):\n{}", process.last_words());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let control = control.with_context(|| format!("the simulator says nothing:\n{}", process.last_words()))?;
        let mut connection = Connection::new(control);
        let mut driver_info = Vec::new();
        for number in 0..redfish + ipmi {
            let answer = connection.call(&request("GET", &format!("/sim/bmcs/{number}"), "")).await?;
            let bmc: Value = serde_json::from_slice(answer.body)?;
            driver_info.push(reached(bmc["address"].as_str().context("a BMC without an address")?)?);
        }
        Ok(Self { driver_info, control, _process: process })
    }

    /// Makes some per cent of the machines ill, heals them after a time, and goes on with others.
    pub fn fall_ill(&self, percent: usize, time: Duration, mut random: fastrand::Rng) -> Illness {
        let (control, machines) = (self.control, self.driver_info.len());
        let ended = CancellationToken::new();
        let end = ended.clone();
        let work = tokio::spawn(async move {
            let mut control = Connection::new(control);
            loop {
                let ill: Vec<usize> = random.choose_multiple(0..machines, machines * percent / 100);
                for number in &ill {
                    let illness = random.choice(ILLNESSES).unwrap_or_default();
                    let asked = request("POST", &format!("/sim/bmcs/{number}/faults"), illness);
                    // What is an illness of one protocol may be none of the other.
                    let answer = control.call(&asked).await?;
                    ensure!(matches!(answer.status, 200 | 400), "{illness} was answered {}", answer.status);
                }
                let over = tokio::select! {
                    () = ended.cancelled() => true,
                    () = tokio::time::sleep(time) => false,
                };
                for number in &ill {
                    let healed = request("DELETE", &format!("/sim/bmcs/{number}/faults"), "");
                    ensure!(control.call(&healed).await?.status == 204, "machine {number} cannot be healed");
                }
                if over {
                    return Ok(());
                }
            }
        });
        Illness { end, work }
    }
}

/// Machines that fall ill by turns.
pub struct Illness {
    end: CancellationToken,
    work: JoinHandle<Result<()>>,
}

impl Illness {
    /// Heals all.
    ///
    /// # Errors
    /// The simulator is gone.
    pub async fn end(self) -> Result<()> {
        self.end.cancel();
        self.work.await?
    }
}

/// Where the control listener is, which the simulator says last, when everything listens.
fn said(log: &str) -> Option<SocketAddr> {
    let (_, address) = log.split_once("control at http://")?;
    address.split_once("/sim\n")?.0.parse().ok()
}

fn reached(address: &str) -> Result<DriverInfo> {
    if !address.starts_with("http") {
        let (host, port) = address.rsplit_once(':').context("an address without a port")?;
        let info = json!({
            "ipmi_address": host, "ipmi_port": port, "ipmi_username": "admin", "ipmi_password": "password",
        });
        return Ok(DriverInfo { interface: "ipmitool", info });
    }
    let info = json!({"redfish_address": address, "redfish_username": "admin", "redfish_password": "password"});
    Ok(DriverInfo { interface: "redfish", info })
}
