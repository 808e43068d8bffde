//! The story: what a person would do with the API, done by a client of the API.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use futures::future::try_join_all;
use hyper::Method;
use kamacite_sim::{Fault, Rack, Rule, SimBmc};
use serde_json::{Value, json};

use super::{
    LOG,
    client::{Answer, Client, Unanswered},
    folder::Folder,
    machines::{MACHINES, Machine},
    screen::{Row, Screen, duration},
};

/// Between two looks at a node.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// Nothing in the story takes so long, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// Which machine's BMC fails.
const FAILING: usize = 2;
/// What is put into a virtual drive. Nobody fetches it: simulated machines boot nothing.
const IMAGE: &str = "http://127.0.0.1/rescue.iso";

/// The story, and what it is about.
pub(super) struct Story<'a> {
    screen: &'a Screen,
    rack: &'a Rack,
    client: Client,
    address: SocketAddr,
    folder: &'a Folder,
    began: Instant,
}

/// Why the story does not go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoryError {
    #[error("{request}: no answer")]
    Unanswered {
        request: String,
        #[source]
        source: Unanswered,
    },
    #[error("{request}: {status} {answer}")]
    Refused { request: String, status: u16, answer: Value },
    #[error("{path} is not as the story has it after {} s: {found}", PATIENCE.as_secs())]
    Late { path: String, found: Value },
}

type Told<T = ()> = Result<T, StoryError>;

impl<'a> Story<'a> {
    pub(super) fn new(
        screen: &'a Screen,
        rack: &'a Rack,
        address: SocketAddr,
        folder: &'a Folder,
        began: Instant,
    ) -> Self {
        Self { screen, rack, client: Client::new(address), address, folder, began }
    }

    /// Everything, one after the other.
    pub(super) async fn tell(&self) -> Told {
        self.start().await?;
        self.enrol().await?;
        self.manage().await?;
        self.power_on().await?;
        self.deploy().await?;
        self.vendor_methods().await?;
        self.fail().await?;
        self.sum_up();
        Ok(())
    }

    async fn start(&self) -> Told {
        self.screen.say(&self.screen.bold("Kamacite: the real service and simulated machines, in one process"));
        self.screen.act("Start", "what follows happens over the HTTP API of this service");
        let rows = [Row::since(self.began, "service", &format!("answers at http://{}", self.address))];
        let answers = async {
            self.ask(Method::GET, "/v1", Value::Null).await?;
            rows[0].well();
            Ok(())
        };
        self.screen.show(&rows, answers).await?;
        for (Machine { name, like, speaks }, bmc) in self.machines() {
            self.screen.note(name, &format!("{} at {}, the way {like} does it", speaks.name, bmc.address()));
        }
        Ok(())
    }

    async fn enrol(&self) -> Told {
        self.screen.act("Enrol", "power, management and vendor methods by redfish or ipmitool, the rest `fake`");
        self.each("", async |machine, bmc, row| {
            let node = self.ask(Method::POST, "/v1/nodes", machine.node(bmc)).await?.body;
            row.now(&format!("{} as {}", text(&node["provision_state"]), text(&node["uuid"])));
            Ok(())
        })
        .await
    }

    async fn manage(&self) -> Told {
        self.screen.act("Manage", "logs in to each BMC and reads the power");
        self.each("enroll", async |machine, _, row| {
            self.provision(machine, "manage", "manageable", row).await?;
            let node = self.node(machine).await?;
            row.on_to(text(&node["power_state"]));
            Ok(())
        })
        .await
    }

    async fn power_on(&self) -> Told {
        self.screen.act("Power on", "after choosing to boot from the network, once");
        self.each("power off", async |machine, _, row| {
            let path = format!("/v1/nodes/{}/management/boot_device", machine.name);
            self.ask(Method::PUT, &path, json!({"boot_device": "pxe", "persistent": false})).await?;
            row.on_to("boots from pxe");
            self.power(machine, "power on").await?;
            let on = |node: &Value| node["power_state"] == "power on" && node["target_power_state"].is_null();
            self.until(&of(machine, ""), on).await?;
            row.on_to("power on");
            Ok(())
        })
        .await
    }

    async fn deploy(&self) -> Told {
        self.screen.act("Deploy", "cleaned, offered, deployed; the deploy is `fake`: no image is written");
        self.each("manageable", async |machine, _, row| {
            self.provision(machine, "provide", "available", row).await?;
            self.provision(machine, "active", "active", row).await
        })
        .await
    }

