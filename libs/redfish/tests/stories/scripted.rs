//! A BMC that does what a story tells it: answers, lies, hangs, drops the line.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use redfish::{Auth, Bmc, Client, Limits, Password, Target, Verify};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What the BMC does about one request.
#[derive(Clone, Debug)]
pub enum Act {
    /// Answers.
    Answer { status: u16, headers: Vec<(String, String)>, body: Vec<u8> },
    /// Announces the body and sends half of it.
    Half(Vec<u8>),
    /// Sends a body that never ends.
    Flood,
    /// Says nothing, and keeps the line.
    Hang,
    /// Hangs up.
    Drop,
}

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Call {
    /// Verb and path, as in `GET /redfish/v1/`.
    pub what: String,
    /// Header names in lower case.
    pub headers: HashMap<String, String>,
    pub body: String,
}

impl Call {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// The BMC; it lives as long as the test's runtime.
pub struct Scripted {
    pub port: u16,
    script: Script,
    calls: Calls,
}

type Script = Arc<Mutex<HashMap<String, VecDeque<Act>>>>;
type Calls = Arc<Mutex<Vec<Call>>>;

impl Scripted {
    pub async fn start() -> Self {
        Self::serve(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    pub fn serve(listener: TcpListener) -> Self {
        let (script, calls) = (Script::default(), Calls::default());
        let port = listener.local_addr().unwrap().port();
        let (its_script, its_calls) = (script.clone(), calls.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, its_script.clone(), its_calls.clone()));
            }
        });
        Self { port, script, calls }
    }

    /// Tells what to do about a request: act after act, the last one for ever. What the script
    /// does not know is not found.
    pub fn on(&self, what: &str, acts: impl IntoIterator<Item = Act>) -> &Self {
        self.script.lock().unwrap().insert(what.to_owned(), acts.into_iter().collect());
        self
    }

    /// Gives the BMC a resource.
    pub fn has(&self, path: &str, body: Value) -> &Self {
        self.on(&format!("GET {path}"), [ok(body)])
    }

    pub fn forget(&self, what: &str) {
        self.script.lock().unwrap().remove(what);
    }

    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// How often this was asked.
    pub fn count(&self, what: &str) -> usize {
        self.calls().iter().filter(|call| call.what == what).count()
    }

    /// The last request of this kind.
    #[track_caller]
    pub fn last(&self, what: &str) -> Call {
        self.calls().into_iter().rfind(|call| call.what == what).unwrap_or_else(|| panic!("no {what}"))
    }

    pub fn target(&self) -> Target {
        target(&format!("http://127.0.0.1:{}", self.port))
    }

    /// A client of this BMC, impatient enough for tests.
    pub fn client(&self) -> Bmc {
        self.client_of(self.target())
    }

    /// A client of this BMC as the target describes it.
    pub fn client_of(&self, target: Target) -> Bmc {
        Client::new(quick()).bmc(target).unwrap()
    }
}

pub fn target(address: &str) -> Target {
    Target {
        address: address.to_owned(),
        username: Some("admin".to_owned()),
        password: Password::new("correct horse"),
        verify: Verify::No,
        minimum_tls: None,
        ciphers: None,
        auth: Auth::Basic,
        system_id: None,
    }
}

/// Three attempts a millisecond apart; five seconds are far more than loopback needs.
pub fn quick() -> Limits {
    Limits {
        connect_timeout: Duration::from_secs(5),
        request_timeout: Duration::from_secs(5),
        attempts: 3,
        first_wait: Duration::from_millis(1),
        longest_wait: Duration::from_millis(2),
        longest_task: Duration::from_secs(5),
        largest_reply: 64 << 10,
        environment_proxies: false,
    }
}

/// 200 with this body.
pub fn ok(body: Value) -> Act {
    status(200, body)
}

pub fn status(status: u16, body: Value) -> Act {
    text(status, &body.to_string())
}

pub fn text(status: u16, body: &str) -> Act {
    Act::Answer { status, headers: vec![], body: body.as_bytes().to_vec() }
}

/// A Redfish error.
pub fn error(code: u16, message: &str) -> Act {
    status(code, json!({"error": {"@Message.ExtendedInfo": [{"Message": message}]}}))
}

impl Act {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Act::Answer { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

async fn converse(stream: TcpStream, script: Script, calls: Calls) {
    let mut stream = BufReader::new(stream);
    while let Some(call) = read_call(&mut stream).await {
        let act = next_act(&script, &call.what);
        calls.lock().unwrap().push(call);
        match act {
            Act::Answer { status, headers, body } => {
                let mut head = format!("HTTP/1.1 {status} Scripted\r\nContent-Length: {}\r\n", body.len());
                for (name, value) in headers {
                    head.push_str(&format!("{name}: {value}\r\n"));
                }
                let reply = [format!("{head}\r\n").into_bytes(), body].concat();
                if stream.write_all(&reply).await.is_err() {
                    return;
                }
            }
            Act::Half(body) => {
                let head = format!("HTTP/1.1 200 Scripted\r\nContent-Length: {}\r\n\r\n", body.len());
                let reply = [head.as_bytes(), &body[..body.len() / 2]].concat();
                let _ = stream.write_all(&reply).await;
                return;
            }
            Act::Flood => {
                let _ = stream.write_all(b"HTTP/1.1 200 Scripted\r\nTransfer-Encoding: chunked\r\n\r\n").await;
                let chunk = format!("400\r\n{}\r\n", " ".repeat(0x400));
                while stream.write_all(chunk.as_bytes()).await.is_ok() {}
                return;
            }
            Act::Hang => std::future::pending().await,
            Act::Drop => return,
        }
    }
}

fn next_act(script: &Script, what: &str) -> Act {
    match script.lock().unwrap().get_mut(what) {
        Some(acts) if acts.len() > 1 => acts.pop_front().unwrap(),
        Some(acts) => acts[0].clone(),
        None => error(404, "No such resource."),
    }
}

async fn read_call(stream: &mut BufReader<TcpStream>) -> Option<Call> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.lines();
    let what = lines.next()?.trim_end_matches(" HTTP/1.1").to_owned();
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Call { what, headers, body: String::from_utf8(body).unwrap() })
}
