//! Simulated BMCs in a process of their own, and when they were asked for something.

use std::{
    net::SocketAddr,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::{
    http::{Connection, request},
    server,
};
use crate::support::process;

/// The name and the password of each BMC's account.
pub const ACCOUNT: (&str, &str) = ("admin", "password");

/// BMCs that speak Redfish, each with a listener, and take no time for anything. Dropping them ends the process.
pub struct Rack {
    /// Where each is: the beginning of a URL.
    pub addresses: Vec<String>,
    control: Connection,
    _process: process::Running,
}

impl Rack {
    /// Has Kamacite's program simulate them.
    ///
    /// # Errors
    /// It does not start; carries the last lines of its log.
    pub async fn start(kamacite: &Path, bmcs: usize) -> Result<Self> {
        let mut command = Command::new(kamacite);
        command.args(["sim", "--pace", "instant", "--vendor", "generic", "--listen", "127.0.0.1:0"]);
        command.args(["--username", ACCOUNT.0, "--password", ACCOUNT.1, "--redfish", &bmcs.to_string()]);
        let log = server::folder().join("simulator.log");
        let mut process = process::start("the simulator", &mut command, &log)?;
        let began = Instant::now();
        let control = loop {
            if let Some(address) = std::fs::read_to_string(&log).ok().as_deref().and_then(control) {
                break address;
            }
            if let Some(status) = process.ended() {
                bail!("the simulator ended ({status}):\n{}", process.last_words());
            }
            ensure!(began.elapsed() < Duration::from_secs(60), "the simulator says nothing:\n{}", process.last_words());
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        let mut control = Connection::new(control);
        let mut addresses = Vec::new();
        for number in 0..bmcs {
            let answer = control.call(&request("GET", &format!("/sim/bmcs/{number}"), "")).await?;
            let bmc: Value = serde_json::from_slice(answer.body)?;
            addresses.push(bmc["address"].as_str().context("a BMC without an address")?.to_owned());
        }
        Ok(Self { addresses, control, _process: process })
    }

    /// How many requests came to each until now.
    ///
    /// # Errors
    /// The simulator is gone.
    pub async fn requests(&mut self) -> Result<Vec<u64>> {
        let answer = self.control.call(&request("GET", "/sim/requests", "")).await?;
        serde_json::from_slice(answer.body).context("the simulator does not count requests")
    }
}

/// Where the control listener is, which the simulator says last, when everything listens.
fn control(said: &str) -> Option<SocketAddr> {
    let (_, address) = said.split_once("control at http://")?;
    address.split_once("/sim\n")?.0.parse().ok()
}

/// Rounds in which every BMC of a rack is asked equally often, as they show in the counts of its requests.
pub struct Rounds {
    /// A round is over when nobody was asked for so long. Within a round that may be, too, but not while all are equal.
    quiet: Duration,
    /// The counts when the last round was over.
    before: Vec<u64>,
    counts: Vec<u64>,
    /// The first and the last request of the round that is under way.
    under_way: Option<(Instant, Instant)>,
    /// Those that are over.
    pub over: Vec<Round>,
}

/// All BMCs asked once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    /// From the first request to the last.
    pub took: Duration,
    /// Of each BMC.
    pub requests: u64,
}

impl Rounds {
    /// None yet.
    pub fn new(counts: Vec<u64>, quiet: Duration) -> Self {
        Self { quiet, before: counts.clone(), counts, under_way: None, over: Vec::new() }
    }

    /// Takes in what the counts are now.
    pub fn see(&mut self, now: Instant, counts: Vec<u64>) {
        if counts != self.counts {
            let (began, _) = self.under_way.unwrap_or((now, now));
            self.under_way = Some((began, now));
            self.counts = counts;
        }
        let Some((began, ended)) = self.under_way else { return };
        let mut requests = self.counts.iter().zip(&self.before).map(|(count, before)| count - before);
        let first = requests.next().unwrap_or_default();
        if now - ended >= self.quiet && requests.all(|requests| requests == first) {
            self.over.push(Round { took: ended - began, requests: first });
            self.before.clone_from(&self.counts);
            self.under_way = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_simulator_says_where_it_is_controlled() {
        let said = "100 BMCs from http://127.0.0.1:1 (generic) to http://127.0.0.1:2 (generic)\nlog in as admin; control at http://127.0.0.1:3/sim";
        assert_eq!(control(&format!("{said}\n")), Some(SocketAddr::from(([127, 0, 0, 1], 3))));
        assert_eq!(control(said), None);
    }

    #[test]
    fn a_round_is_over_when_all_were_asked_equally_often_and_nobody_is_any_more() {
        let began = Instant::now();
        let mut rounds = Rounds::new(vec![7, 7], Duration::from_secs(3));
        // The first time each is asked twice, and all are equal in the middle.
        for (seconds, counts) in [(1, [7, 7]), (10, [8, 7]), (14, [8, 7]), (15, [8, 8]), (16, [9, 8]), (22, [9, 9])] {
            rounds.see(began + Duration::from_secs(seconds), counts.to_vec());
        }
        assert_eq!(rounds.over, []);
        for (seconds, counts) in [(25, [9, 9]), (30, [9, 10]), (31, [10, 10]), (40, [10, 10]), (99, [10, 10])] {
            rounds.see(began + Duration::from_secs(seconds), counts.to_vec());
        }
        let round = |seconds, requests| Round { took: Duration::from_secs(seconds), requests };
        assert_eq!(rounds.over, [round(12, 2), round(1, 1)]);
    }
}
