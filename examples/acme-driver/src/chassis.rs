//! The controller of a chassis: a line of text over TCP asks, a line of text answers.

use std::time::Duration;

use kamacite_driver::{
    Error, Interface, Property, Result, Services, SharedTask, async_trait,
    governor::{Credentials, Outcome, Refusal},
    model::{Node, options::Opt},
    serde_json::Value,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::timeout,
};

/// How long an answer may take. It stands in the configuration as `[acme]answer_timeout`.
pub const ANSWER_TIMEOUT: Opt<Duration> =
    Opt::new("acme", "answer_timeout", "5", "How long the controller of a chassis may take to answer, in seconds.");

/// What all of Acme's implementations share.
pub struct Chassis {
    pub services: Services,
    answer_timeout: Duration,
}

/// Which blade of which chassis a node is, and what lets us in.
pub struct Blade {
    pub address: String,
    pub slot: u64,
    token: String,
}

impl Blade {
    /// Reads what the node says; asks nobody.
    pub fn of(node: &Node) -> Result<Self> {
        let text = |key: &str| match node.driver_info.get(key) {
            None | Some(Value::Null) => Err(Error::missing(format!("driver_info says no {key}; set it on the node"))),
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(text.clone()),
            Some(_) => Err(Error::invalid(format!("driver_info/{key} is no text, or an empty one; correct it"))),
        };
        let slot = match node.driver_info.get("acme_slot") {
            None | Some(Value::Null) => {
                Err(Error::missing("driver_info says no acme_slot; set the number of the slot"))
            }
            // The command line may make a text of a number.
            Some(Value::String(text)) => Ok(text.parse().ok()),
            Some(other) => Ok(other.as_u64()),
        }?;
        let slot = slot.ok_or_else(|| Error::invalid("driver_info/acme_slot is no number; say that of the slot"))?;
        let token = match node.driver_info.get("acme_token") {
            None | Some(Value::Null) => "none".to_owned(),
            Some(_) => text("acme_token")?,
        };
        Ok(Self { address: text("acme_address")?, slot, token })
    }
}

impl Chassis {
    pub fn new(services: &Services) -> Self {
        Self { services: services.clone(), answer_timeout: services.options.get(&ANSWER_TIMEOUT) }
    }

    /// Asks about a blade.
    pub async fn ask(&self, blade: &Blade, request: &str) -> Result<String> {
        self.exchange(&blade.address, &blade.token, request).await
    }

    /// Asks a chassis, past its governor: a few requests at a time, none while it is known to be silent, and none with a
    /// token that it has refused.
    pub async fn exchange(&self, address: &str, token: &str, request: &str) -> Result<String> {
        let governor = self.services.bmcs.governors().of(address);
        let permit = governor.enter(Credentials::of("acme", token), request).await.map_err(|why| match why {
            Refusal::Silent { .. } => Error::busy(why.to_string()),
            Refusal::LockedOut { .. } => Error::hardware(why.to_string()),
        })?;
        let answer = timeout(self.answer_timeout, talk(address, &format!("{token} {request}\n"))).await;
        let (outcome, result) = match answer.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into())) {
            Ok(answer) => understand(address, &answer),
            Err(why) => {
                let words = format!("{address} does not answer; look at its network and at [acme]answer_timeout");
                (Outcome::Silent(why.to_string()), Err(Error::hardware(words).because(why)))
            }
        };
        permit.done(outcome);
        result
    }
}

async fn talk(address: &str, line: &str) -> std::io::Result<String> {
    let mut stream = BufReader::new(TcpStream::connect(address).await?);
    stream.write_all(line.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_line(&mut answer).await?;
    Ok(answer.trim().to_owned())
}

/// Who has to act: a client (`invalid`, `missing`, `not_found`), somebody at the hardware (`hardware`), or nobody (`busy`).
fn understand(address: &str, answer: &str) -> (Outcome, Result<String>) {
    let (word, rest) = answer.split_once(' ').unwrap_or((answer, ""));
    match word {
        "ok" => (Outcome::Answered("ok".to_owned()), Ok(rest.to_owned())),
        "busy" => (
            Outcome::Answered("busy".to_owned()),
            Err(Error::busy(format!("{address} is busy; the same call works later"))),
        ),
        "denied" => (
            Outcome::Refused("denied".to_owned()),
            Err(Error::hardware(format!("{address} refuses the token; correct driver_info/acme_token"))),
        ),
        _ => (
            Outcome::Answered(answer.to_owned()),
            Err(Error::hardware(format!("{address} answers {answer:?}; look at its own log"))),
        ),
    }
}

#[async_trait]
impl Interface for Chassis {
    fn properties(&self) -> Vec<Property> {
        vec![
            Property::required("acme_address", "Host and port of the chassis' controller. Required."),
            Property::required("acme_slot", "The number of the blade's slot, from 1. Required."),
            Property::optional("acme_token", "The token that the controller asks for. Optional."),
        ]
    }

    async fn validate(&self, task: &SharedTask) -> Result<()> {
        Blade::of(&task.node()).map(drop)
    }
}
