//! A BMC that does what a story tells it: answers, lies, loses packets, forgets sessions, hangs. It is made of the BMC's
//! side of `ipmi::wire`, and checks what it is sent.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ipmi::wire::{
    AuthenticationCapabilities, AuthenticationCapabilitiesRequest, CipherSuitesRequest, Datagram, Handshake, Keys,
    Message, OpenSession, OpenSessionRequest, OpenSessionResponse, PayloadType, Plus, Rakp1, Rakp2, Rakp2Answer, Rakp3,
    Rakp4, Status, SuiteRecords, Window, encode_sessionless, seal, seal_clear,
};
use ipmi::{Bmc, CipherSuite, Client, Limits, Password, Privilege, Target};
use tokio::net::UdpSocket;

pub const PASSWORD: &str = "correct-horse";

/// Get Device ID and what it answers unless told otherwise: the one everything does.
pub const DEVICE_ID: (u8, u8) = (0x06, 0x01);
pub const CHASSIS_STATUS: (u8, u8) = (0x00, 0x01);
pub const CHASSIS_CONTROL: (u8, u8) = (0x00, 0x02);
const SET_PRIVILEGE: (u8, u8) = (0x06, 0x3b);
const CLOSE_SESSION: (u8, u8) = (0x06, 0x3c);
pub const SEND_MESSAGE: (u8, u8) = (0x06, 0x34);

/// What the BMC does about one command in a session.
#[derive(Clone, Debug)]
pub enum Act {
    /// Answers with this completion code and data.
    Answer(u8, Vec<u8>),
    /// Carries it out, and does not answer.
    Silence,
    /// Answers after this time.
    Late(Duration, u8, Vec<u8>),
    /// Answers, twice.
    Twice(u8, Vec<u8>),
    /// Sends this in the session first, then answers.
    After(Vec<Message>, u8, Vec<u8>),
}

/// How the BMC is.
#[derive(Clone)]
pub struct Conduct {
    /// The suites it has, in the order it lists them.
    pub suites: Vec<CipherSuite>,
    /// Under which headers it answers Get Channel Cipher Suites: that of IPMI 1.5, that of RMCP+.
    pub lists_suites: [bool; 2],
    /// Whether it says nothing to a suite it does not have, rather than no.
    pub silent_about_suites: bool,
    pub ipmi_2_0: bool,
    /// The user, with any name but this refused.
    pub username: String,
    pub password: String,
    pub bmc_key: Option<Vec<u8>>,
    /// The user's highest privilege.
    pub limit: Privilege,
    /// How many sessions it has.
    pub slots: usize,
    /// How many packets it does not hear from now on, and how many of its own are then lost.
    pub deaf_for: usize,
    pub mute_for: usize,
    /// Whether the first answer to RAKP message 1 comes late, with the second.
    pub late_rakp2: bool,
    /// Where it falls silent while a session is opened.
    pub silent_at: Option<PayloadType>,
}

impl Default for Conduct {
    fn default() -> Self {
        Self {
            suites: vec![CipherSuite::HmacSha1, CipherSuite::HmacSha256],
            lists_suites: [true, true],
            silent_about_suites: false,
            ipmi_2_0: true,
            username: "admin".to_owned(),
            password: PASSWORD.to_owned(),
            bmc_key: None,
            limit: Privilege::Administrator,
            slots: 4,
            deaf_for: 0,
            mute_for: 0,
            late_rakp2: false,
            silent_at: None,
        }
    }
}

/// A session of the BMC's side.
struct Session {
    handshake: Handshake,
    keys: Option<Keys>,
    window: Window,
    sequence: u32,
}

#[derive(Default)]
struct State {
    conduct: Conduct,
    script: HashMap<(u8, u8), VecDeque<Act>>,
    sessions: HashMap<u32, Session>,
    opened: u32,
    calls: Vec<Message>,
    /// Every datagram that was heard.
    heard: Vec<Vec<u8>>,
    /// An answer that comes late.
    late: Vec<Vec<u8>>,
    /// How long the next answers take.
    delay: Duration,
}

/// The BMC; it lives as long as the test's runtime.
pub struct Scripted {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

impl Scripted {
    pub async fn start() -> Self {
        Self::with(Conduct::default()).await
    }

