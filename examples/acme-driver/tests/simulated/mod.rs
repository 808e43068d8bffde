//! A simulated blade: a machine of Kamacite's simulator, with its Redfish BMC, in a chassis whose controller is here.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use kamacite_driver::{
    Json,
    conformance::{Ailment, ManualClock, Simulated},
    model::{Clock, PowerState, Secret, Timestamp},
    serde_json::{Value, json},
};
use kamacite_sim::{Account, Config, Fault, Rack, Rule, Setup, SimBmc, machine};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Mutex,
    task::AbortHandle,
};

/// What the controller asks for, and the BMC's password.
pub const SECRET: &str = "Xyzzy-4711";

/// A blade and its chassis; dropped, they are gone.
pub struct Blade {
    rack: Rack,
    chassis: Arc<Chassis>,
    address: SocketAddr,
    serving: AbortHandle,
}

struct Chassis {
    clock: Arc<ManualClock>,
    bmc: SimBmc,
    requests: AtomicU64,
    ailment: parking::Cell<Option<Ailment>>,
    /// The version, the next one, and when that is there.
    firmware: Mutex<(String, Option<(String, Timestamp)>)>,
}

impl Blade {
    pub async fn start(clock: Arc<ManualClock>) -> Self {
        let setup = Setup { account: Account::new("admin", SECRET), ..Setup::default() };
        let rack = Rack::start(Config { setup, ..Config::new(1) }, clock.clone()).await.expect("a free port");
        let chassis = Arc::new(Chassis {
            clock,
            bmc: rack.bmcs()[0].clone(),
            requests: AtomicU64::new(0),
            ailment: parking::Cell::default(),
            firmware: Mutex::new(("1.0".to_owned(), None)),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let serving = tokio::spawn(serve(listener, chassis.clone())).abort_handle();
        Self { rack, chassis, address, serving }
    }
}

impl Drop for Blade {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, chassis: Arc<Chassis>) {
    while let Ok((stream, _)) = listener.accept().await {
        let chassis = chassis.clone();
        tokio::spawn(async move { chassis.answer(BufReader::new(stream)).await });
    }
}

impl Chassis {
    async fn answer(&self, mut stream: BufReader<TcpStream>) {
        let mut line = String::new();
        let _ = stream.read_line(&mut line).await;
        self.requests.fetch_add(1, Ordering::SeqCst);
        let words: Vec<&str> = line.split_whitespace().collect();
        let answer = match self.ailment.get() {
            Some(Ailment::Silent) => std::future::pending().await,
            Some(Ailment::Busy) => "busy".to_owned(),
            Some(Ailment::Broken) => "error fan 3 is on fire".to_owned(),
            Some(Ailment::Refusing) => "denied".to_owned(),
            Some(Ailment::PowerStuck) | None => match words.as_slice() {
                [SECRET, request @ ..] => self.obey(request).await,
                _ => "denied".to_owned(),
            },
        };
        let _ = stream.write_all(format!("{answer}\n").as_bytes()).await;
    }

    async fn obey(&self, request: &[&str]) -> String {
        match request {
            ["version"] => "ok 4.2".to_owned(),
            ["power", "3"] => format!("ok {}", if self.is_on() { "on" } else { "off" }),
            ["power", "3", to] => {
                if self.ailment.get().is_none() {
                    let to = if *to == "on" { machine::PowerRequest::On } else { machine::PowerRequest::Off };
                    let _ = self.bmc.event(machine::Event::Power(to));
                }
                "ok".to_owned()
            }
            ["blink", "3", _] => "ok".to_owned(),
            ["firmware", "3"] => {
                let mut firmware = self.firmware.lock().await;
                if let Some((next, _)) = firmware.1.take_if(|(_, when)| *when <= self.clock.now()) {
                    firmware.0 = next;
                }
                format!("ok {} {}", firmware.0, if firmware.1.is_some() { "flashing" } else { "idle" })
            }
            ["flash", "3", version] => {
                let when = self.clock.now() + Duration::from_secs(100);
                self.firmware.lock().await.1 = Some(((*version).to_owned(), when));
                "ok".to_owned()
            }
            _ => "error no such slot or request".to_owned(),
        }
    }

    fn is_on(&self) -> bool {
        self.bmc.machine(|machine| matches!(machine.power(), machine::PowerState::On | machine::PowerState::PoweringOn))
    }
}

impl Simulated for Blade {
    fn driver_info(&self) -> Json {
        let said = json!({
            "acme_address": self.address.to_string(),
            "acme_slot": 3,
            "acme_token": SECRET,
            "redfish_address": self.rack.bmcs()[0].redfish_address(),
            "redfish_username": "admin",
            "redfish_password": SECRET,
        });
        said.as_object().cloned().expect("an object")
    }

    fn example(&self, method: &str) -> Option<Value> {
        (method == "chassis_version").then(|| json!({"address": self.address.to_string(), "token": SECRET}))
    }

    fn requests(&self) -> Option<u64> {
        Some(self.chassis.requests.load(Ordering::SeqCst) + self.chassis.bmc.with(|bmc, _| bmc.requests))
    }

    fn power(&self) -> Option<PowerState> {
        Some(if self.chassis.is_on() { PowerState::On } else { PowerState::Off })
    }

    fn boots(&self) -> Option<u32> {
        Some(self.chassis.bmc.machine(machine::Machine::boots))
    }

    /// Both the controller and the BMC go wrong.
    fn ail(&self, ailment: Ailment) -> bool {
        self.chassis.ailment.set(Some(ailment));
        let fault = match ailment {
            Ailment::Silent => Fault::Hang,
            Ailment::Busy => Fault::Unavailable { retry_after_s: None },
            Ailment::Broken => Fault::Status { status: 500 },
            Ailment::Refusing => Fault::Password { password: Secret::new("another".to_owned()) },
            Ailment::PowerStuck => Fault::PowerStuck { seconds: 1_000_000 },
        };
        self.chassis.bmc.fault(Rule::from(fault).times(0));
        true
    }
}

/// A value that is set and read whole.
mod parking {
    use std::sync::Mutex;

    #[derive(Default)]
    pub struct Cell<T>(Mutex<T>);

    impl<T: Copy> Cell<T> {
        pub fn get(&self) -> T {
            *self.0.lock().expect("nobody panicked")
        }

        pub fn set(&self, value: T) {
            *self.0.lock().expect("nobody panicked") = value;
        }
    }
}