    async fn vendor_methods(&self) -> Told {
        let machine = &MACHINES[0];
        self.screen.act("Vendor methods", "what no standard call covers, on the driver's own terms");
        let methods = self.ask(Method::GET, &of(machine, "/vendor_passthru/methods"), Value::Null).await?.body;
        let names: Vec<_> = methods.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        self.screen.note(machine.name, &format!("has {}", names.join(", ")));
        let rows = [Row::new(machine.name, "get_all_subscriptions")];
        let found = self.screen.show(&rows, self.subscriptions(machine, &rows[0])).await?;
        self.screen.quote(&json!({"Name": found["Name"], "Members": found["Members"]}).to_string());
        let rows = [Row::new(machine.name, "an ISO image inserted, then eject_vmedia")];
        let ended = self.screen.show(&rows, self.eject(machine, &rows[0])).await?;
        self.screen.quote(&format!("{}: {}", text(&ended["state"]), ended["result"]));
        Ok(())
    }

    async fn subscriptions(&self, machine: &Machine, row: &Row) -> Told<Value> {
        let path = of(machine, "/vendor_passthru/get_all_subscriptions");
        let answer = self.ask(Method::GET, &path, Value::Null).await?;
        row.on_to(&answer.status.to_string());
        row.well();
        Ok(answer.body)
    }

    async fn eject(&self, machine: &Machine, row: &Row) -> Told<Value> {
        let media = of(machine, "/vmedia");
        self.ask(Method::POST, &media, json!({"device_type": "cdrom", "image_url": IMAGE})).await?;
        let full = |slots: &Value| slots.as_array().is_some_and(|all| all.iter().any(|slot| slot["image"] == IMAGE));
        self.until(&media, full).await?;
        let path = of(machine, "/vendor_passthru/eject_vmedia");
        let answer = self.ask(Method::POST, &path, json!({})).await?;
        row.on_to(&answer.status.to_string());
        // It is asynchronous; what it came to is kept.
        let operation = format!("/kamacite/v1/operations/{}", answer.operation.unwrap_or_default());
        let ended = self.until(&operation, |operation| !operation["finished_at"].is_null()).await?;
        row.well();
        Ok(ended)
    }

    async fn fail(&self) -> Told {
        let (machine, bmc) = (&MACHINES[FAILING], &self.rack.bmcs()[FAILING]);
        self.screen.act("A BMC fails", &format!("that of {} takes connections and answers nothing", machine.name));
        bmc.fault(Rule::from(Fault::Hang).times(0));
        let rows = [
            Row::new(machine.name, "asked to power off"),
            Row::new(MACHINES[0].name, "asked for its sensors meanwhile"),
        ];
        let (failed, _) = self.screen.show(&rows, self.ask_both(machine, &rows)).await?;
        self.screen.quote(&format!("last_error: {}", text(&failed["last_error"])));
        let rows = [Row::new(machine.name, "the power sweep meets it")];
        self.screen.show(&rows, self.give_up(machine, &rows[0])).await?;
        let path = format!("/kamacite/v1/nodes/{}/bmc", machine.name);
        let seen = &self.ask(Method::GET, &path, Value::Null).await?.body["bmcs"][0];
        let [condition, why, next_try_at] = ["condition", "why", "next_try_at"].map(|member| &seen[member]);
        let shown = json!({"condition": condition, "why": why, "next_try_at": next_try_at});
        self.screen.quote(&format!("{path}: {shown}"));
        self.screen.act("It recovers", "the BMC answers again, and nobody tells the service");
        bmc.with(|bmc, _| bmc.faults.clear());
        let rows = [Row::new(machine.name, "in maintenance")];
        self.screen.show(&rows, self.recover(machine, &rows[0])).await
    }

    /// Two machines are asked at the same time; one has a BMC that says nothing.
    async fn ask_both(&self, machine: &Machine, rows: &[Row; 2]) -> Told<(Value, ())> {
        let [stuck, other] = rows;
        let fails = async {
            self.power(machine, "power off").await?;
            let node = self.until(&of(machine, ""), |node| !node["last_error"].is_null()).await?;
            stuck.on_to("fails, and says why");
            stuck.not_well();
            Ok(node)
        };
        let answers = async {
            let path = format!("/kamacite/v1/nodes/{}/sensors", MACHINES[0].name);
            let found = self.ask(Method::GET, &path, Value::Null).await?.body;
            let count = found["sensors"].as_array().map_or(0, Vec::len);
            other.on_to(&format!("{count} readings"));
            other.well();
            Ok(())
        };
        tokio::try_join!(fails, answers)
    }