    pub async fn with(conduct: Conduct) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = socket.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State { conduct, ..State::default() }));
        let device_id = vec![0x20, 1, 2, 0x34, 2, 0xbf, 0x7c, 0x2a, 0, 0x5d, 4];
        let its_state = state.clone();
        tokio::spawn(async move {
            let mut buffer = [0; 2048];
            // What ICMP brings about consoles that are gone is no reason to stop.
            loop {
                let Ok((length, console)) = socket.recv_from(&mut buffer).await else { continue };
                answer(&socket, &its_state, &buffer[..length], console).await;
            }
        });
        let scripted = Self { port, state };
        scripted.on(DEVICE_ID, [Act::Answer(0, device_id)]);
        scripted.on(CHASSIS_STATUS, [Act::Answer(0, vec![1, 0, 0])]);
        scripted.on(CHASSIS_CONTROL, [Act::Answer(0, vec![])]);
        scripted
    }

    /// Tells what to do about a command: act after act, the last one for ever. What the script does not know is an
    /// invalid command.
    pub fn on(&self, what: (u8, u8), acts: impl IntoIterator<Item = Act>) -> &Self {
        self.state.lock().unwrap().script.insert(what, acts.into_iter().collect());
        self
    }

    /// Changes how the BMC is.
    pub fn change(&self, change: impl FnOnce(&mut Conduct)) {
        change(&mut self.state.lock().unwrap().conduct);
    }

    /// The BMC restarts: no session is known any more.
    pub fn forget_sessions(&self) {
        self.state.lock().unwrap().sessions.clear();
    }

    pub fn sessions(&self) -> usize {
        self.state.lock().unwrap().sessions.len()
    }

    /// How many sessions were ever opened.
    pub fn opened(&self) -> u32 {
        self.state.lock().unwrap().opened
    }

    /// The commands that were carried out, those that concern sessions left out.
    pub fn calls(&self) -> Vec<Message> {
        let ours = |call: &&Message| ![SET_PRIVILEGE, CLOSE_SESSION].contains(&(call.netfn, call.command));
        self.state.lock().unwrap().calls.iter().filter(ours).cloned().collect()
    }

    pub fn count(&self, what: (u8, u8)) -> usize {
        self.calls().iter().filter(|call| (call.netfn, call.command) == what).count()
    }

    /// Every datagram that was heard, also what it made nothing of.
    pub fn heard(&self) -> Vec<Vec<u8>> {
        self.state.lock().unwrap().heard.clone()
    }

    pub fn target(&self) -> Target {
        Target { port: self.port, ..Target::new("127.0.0.1", "admin", Password::new(PASSWORD)) }
    }

    /// A client of this BMC, impatient enough for tests.
    pub fn client(&self) -> Bmc {
        self.client_of(self.target())
    }

    pub fn client_of(&self, target: Target) -> Bmc {
        Client::new(quick()).bmc(target).unwrap()
    }
}

/// Five attempts, the first ones a few milliseconds apart, so that losses cost little; loopback under load has the
/// sum of them.
pub fn quick() -> Limits {
    Limits {
        command_timeout: Duration::from_secs(20),
        attempts: 5,
        first_wait: Duration::from_millis(120),
        longest_wait: Duration::from_millis(480),
        ..Limits::default()
    }
}

/// Answers a datagram as the script has it; what has no sense gets no answer.
async fn answer(socket: &UdpSocket, state: &Mutex<State>, bytes: &[u8], console: SocketAddr) {
    let (answers, delay) = {
        let mut state = state.lock().unwrap();
        (state.hear(bytes), std::mem::take(&mut state.delay))
    };
    tokio::time::sleep(delay).await;
    for answer in answers {
        let _ = socket.send_to(&answer, console).await;
    }
}

