//! A BMC that hangs for ever: what an operator is told at night, and how the node comes free.

use kamacite_sim::{Account, Config, Fault, Method as Verb, Rack, Rule, VENDORS, machine};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    api::Api,
    site::{SOON, Site},
};

const PASSWORD: &str = "hunter2-rack";

/// The driver waits longer than anybody wants to.
const PATIENT: &str = "
[conductor]
node_locked_retry_interval = 0.1

[redfish]
connection_attempts = 1
read_timeout = 600

[ipmi]
command_retry_timeout = 600
";

async fn rack(config: Config) -> Rack {
    let clock = kamacite_model::SystemClock::new(|time| -> kamacite_model::Sleep<'static> {
        Box::pin(tokio::time::sleep(time))
    });
    let mut config = Config { vendors: vec![&VENDORS[0]], ..config };
    config.setup.pace = machine::Pace::INSTANT;
    config.setup.account = Account::new("admin", PASSWORD);
    Rack::start(config, std::sync::Arc::new(clock)).await.unwrap()
}

/// Does what is said to be possible, in the words in which it is said.
async fn abandoned(api: &Api, told: &Value) -> Value {
    let ways = told["may"].as_array().unwrap();
    let way = ways.iter().find(|may| may["do"] == "abandon").unwrap();
    assert_eq!((&way["now"], &way["asks_bmc"]), (&json!(true), &json!(false)));
    let path = way["request"]["url"].as_str().unwrap().split_once("//").unwrap().1;
    let path = &path[path.find('/').unwrap()..];
    let reason = json!({"reason": "the BMC hangs, ticket 4711"});
    tokio::time::timeout(SOON, api.change(Method::POST, path, reason)).await.unwrap()
}