    async fn give_up(&self, machine: &Machine, row: &Row) -> Told {
        self.until(&of(machine, ""), |node| node["maintenance"] == true).await?;
        row.on_to("in maintenance");
        row.well();
        Ok(())
    }

    async fn recover(&self, machine: &Machine, row: &Row) -> Told {
        let node = self.until(&of(machine, ""), |node| node["maintenance"] == false).await?;
        row.on_to(&format!("{}, {}", text(&node["provision_state"]), text(&node["power_state"])));
        row.well();
        Ok(())
    }

    fn sum_up(&self) {
        let of_bmcs: u64 = self.rack.bmcs().iter().map(|bmc| bmc.with(|bmc, _| bmc.requests)).sum();
        self.screen.say(&format!(
            "\nAll told: {} requests to the API, {of_bmcs} of the service to BMCs, {}.",
            self.client.sent(),
            duration(self.began.elapsed())
        ));
    }

    /// What can be tried out, with the story's machines.
    pub(super) fn invite(&self) {
        let screen = self.screen;
        let url = format!("http://{}", self.address);
        let [first, second, third] = [0, 1, FAILING].map(|number| MACHINES[number].name);
        screen.act("Your turn", "it stays up until Ctrl-C; from another terminal:");
        screen.say(&format!("\n  pip install python-ironicclient\n  export OS_AUTH_TYPE=none OS_ENDPOINT={url}\n"));
        for line in [
            "baremetal node list".to_owned(),
            format!("baremetal node show {first} --fields name power_state provision_state driver_info"),
            format!("baremetal node power off {second}"),
            format!("baremetal node passthru list {first}"),
            format!("baremetal node passthru call {first} get_all_subscriptions --http-method GET"),
            format!("curl {url}/kamacite/v1/nodes/{third}/bmc"),
        ] {
            screen.say(&format!("  {}", screen.bold(&line)));
        }
        screen.say(&format!("\nThe log is {}.", self.folder.join(LOG).display()));
    }

    fn machines(&self) -> impl Iterator<Item = (&'static Machine, &'a SimBmc)> {
        MACHINES.iter().zip(self.rack.bmcs())
    }

    /// Does the same with every machine, at the same time.
    async fn each(&self, from: &str, does: impl AsyncFn(&Machine, &SimBmc, &Row) -> Told) -> Told {
        let rows: Vec<Row> = MACHINES.iter().map(|machine| Row::new(machine.name, from)).collect();
        let does = &does;
        let all = self.machines().zip(&rows).map(async |((machine, bmc), row)| {
            does(machine, bmc, row).await?;
            row.well();
            Ok(())
        });
        self.screen.show(&rows, try_join_all(all)).await.map(drop)
    }

    /// Asks for a change of the provision state, and says every state that is seen on the way.
    async fn provision(&self, machine: &Machine, verb: &str, wanted: &str, row: &Row) -> Told {
        self.ask(Method::PUT, &of(machine, "/states/provision"), json!({"target": verb})).await?;
        let arrived = |node: &Value| {
            let state = text(&node["provision_state"]);
            row.on_to(state);
            state == wanted && node["reservation"].is_null()
        };
        self.until(&of(machine, ""), arrived).await.map(drop)
    }

    async fn power(&self, machine: &Machine, target: &str) -> Told {
        self.ask(Method::PUT, &of(machine, "/states/power"), json!({"target": target})).await.map(drop)
    }

    async fn node(&self, machine: &Machine) -> Told<Value> {
        Ok(self.ask(Method::GET, &of(machine, ""), Value::Null).await?.body)
    }

    /// Asks for something that is there, or a change that is made or accepted.
    async fn ask(&self, method: Method, path: &str, body: Value) -> Told<Answer> {
        let request = || format!("{method} {path}");
        let answer = self.client.send(&method, path, &body).await;
        let answer = answer.map_err(|source| StoryError::Unanswered { request: request(), source })?;
        match answer.status {
            200..300 => Ok(answer),
            status => Err(StoryError::Refused { request: request(), status, answer: answer.body }),
        }
    }

    /// Reads something until it is as wanted.
    async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Told<Value> {
        let began = Instant::now();
        loop {
            let found = self.ask(Method::GET, path, Value::Null).await?.body;
            if wanted(&found) {
                return Ok(found);
            }
            if began.elapsed() > PATIENCE {
                return Err(StoryError::Late { path: path.to_owned(), found });
            }
            self.screen.pause(LOOK_AGAIN).await;
        }
    }
}

/// The path of a node, or of something of its.
fn of(machine: &Machine, rest: &str) -> String {
    format!("/v1/nodes/{}{rest}", machine.name)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("unknown")
}
