//! What the stories share: racks, clients of them, and a clock.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use kamacite_model::{Clock, Sleep, SystemClock};
use kamacite_sim::{Config, Rack, Setup, SimBmc, Vendor, machine::Pace};
use redfish::{Client, Limits, Password, System, Target, Verify};

/// The system's clock.
pub fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock::new(|duration| -> Sleep<'static> { Box::pin(tokio::time::sleep(duration)) }))
}

/// Machines that take no time for anything.
pub fn instant(bmcs: u32) -> Config {
    Config { setup: Setup { pace: Pace::INSTANT, ..Setup::default() }, ..Config::new(bmcs) }
}

pub fn of(vendor: &str) -> Config {
    Config { vendors: vec![Vendor::named(vendor).unwrap()], ..instant(1) }
}

/// One BMC of this vendor.
pub async fn one(vendor: &str) -> (Rack, SimBmc) {
    let rack = Rack::start(of(vendor), clock()).await.unwrap();
    let bmc = rack.bmcs()[0].clone();
    (rack, bmc)
}

pub fn target(bmc: &SimBmc) -> Target {
    Target {
        address: bmc.address(),
        username: Some("admin".to_owned()),
        password: Password::new("password"),
        verify: Verify::No,
        minimum_tls: None,
        ciphers: None,
        auth: redfish::Auth::Auto,
        system_id: None,
    }
}

/// The `redfish` crate's client, impatient enough for tests.
pub fn client(bmc: &SimBmc) -> redfish::Bmc {
    client_of(target(bmc))
}

pub fn client_of(target: Target) -> redfish::Bmc {
    let limits = Limits {
        connect_timeout: Duration::from_secs(5),
        request_timeout: Duration::from_secs(5),
        attempts: 3,
        first_wait: Duration::from_millis(1),
        longest_wait: Duration::from_millis(2),
        ..Limits::default()
    };
    Client::new(limits).bmc(target).unwrap()
}

pub async fn system(bmc: &SimBmc) -> System {
    client(bmc).system().await.unwrap()
}

/// Waits until it is so, at most ten seconds.
#[track_caller]
pub fn eventually(what: &str, mut so: impl FnMut() -> bool) -> impl Future<Output = ()> {
    let (began, what) = (Instant::now(), what.to_owned());
    async move {
        while !so() {
            assert!(began.elapsed() < Duration::from_secs(10), "waited for nothing: {what}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