impl State {
    fn hear(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        if self.conduct.deaf_for > 0 {
            self.conduct.deaf_for -= 1;
            return Vec::new();
        }
        self.heard.push(bytes.to_vec());
        let answers = match Datagram::decode(bytes) {
            Ok(Datagram::Sessionless(payload)) => {
                let response = self.outside(payload, self.conduct.lists_suites[0]);
                response.iter().map(|response| encode_sessionless(response).unwrap()).collect()
            }
            Ok(Datagram::Plus(packet)) if packet.session == 0 && packet.payload_type == PayloadType::Ipmi => {
                let response = self.outside(packet.clear().unwrap(), self.conduct.lists_suites[1]);
                response.iter().map(|response| seal_clear(PayloadType::Ipmi, response).unwrap()).collect()
            }
            Ok(Datagram::Plus(packet)) if packet.session == 0 => self.opening(&packet),
            Ok(Datagram::Plus(packet)) => self.inside(&packet).unwrap_or_default(),
            Ok(Datagram::Ping(_) | Datagram::Pong(_)) | Err(_) => Vec::new(),
        };
        if !answers.is_empty() && self.conduct.mute_for > 0 {
            self.conduct.mute_for -= 1;
            return Vec::new();
        }
        answers
    }

    /// The answer to a message outside of sessions.
    fn outside(&self, payload: &[u8], lists_suites: bool) -> Option<Vec<u8>> {
        let request = Message::decode(payload).unwrap();
        let response = match request.command {
            AuthenticationCapabilitiesRequest::COMMAND => {
                let capabilities = AuthenticationCapabilities {
                    channel: 1,
                    named_users: true,
                    bmc_key: self.conduct.bmc_key.is_some(),
                    ipmi_2_0: self.conduct.ipmi_2_0,
                    ipmi_1_5: true,
                    ..AuthenticationCapabilities::default()
                };
                request.response(0, &capabilities.encode())
            }
            CipherSuitesRequest::COMMAND if lists_suites => {
                let part = CipherSuitesRequest::decode(&request.data).unwrap().part;
                let suites = self.conduct.suites.iter().map(|suite| (suite.id(), suite.algorithms())).collect();
                let records = SuiteRecords { suites }.part(part);
                request.response(0, &[&[1], &records[..]].concat())
            }
            CipherSuitesRequest::COMMAND => return None,
            _ => request.response(0xc1, &[]),
        };
        Some(response.encode())
    }

    fn opening(&mut self, packet: &Plus<'_>) -> Vec<Vec<u8>> {
        if self.conduct.silent_at == Some(packet.payload_type) {
            return Vec::new();
        }
        let payload = packet.clear().unwrap();
        match packet.payload_type {
            PayloadType::OpenSessionRequest => self.open(&OpenSessionRequest::decode(payload).unwrap()),
            PayloadType::Rakp1 => self.rakp1(&Rakp1::decode(payload).unwrap()),
            PayloadType::Rakp3 => self.rakp3(&Rakp3::decode(payload).unwrap()),
            _ => Vec::new(),
        }
    }

    fn open(&mut self, request: &OpenSessionRequest) -> Vec<Vec<u8>> {
        let suite = CipherSuite::of(request.algorithms).filter(|suite| self.conduct.suites.contains(suite));
        let outcome = match suite {
            None if self.conduct.silent_about_suites => return Vec::new(),
            None => Err(Status::NoCipherSuite),
            Some(_) if self.sessions.len() >= self.conduct.slots => Err(Status::NoResources),
            Some(suite) => {
                self.opened += 1;
                let bmc_session = 0x0200_0000 | self.opened;
                let handshake = Handshake {
                    suite,
                    console_session: request.console_session,
                    bmc_session,
                    console_random: [0; 16],
                    bmc_random: std::array::from_fn(|at| at as u8 ^ self.opened as u8),
                    guid: [0x47; 16],
                    role: ipmi::wire::Role::from_byte(0),
                    username: Vec::new(),
                };
                let session = Session { handshake, keys: None, window: Window::default(), sequence: 0 };
                self.sessions.insert(bmc_session, session);
                Ok(OpenSession {
                    privilege: request.privilege,
                    console_session: request.console_session,
                    bmc_session,
                    algorithms: request.algorithms,
                })
            }
        };
        let response = OpenSessionResponse { tag: request.tag, outcome };
        vec![seal_clear(PayloadType::OpenSessionResponse, &response.encode()).unwrap()]
    }