/// Whether a BMC is being asked something.
fn is_asked(told: &Value) -> bool {
    told["bmcs"][0]["asking"].as_array().is_some_and(|asking| !asking.is_empty())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_is_told_why_a_node_hangs_and_frees_it() {
    let (site, rack) = (Site::new(PATIENT), rack(Config::new(1)).await);
    let service = site.start().await;
    let (api, baremetal, bmc) = (&service.api, service.baremetal(), &rack.bmcs()[0]);
    let info = json!({"redfish_address": bmc.address(), "redfish_username": "admin", "redfish_password": PASSWORD});
    api.change(Method::POST, "/v1/nodes", json!({"driver": "redfish", "name": "blade", "driver_info": info})).await;
    baremetal.does("node manage blade --wait 60").await;

    bmc.fault(Rule::from(Fault::Hang).on(Verb::Post, "ComputerSystem.Reset").times(0));
    baremetal.does("node power on blade").await;
    let told = api.until("/kamacite/v1/nodes/blade/why", is_asked).await;
    assert_eq!((&told["waits_for"]["on"], &told["operation"]["name"]), (&json!("bmc"), &json!("power on")));
    let summary = told["summary"].as_str().unwrap();
    let parts =
        ["The node is in 'manageable': power 'power on' has not come back; POST /redfish/v1/", "is not answered"];
    assert!(parts.iter().all(|part| summary.contains(part)), "{summary}");
    assert_eq!(told["waits_for"]["because_of"], "[redfish]read_timeout = 600");
    assert!(told["waits_for"]["until"].is_string(), "{told}");
    let last = &told["bmcs"][0]["last_exchange"];
    assert!(last["request"].as_str().unwrap().starts_with("GET /redfish/v1/") && last["outcome"] == "200", "{last}");
    assert!(told["lock"]["holder"].is_string() && told["power"]["target"] == "power on", "{told}");
    // Whoever tries something else is refused.
    let refused = baremetal.refused("node delete blade").await;
    assert!(refused.contains("is locked by host"), "{refused}");

    let answer = abandoned(api, &told).await;
    assert_eq!((&answer["from"], &answer["to"]), (&json!("manageable"), &json!("manageable")));
    assert_eq!(answer["ended"][0]["name"], "power on");

    let told = api.get("/kamacite/v1/nodes/blade/why").await;
    assert_eq!(
        (&told["waits_for"], &told["lock"], &told["power"]["state"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    let bmc_now = api.until("/kamacite/v1/nodes/blade/bmc", |shown| shown["bmcs"][0]["asking"] == json!([])).await;
    let last = &bmc_now["bmcs"][0]["last_exchange"];
    assert!(last["outcome"].as_str().unwrap().starts_with("given up after"), "{last}");
    let node = baremetal.json("node show blade --fields maintenance maintenance_reason last_error").await;
    assert_eq!((&node["maintenance"], &node["maintenance_reason"]), (&json!(true), &node["last_error"]));
    assert!(node["last_error"].as_str().unwrap().contains("the BMC hangs, ticket 4711"), "{node}");
    let history = baremetal.json("node history list blade --long").await;
    assert!(history.to_string().contains("ticket 4711"), "{history}");
    baremetal.does("node delete blade").await;

    let shown = format!("{told}{bmc_now}{answer}{history}");
    let log = site.log();
    assert!(log.contains("kamacite::audit") && log.contains("ticket 4711"), "it is in the log");
    assert!(!log.contains(PASSWORD) && !shown.contains(PASSWORD), "a password is told");
    assert!(service.terminate().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_ipmi_bmc_hangs_tells_the_command_and_comes_free() {
    let (site, rack) = (Site::new(PATIENT), rack(Config { ipmi: 1, ..Config::new(0) }).await);
    let service = site.start().await;
    let (api, baremetal, bmc) = (&service.api, service.baremetal(), &rack.bmcs()[0]);
    let address = bmc.ipmi_address().unwrap();
    let info = json!({
        "ipmi_address": address.ip(), "ipmi_port": address.port(), "ipmi_username": "admin", "ipmi_password": PASSWORD,
    });
    api.change(Method::POST, "/v1/nodes", json!({"driver": "ipmi", "name": "blade", "driver_info": info})).await;
    baremetal.does("node manage blade --wait 60").await;

    bmc.fault(Rule::from(Fault::Hang).times(0));
    baremetal.does("node power on blade").await;
    let told = api.until("/kamacite/v1/nodes/blade/why", is_asked).await;
    assert_eq!((&told["waits_for"]["on"], &told["operation"]["name"]), (&json!("bmc"), &json!("power on")));
    assert_eq!(told["waits_for"]["because_of"], "[ipmi]command_retry_timeout = 600");
    let asked = format!("Get Chassis Status was sent to the BMC at {address} (ipmi)");
    assert!(told["summary"].as_str().unwrap().contains(&asked), "{told}");

    let answer = abandoned(api, &told).await;
    assert_eq!(answer["ended"][0]["name"], "power on");
    let node = baremetal.json("node show blade --fields maintenance reservation last_error").await;
    assert_eq!((&node["maintenance"], &node["reservation"]), (&json!(true), &Value::Null));
    assert!(!site.log().contains(PASSWORD) && !told.to_string().contains(PASSWORD), "a password is told");
    baremetal.does("node delete blade").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_will_not_shut_down_tells_until_when_it_is_waited_for() {
    for (config, driver) in [(Config::new(1), "redfish"), (Config { ipmi: 1, ..Config::new(0) }, "ipmi")] {
        let (site, rack) = (Site::new("[conductor]\nsoft_power_off_timeout = 3600\n"), rack(config).await);
        let service = site.start().await;
        let (api, baremetal, bmc) = (&service.api, service.baremetal(), &rack.bmcs()[0]);
        let info = match bmc.ipmi_address() {
            None => json!({"redfish_address": bmc.address()}),
            Some(at) => json!({"ipmi_address": at.ip(), "ipmi_port": at.port()}),
        };
        let mut node = json!({"driver": driver, "name": "blade", "driver_info": info});
        node["driver_info"][format!("{driver}_username")] = json!("admin");
        node["driver_info"][format!("{driver}_password")] = json!(PASSWORD);
        api.change(Method::POST, "/v1/nodes", node).await;
        baremetal.does("node manage blade --wait 60").await;
        baremetal.does("node power on blade").await;
        api.at_rest("blade").await;

        // The operating system takes no notice.
        bmc.fault(Rule::from(Fault::PowerStuck { seconds: 7200 }).times(0));
        baremetal.does("node power off --soft blade").await;
        let waits = |told: &Value| told["waits_for"]["because_of"] == "[conductor]soft_power_off_timeout = 3600";
        let told = api.until("/kamacite/v1/nodes/blade/why", waits).await;
        assert!(told["waits_for"]["until"].is_string(), "{told}");
        assert!(told["summary"].as_str().unwrap().contains("waits until the machine is off"), "{told}");
        abandoned(api, &told).await;
        assert!(service.terminate().await.success());
    }
}
