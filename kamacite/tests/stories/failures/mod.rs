//! What an operator sees of BMCs that fail, and that nothing stays behind: rows of a call, a fault and how it ends.

mod calls;
mod hosts;
mod interrupted;
mod ipmi;
mod logins;
mod redfish;
mod sweep;

use std::sync::Arc;

use futures::{StreamExt, stream};
use kamacite_model::{Sleep, SystemClock};
use kamacite_sim::{Account, Config, Rack, Rule, SimBmc, VENDORS, Vendor, machine};
use reqwest::Method;
use serde_json::{Value, json};

use calls::{Before, Call};

use crate::{
    api::Api,
    site::{Running, SOON, Site},
};

/// What no client and no log may see.
const PASSWORD: &str = "hunter2-rack";

/// `admin` and that password as basic authentication sends them.
const IN_BASE64: &str = "YWRtaW46aHVudGVyMi1yYWNr";

/// What all of these stories shorten, so that none waits for long.
const IMPATIENT: &str = "\
[kamacite]
bmc_longest_pause = 0.3
bmc_silences = 2

[conductor]
power_state_change_timeout = 1
";

/// Rows at a time: enough to hide waits, few enough to keep a loaded machine from making BMCs look slow.
const AT_A_TIME: usize = 12;

/// A service, and BMCs that fail when told to.
struct Bench {
    site: Site,
    service: Running,
    rack: Rack,
}

/// One node, its BMC, and the way to both.
struct Blade<'a> {
    api: &'a Api,
    bmc: &'a SimBmc,
    name: String,
}

/// What a BMC speaks.
#[derive(Clone, Copy, Debug)]
enum Protocol {
    Redfish,
    Ipmi,
}

/// How a call ends while the fault lasts.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    /// As if nothing were wrong.
    Borne,
    /// The client is refused with this status, or, where the call goes on in the background, `last_error` says so.
    Told(u16, &'static [&'static str]),
}

/// How a call ends, and how the BMC is then said to be.
type Ending = (End, &'static str);

/// A call, what befalls it, and how it ends.
type Story<'a> = (&'a Call, Rule, Ending);

const BORNE: Ending = (End::Borne, "up");

/// What came of a call.
struct Outcome {
    status: u16,
    /// What went wrong, in words; nothing if nothing did.
    words: Option<String>,
    /// What was answered.
    answer: Value,
}

impl Bench {
    /// A service with these sections, and so many BMCs of each protocol.
    async fn new(sections: &str, redfish: u32, ipmi: u32) -> Self {
        let site = Site::new(&format!("{IMPATIENT}{sections}"));
        Self { rack: rack(&VENDORS[0], redfish, ipmi).await, service: site.start().await, site }
    }

    /// The same, with so many BMCs of one protocol.
    async fn of(protocol: Protocol, sections: &str, bmcs: usize) -> Self {
        let count = bmcs.try_into().unwrap();
        match protocol {
            Protocol::Redfish => Self::new(sections, count, 0).await,
            Protocol::Ipmi => Self::new(sections, 0, count).await,
        }
    }

    /// Enrols a machine for one of the BMCs, with more in its `driver_info`.
    async fn enrol(&self, at: usize, more: Value) -> Blade<'_> {
        let bmc = &self.rack.bmcs()[at];
        let blade = Blade { api: &self.service.api, bmc, name: format!("blade-{at}") };
        let driver = if bmc.ipmi_address().is_some() { "ipmi" } else { "redfish" };
        let mut info = blade.right();
        info.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        let node = json!({"driver": driver, "name": blade.name, "driver_info": info});
        blade.api.change(Method::POST, "/v1/nodes", node).await;
        blade
    }

    /// Tells a story for each row, several at a time; all that fail are told of.
    async fn of_each<R>(&self, rows: Vec<R>, tell: impl AsyncFn(usize, R) -> Result<(), String>) {
        let told = stream::iter(rows.into_iter().enumerate()).map(|(at, row)| tell(at, row));
        let failed: Vec<_> = told.buffer_unordered(AT_A_TIME).filter_map(async |told| told.err()).collect().await;
        assert!(failed.is_empty(), "{} rows:\n{}", failed.len(), failed.join("\n"));
    }

    /// Ends the service; nobody was told a password.
    async fn ends(self) {
        let shown = self.service.api.get("/v1/nodes/detail").await.to_string();
        assert!(self.service.terminate().await.success());
        let log = self.site.log();
        assert!(log.contains("DEBUG"), "it is a log of everything");
        for secret in [PASSWORD, IN_BASE64] {
            assert!(!log.contains(secret), "{secret} is in the log");
            assert!(!shown.contains(secret), "{secret} is shown: {shown}");
        }
    }
}