    fn rakp1(&mut self, request: &Rakp1) -> Vec<Vec<u8>> {
        let conduct = self.conduct.clone();
        let (console_session, outcome) = match self.sessions.get_mut(&request.bmc_session) {
            None => (0, Err(Status::InvalidSession)),
            Some(session) if request.username != conduct.username.as_bytes() => {
                let console = session.handshake.console_session;
                self.sessions.remove(&request.bmc_session);
                (console, Err(Status::UnauthorizedName))
            }
            Some(session) => {
                let handshake = &mut session.handshake;
                handshake.console_random = request.console_random;
                // A new number for each message 1, so that a repetition is not the same exchange any more.
                handshake.bmc_random[15] = handshake.bmc_random[15].wrapping_add(0x10);
                handshake.role = request.role;
                handshake.username.clone_from(&request.username);
                let answer = Rakp2Answer {
                    bmc_random: handshake.bmc_random,
                    guid: handshake.guid,
                    code: handshake.rakp2_code(conduct.password.as_bytes()),
                };
                (handshake.console_session, Ok(answer))
            }
        };
        let response = Rakp2 { tag: request.tag, console_session, outcome };
        let mut answers = std::mem::take(&mut self.late);
        answers.push(seal_clear(PayloadType::Rakp2, &response.encode()).unwrap());
        if self.conduct.late_rakp2 {
            self.conduct.late_rakp2 = false;
            self.late = answers;
            return Vec::new();
        }
        answers
    }

    fn rakp3(&mut self, request: &Rakp3) -> Vec<Vec<u8>> {
        let conduct = self.conduct.clone();
        let Some(session) = self.sessions.get_mut(&request.bmc_session) else {
            return Vec::new();
        };
        let Ok(code) = &request.outcome else {
            self.sessions.remove(&request.bmc_session);
            return Vec::new();
        };
        let handshake = session.handshake.clone();
        let outcome = if Handshake::same(&handshake.rakp3_code(conduct.password.as_bytes()), code) {
            let keys = handshake.keys(conduct.password.as_bytes(), conduct.bmc_key.as_deref());
            let code = handshake.rakp4_code(&keys);
            session.keys = Some(keys);
            Ok(code)
        } else {
            self.sessions.remove(&request.bmc_session);
            Err(Status::InvalidCode)
        };
        let response = Rakp4 { tag: request.tag, console_session: handshake.console_session, outcome };
        vec![seal_clear(PayloadType::Rakp4, &response.encode()).unwrap()]
    }

    /// A packet of a session; `None` for what is thrown away.
    fn inside(&mut self, packet: &Plus<'_>) -> Option<Vec<Vec<u8>>> {
        let id = packet.session;
        let session = self.sessions.get_mut(&id)?;
        let payload = packet.open(session.keys.as_ref()?).ok()?;
        if !session.window.accept(packet.sequence) {
            return None;
        }
        let request = Message::decode(&payload).unwrap();
        let what = (request.netfn, request.command);
        self.calls.push(request.clone());
        let act = match what {
            SET_PRIVILEGE if request.data[0] > self.conduct.limit.number() => Act::Answer(0x81, vec![]),
            SET_PRIVILEGE => Act::Answer(0, request.data.clone()),
            CLOSE_SESSION => Act::Answer(0, vec![]),
            _ => next_act(&mut self.script, what),
        };
        if let Act::Late(time, ..) = act {
            self.delay = time;
        }
        let messages = match act {
            Act::Answer(code, data) | Act::Late(_, code, data) => vec![request.response(code, &data)],
            Act::Silence => vec![],
            Act::Twice(code, data) => vec![request.response(code, &data); 2],
            Act::After(mut first, code, data) => {
                first.push(request.response(code, &data));
                first
            }
        };
        let packets = messages.iter().map(|message| session.seal(message)).collect();
        if what == CLOSE_SESSION {
            self.sessions.remove(&id);
        }
        Some(packets)
    }
}

impl Session {
    fn seal(&mut self, message: &Message) -> Vec<u8> {
        self.sequence += 1;
        let keys = self.keys.as_ref().unwrap();
        let console = self.handshake.console_session;
        // No secret depends on this one.
        let initial = [self.sequence as u8; 16];
        seal(keys, PayloadType::Ipmi, console, self.sequence, initial, &message.encode()).unwrap()
    }
}

fn next_act(script: &mut HashMap<(u8, u8), VecDeque<Act>>, what: (u8, u8)) -> Act {
    match script.get_mut(&what) {
        Some(acts) if acts.len() > 1 => acts.pop_front().unwrap(),
        Some(acts) => acts[0].clone(),
        None => Act::Answer(0xc1, vec![]),
    }
}
