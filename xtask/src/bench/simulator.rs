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

/// Requests to one BMC that came one soon after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Visit {
    began: Instant,
    ended: Instant,
    requests: u64,
}

/// The visits to each BMC of a rack, as they show in the counts of its requests.
pub struct Visits {
    /// Requests with more time than this between them belong to two visits.
    apart: Duration,
    counts: Vec<u64>,
    visits: Vec<Vec<Visit>>,
}

/// All BMCs visited once.
#[derive(Debug, PartialEq, Eq)]
pub struct Round {
    /// From the first request to the last.
    pub took: Duration,
    /// Of all BMCs.
    pub requests: u64,
}

impl Visits {
    /// None yet.
    pub fn new(counts: Vec<u64>, apart: Duration) -> Self {
        Self { apart, visits: vec![Vec::new(); counts.len()], counts }
    }

    /// Takes in what the counts are now.
    pub fn see(&mut self, now: Instant, counts: Vec<u64>) {
        for ((visits, before), count) in self.visits.iter_mut().zip(&self.counts).zip(&counts) {
            let requests = count - before;
            match visits.last_mut() {
                _ if requests == 0 => {}
                Some(visit) if now - visit.ended <= self.apart => {
                    visit.ended = now;
                    visit.requests += requests;
                }
                _ => visits.push(Visit { began: now, ended: now, requests }),
            }
        }
        self.counts = counts;
    }

    /// The round of this number, from 0 on, when it is over everywhere.
    pub fn round(&self, number: usize, now: Instant) -> Option<Round> {
        let over = |visit: &&Visit| now - visit.ended > self.apart;
        let visits = self.visits.iter().map(|visits| visits.get(number).filter(over).copied());
        let visits: Vec<Visit> = visits.collect::<Option<_>>()?;
        let began = visits.iter().map(|visit| visit.began).min()?;
        let ended = visits.iter().map(|visit| visit.ended).max()?;
        Some(Round { took: ended - began, requests: visits.iter().map(|visit| visit.requests).sum() })
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
    fn a_round_is_over_when_everybody_has_been_left_alone_for_a_while() {
        let began = Instant::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let mut visits = Visits::new(vec![7, 7], Duration::from_secs(3));
        // One after the other, twice; the second one is asked twice each time.
        for (seconds, counts) in [(10, [8, 7]), (12, [8, 8]), (13, [8, 9]), (20, [9, 9]), (22, [9, 10]), (25, [9, 11])]
        {
            visits.see(at(seconds), counts.to_vec());
        }
        assert_eq!(visits.round(0, at(25)), Some(Round { took: Duration::from_secs(3), requests: 3 }));
        assert_eq!(visits.round(1, at(28)), None);
        assert_eq!(visits.round(1, at(29)), Some(Round { took: Duration::from_secs(5), requests: 3 }));
        assert_eq!(visits.round(2, at(99)), None);
    }
}