/// Tells stories, each of a BMC of its own that speaks this protocol.
async fn of_all(protocol: Protocol, sections: &str, stories: Vec<Story<'_>>) {
    let bench = Bench::of(protocol, sections, stories.len()).await;
    bench
        .of_each(stories, async |at, (call, fault, ending)| {
            bench.enrol(at, json!({})).await.suffers(call, &fault, ending).await
        })
        .await;
    bench.ends().await;
}

/// BMCs of this manufacturer's, with machines that take no time.
async fn rack(vendor: &'static Vendor, redfish: u32, ipmi: u32) -> Rack {
    let clock = Arc::new(SystemClock::new(|time| -> Sleep<'static> { Box::pin(tokio::time::sleep(time)) }));
    let mut config = Config { vendors: vec![vendor], ipmi, ..Config::new(redfish) };
    config.setup.pace = machine::Pace::INSTANT;
    config.setup.account = Account::new("admin", PASSWORD);
    Rack::start(config, clock).await.unwrap()
}

impl Blade<'_> {
    /// Has a call go wrong, sees how it ends, mends the BMC, and sees that everything is well again.
    async fn suffers(&self, call: &Call, fault: &Rule, (end, condition): Ending) -> Result<(), String> {
        let what = format!("{} × {:?}×{:?}", call.name, fault.fault, fault.times);
        self.prepare(call.before).await;
        let path = self.path_of(call).await;
        self.bmc.fault(fault.clone());
        let outcome = self.asks(call, &path).await;
        outcome.is(end).map_err(|why| format!("{what}: {why}"))?;
        let found = self.condition().await;
        if found != condition {
            return Err(format!("{what}: the BMC is {found:?}, not {condition:?}"));
        }
        self.is_well_again().await.map_err(|why| format!("{what}: {why}"))
    }

    /// What is right to say in `driver_info`.
    fn right(&self) -> Value {
        match self.bmc.ipmi_address() {
            Some(at) => json!({
                "ipmi_address": at.ip(), "ipmi_port": at.port(), "ipmi_username": "admin", "ipmi_password": PASSWORD,
            }),
            None => json!({
                "redfish_address": self.bmc.address(), "redfish_username": "admin", "redfish_password": PASSWORD,
            }),
        }
    }

    /// Makes so what has to be so before a call. This also logs in to the BMC.
    async fn prepare(&self, before: Before) {
        if before == Before::On {
            self.asks_for_power("power on").await;
        }
        if before == Before::Image {
            let image = json!({"device_type": "cdrom", "image_url": "http://127.0.0.1:9/boot.iso"});
            self.api.change(Method::POST, &self.at("vmedia"), image).await;
            self.api.at_rest(&self.name).await;
        }
        if before == Before::Subscription {
            let listener = json!({"Destination": "http://127.0.0.1:9/events"});
            self.api.change(Method::POST, &self.at("vendor_passthru/create_subscription"), listener).await;
        }
        self.api.get(&self.at("management/boot_device")).await;
    }

    async fn asks_for_power(&self, target: &str) -> Value {
        self.api.change(Method::PUT, &self.at("states/power"), json!({ "target": target })).await;
        self.api.at_rest(&self.name).await
    }

    /// The path of a call, with what has to be looked up.
    async fn path_of(&self, call: &Call) -> String {
        let mut path = if call.path.starts_with('/') { call.path.to_owned() } else { self.at(call.path) };
        path = path.replace("{node}", &self.name);
        if path.contains("{light}") {
            let lights = self.api.get(&self.at("management/indicators")).await;
            let all = lights["indicators"].as_array().unwrap();
            let light = all.iter().find(|light| light["component"] == "system").unwrap();
            path = path.replace("{light}", light["name"].as_str().unwrap());
        }
        if path.contains("{subscription}") {
            let all = self.api.get(&self.at("vendor_passthru/get_all_subscriptions")).await;
            let one = all["Members"][0]["@odata.id"].as_str().unwrap();
            path = path.replace("{subscription}", one.rsplit('/').next().unwrap());
        }
        path
    }

    /// Asks, and waits for the end of it.
    async fn asks(&self, call: &Call, path: &str) -> Outcome {
        let body: Option<Value> = (!call.body.is_empty()).then(|| serde_json::from_str(call.body).unwrap());
        let (status, answer) = self.api.send((call.verb)(), path, body.as_ref()).await;
        // Whatever was asked, nobody holds the node afterwards.
        let node = self.api.at_rest(&self.name).await;
        let words = match status {
            202 => node["last_error"].as_str().map(str::to_owned),
            200..300 => None,
            _ => Some(said(&answer)),
        };
        Outcome { status, words, answer }
    }

    /// Brings the node under management; it ends up manageable, or where it was, with the reason.
    async fn is_managed(&self) -> Outcome {
        let asked = json!({"target": "manage"});
        let (status, answer) = self.api.send(Method::PUT, &self.at("states/provision"), Some(&asked)).await;
        let at_rest = |node: &Value| node["provision_state"] != "verifying" && node["reservation"].is_null();
        let node = self.api.until(&self.at(""), at_rest).await;
        let managed = node["provision_state"] == "manageable";
        assert!(managed || node["provision_state"] == "enroll", "{node}");
        let words = node["last_error"].as_str().map(str::to_owned);
        assert_eq!(managed, words.is_none(), "{node}");
        Outcome { status, words, answer }
    }

    /// How the BMC is doing, as the service sees it.
    async fn condition(&self) -> String {
        let shown = self.api.get(&format!("/kamacite/v1/nodes/{}/bmc", self.name)).await;
        assert!(!shown.to_string().contains(PASSWORD), "{shown}");
        shown["bmcs"][0]["condition"].as_str().unwrap_or_default().to_owned()
    }

    /// Once the BMC works, so does the node, without anybody's doing.
    async fn is_well_again(&self) -> Result<(), String> {
        self.bmc.with(|bmc, now| {
            bmc.faults.clear();
            bmc.come_back();
            bmc.event(machine::Event::Stick(now), now).unwrap();
        });
        let began = std::time::Instant::now();
        let path = self.at("management/boot_device");
        loop {
            let (status, told) = self.api.send(Method::GET, &path, None).await;
            match (status, self.condition().await.as_str()) {
                (200, "up") => break,
                _ if began.elapsed() > SOON => return Err(format!("it is not well again: {status} {told}")),
                _ => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            }
        }
        let node = self.asks_for_power("power off").await;
        let seen = (&node["power_state"], &node["last_error"], &node["reservation"], &node["fault"]);
        let well = (&json!("power off"), &Value::Null, &Value::Null, &Value::Null);
        (seen == well).then_some(()).ok_or_else(|| format!("the node is not well: {seen:?}"))
    }

    fn at(&self, path: &str) -> String {
        format!("/v1/nodes/{}/{path}", self.name).trim_end_matches('/').to_owned()
    }
}

impl Outcome {
    /// Whether it is what was expected, and says nothing that nobody may know.
    fn is(&self, end: End) -> Result<(), String> {
        let told = format!("{} {:?} {}", self.status, self.words, self.answer);
        if told.contains(PASSWORD) || told.contains(IN_BASE64) {
            return Err(format!("a password is told: {told}"));
        }
        let as_expected = match (end, &self.words) {
            (End::Borne, None) => true,
            (End::Told(status, parts), Some(words)) => {
                self.status == status && parts.iter().all(|part| words.contains(part))
            }
            (End::Borne, Some(_)) | (End::Told(..), None) => false,
        };
        as_expected.then_some(()).ok_or_else(|| format!("expected {end:?}, found {told}"))
    }
}

/// What a refusal says, in either envelope.
fn said(answer: &Value) -> String {
    let own = answer["error"]["message"].as_str().map(str::to_owned);
    own.unwrap_or_else(|| {
        let inner: Value =
            serde_json::from_str(answer["error_message"].as_str().unwrap_or_default()).unwrap_or_default();
        inner["faultstring"].as_str().map_or_else(|| answer.to_string(), str::to_owned)
    })
}
