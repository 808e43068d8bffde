//! A BMC in memory, which is asked over nothing at all and can go wrong in every way that the kit knows.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock, Weak},
    time::Duration,
};

use kamacite_driver::{
    Json,
    conformance::{Ailment, Simulated},
    model::PowerState,
};
use parking_lot::Mutex;
use serde_json::{Value, json};

/// What is behind every address, as a network would know it.
static NETWORK: LazyLock<Mutex<BTreeMap<String, Weak<Mutex<State>>>>> = LazyLock::new(Mutex::default);

/// A machine and its BMC.
pub struct Bmc {
    address: String,
    state: Arc<Mutex<State>>,
}

/// What there is of it.
#[derive(Default)]
pub struct State {
    pub on: bool,
    pub boots: u32,
    pub requests: u64,
    pub firmware: u32,
    pub ailment: Option<Ailment>,
    /// Somebody has a session, for BMCs that have one.
    pub taken: bool,
}

/// Why a request was not answered.
#[derive(Debug, PartialEq)]
pub enum Trouble {
    Busy,
    Broken,
    Refused,
    Nobody,
}

impl Bmc {
    pub fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let mut network = NETWORK.lock();
        let address = format!("rig-{}", network.len());
        network.insert(address.clone(), Arc::downgrade(&state));
        Self { address, state }
    }
}

/// One request: it takes its time, may be answered or not, and does something.
pub async fn ask<T>(address: &str, what: impl FnOnce(&mut State) -> T) -> Result<T, Trouble> {
    let state = NETWORK.lock().get(address).and_then(Weak::upgrade).ok_or(Trouble::Nobody)?;
    let ailment = {
        let mut state = state.lock();
        state.requests += 1;
        state.ailment
    };
    #[allow(clippy::disallowed_methods, reason = "a real network takes real time")]
    tokio::time::sleep(Duration::from_millis(2)).await;
    match ailment {
        Some(Ailment::Silent) => std::future::pending().await,
        Some(Ailment::Busy) => Err(Trouble::Busy),
        Some(Ailment::Broken) => Err(Trouble::Broken),
        Some(Ailment::Refusing) => Err(Trouble::Refused),
        Some(Ailment::PowerStuck) | None => {
            tokio::task::yield_now().await;
            Ok(what(&mut state.lock()))
        }
    }
}

impl State {
    /// Takes a change of power; whether it happens is another matter.
    pub fn set_power(&mut self, on: bool) {
        if self.ailment != Some(Ailment::PowerStuck) {
            self.boots += u32::from(on && !self.on);
            self.on = on;
        }
    }
}

impl Simulated for Bmc {
    fn driver_info(&self) -> Json {
        json!({"rig_address": self.address, "rig_password": "Xyzzy-4711"}).as_object().cloned().expect("an object")
    }

    fn example(&self, method: &str) -> Option<Value> {
        (method == "survey").then(|| json!({"address": self.address, "password": "Xyzzy-4711", "depth": "3"}))
    }

    fn requests(&self) -> Option<u64> {
        Some(self.state.lock().requests)
    }

    fn power(&self) -> Option<PowerState> {
        Some(if self.state.lock().on { PowerState::On } else { PowerState::Off })
    }

    fn boots(&self) -> Option<u32> {
        Some(self.state.lock().boots)
    }

    fn ail(&self, ailment: Ailment) -> bool {
        self.state.lock().ailment = Some(ailment);
        true
    }
}
