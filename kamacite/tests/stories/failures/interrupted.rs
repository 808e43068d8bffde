//! Clients that hang up, and a service that dies, while a BMC keeps them waiting.

use std::time::Duration;

use kamacite_sim::{Fault, Method as Verb, Rule, SimBmc};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Before, Bench};
use crate::{api::Api, site::SOON};

const SECTIONS: &str = "
[redfish]
connection_attempts = 1
read_timeout = 20

[ipmi]
command_retry_timeout = 20
";

fn reset(fault: Fault) -> Rule {
    Rule::from(fault).on(Verb::Post, "ComputerSystem.Reset")
}

/// Waits until a fault has struck.
async fn is_struck(bmc: &SimBmc) {
    let struck = async {
        while bmc.with(|bmc, _| bmc.faults.rules().all(|(_, hits)| hits == 0)) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(SOON, struck).await.expect("the BMC is asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_asked_for_is_done_though_it_hangs_up() {
    let bench = Bench::new(SECTIONS, 1, 0).await;
    let blade = bench.enrol(0, json!({})).await;
    blade.prepare(Before::On).await;
    // For ever, so that it is seen to have struck; nothing else is asked for meanwhile.
    blade.bmc.fault(reset(Fault::Delay { ms: 1000 }).times(0));
    let (path, nothing) = (blade.at("management/inject_nmi"), json!({}));
    tokio::select! {
        (status, told) = blade.api.send(Method::PUT, &path, Some(&nothing)) => panic!("too soon: {status} {told}"),
        () = is_struck(blade.bmc) => {}
    }
    let node = blade.api.at_rest(&blade.name).await;
    assert_eq!(node["last_error"], Value::Null);
    assert_eq!(blade.bmc.with(|bmc, _| bmc.machine.interrupts()), 1);
    blade.is_well_again().await.unwrap();
    bench.ends().await;
}

/// A change of power that nobody saw the end of is seen to by the next process.
#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_dies_while_bmcs_hang_goes_on_where_it_was() {
    let bench = Bench::new(SECTIONS, 1, 1).await;
    let mut names = Vec::new();
    for (at, fault) in [(0, reset(Fault::Hang)), (1, Rule::from(Fault::Hang).on_command("chassis-control"))] {
        let blade = bench.enrol(at, json!({})).await;
        assert!(blade.is_managed().await.words.is_none());
        blade.bmc.fault(fault.times(0));
        blade.api.change(Method::PUT, &blade.at("states/power"), json!({"target": "power on"})).await;
        is_struck(blade.bmc).await;
        names.push(blade.name);
    }
    let Bench { site, service, rack } = bench;
    service.kill().await;
    rack.bmcs().iter().for_each(|bmc| bmc.with(|bmc, _| bmc.faults.clear()));
    let service = site.start().await;
    let api: &Api = &service.api;
    for name in names {
        let node = api.at_rest(&name).await;
        assert_eq!((&node["power_state"], &node["last_error"]), (&json!("power on"), &Value::Null), "{name}");
    }
    Bench { site, service, rack }.ends().await;
}
