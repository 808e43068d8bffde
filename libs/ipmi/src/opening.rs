//! The opening of a session: who is there, which suite, and the proofs of RAKP.

use tokio::time::{Instant, sleep};

use crate::completion::Completion;
use crate::error::{Asked, Error, Result, Stage};
use crate::limits::{Limits, chance};
use crate::link::{Link, Patience, Silence};
use crate::request::Request;
use crate::session::{Ended, Session};
use crate::target::Target;
use crate::wire::{
    AuthenticationCapabilities, AuthenticationCapabilitiesRequest, CipherSuite, CipherSuitesRequest, Datagram,
    Handshake, Malformed, Message, NETFN_APP, OpenSession, OpenSessionRequest, OpenSessionResponse, PRESENT_CHANNEL,
    PayloadType, Privilege, Rakp1, Rakp2, Rakp2Answer, Rakp3, Rakp4, Role, Status, SuiteRecords, encode_sessionless,
    seal_clear,
};

const SET_SESSION_PRIVILEGE: u8 = 0x3b;

/// How often a question is sent that can be done without.
const FEW: u32 = 2;

/// Opens a session: with the suite that is known to work, or with the best the BMC has.
pub(crate) async fn open(
    target: &Target,
    limits: &Limits,
    deadline: Instant,
    known: Option<CipherSuite>,
) -> Result<(Session, CipherSuite)> {
    let opening = Opening { target, limits, deadline };
    let mut attempt = 1;
    loop {
        match opening.attempt(known).await {
            // Somebody else's session may end.
            Err(Error::NoFreeSession { address, status, .. }) => {
                let wait = limits.wait(attempt, chance());
                if attempt >= limits.attempts() || Instant::now() + wait >= deadline {
                    return Err(Error::NoFreeSession { address, attempts: attempt, status });
                }
                sleep(wait).await;
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}

/// Asks what the BMC speaks, without opening a session.
pub(crate) async fn authentication_capabilities(
    target: &Target,
    limits: &Limits,
) -> Result<AuthenticationCapabilities> {
    let deadline = Instant::now() + limits.command_timeout;
    let opening = Opening { target, limits, deadline };
    let data = opening.ask_capabilities(&Link::open(target, deadline).await?).await?;
    let asked = || Asked {
        what: "Get Channel Authentication Capabilities",
        netfn: NETFN_APP,
        command: AuthenticationCapabilitiesRequest::COMMAND,
        address: target.shown(),
    };
    let malformed = |problem| Error::Malformed { asked: asked(), problem };
    match data.split_first() {
        Some((0, data)) => AuthenticationCapabilities::decode(data).map_err(malformed),
        Some((code, _)) => Err(Error::Completion { asked: asked(), code: Completion(*code) }),
        None => Err(malformed(Malformed::Short { what: "the answer", wanted: 1, left: 0 })),
    }
}

struct Opening<'a> {
    target: &'a Target,
    limits: &'a Limits,
    deadline: Instant,
}

/// A session as far as its first exchange.
struct Begun {
    link: Link,
    suite: CipherSuite,
    session: OpenSession,
}

/// Why a session did not come about with a suite.
enum Failure {
    /// The BMC does not have the suite.
    Suite,
    /// The BMC answered differently to a message and to its repetition, which the proofs do not survive.
    Confused(Error),
    Other(Error),
}

impl Opening<'_> {
    async fn attempt(&self, known: Option<CipherSuite>) -> Result<(Session, CipherSuite)> {
        let link = Link::open(self.target, self.deadline).await?;
        let capabilities = self.capabilities(&link).await?;
        if capabilities.is_some_and(|capabilities| !capabilities.ipmi_2_0) {
            return Err(Error::OldProtocol { address: self.target.shown() });
        }
        let mut offered = None;
        let candidates = match self.target.suite.or(known) {
            Some(suite) => vec![suite],
            None => {
                let records = self.records(&link).await;
                let candidates = candidates(&records);
                offered = Some(records);
                candidates
            }
        };
        for (at, suite) in candidates.iter().enumerate() {
            let last = at + 1 == candidates.len();
            match self.with_suite(*suite, last).await {
                Ok(session) => return Ok((session, *suite)),
                Err(Failure::Suite) => {}
                Err(Failure::Confused(e) | Failure::Other(e)) => return Err(e),
            }
        }
        let records = match offered {
            Some(records) => records,
            None => self.records(&link).await,
        };
        let offered = records.suites.iter().map(|(id, _)| *id).collect();
        Err(Error::Suite { address: self.target.shown(), wanted: candidates, offered })
    }

    /// What the BMC speaks. `None` if it answers and does not want to tell.
    async fn capabilities(&self, link: &Link) -> Result<Option<AuthenticationCapabilities>> {
        Ok(match self.ask_capabilities(link).await?.split_first() {
            Some((0, data)) => AuthenticationCapabilities::decode(data).ok(),
            _ => None,
        })
    }

    /// Completion code and data of the answer.
    async fn ask_capabilities(&self, link: &Link) -> Result<Vec<u8>> {
        let data = AuthenticationCapabilitiesRequest::of(self.target.privilege).encode();
        let question = Message::request(NETFN_APP, 0, AuthenticationCapabilitiesRequest::COMMAND, data);
        let answer = self.ask_sessionless(link, self.limits.attempts(), &question, None).await;
        answer.map_err(|silence| {
            silence.or_network(self.target, |silence| Error::Dead {
                address: self.target.shown(),
                attempts: silence.attempts,
                waited: silence.waited,
                refused: silence.refused,
            })
        })
    }

    /// The suites the BMC lists; none if it does not.
    async fn records(&self, link: &Link) -> SuiteRecords {
        let mut bytes = Vec::new();
        for part in 0..CipherSuitesRequest::MOST_PARTS {
            let data = CipherSuitesRequest { channel: PRESENT_CHANNEL, part }.encode();
            let request = Message::request(NETFN_APP, 0, CipherSuitesRequest::COMMAND, data);
            // Its number tells the answer from a late one about another part.
            let question = Message { sequence: part, ..request };
            // BMCs take this one under one header, or the other, or both. That they do not answer says little, so that
            // both are sent at once rather than one after the other.
            let also = seal_clear(PayloadType::Ipmi, &question.encode()).ok();
            let Ok(answer) = self.ask_sessionless(link, FEW, &question, also).await else { break };
            // Completion code and channel come before the records.
            let ([0, _, records @ ..], false) = (&answer[..], answer.len() > 2 + SuiteRecords::PART) else { break };
            bytes.extend(records);
            if records.len() < SuiteRecords::PART {
                break;
            }
        }
        SuiteRecords::decode(&bytes)
    }

    /// Asks outside of any session, under a header of IPMI 1.5, and by this other packet too; completion code and data.
    async fn ask_sessionless(
        &self,
        link: &Link,
        attempts: u32,
        question: &Message,
        also: Option<Vec<u8>>,
    ) -> Result<Vec<u8>, Silence> {
        let packet = || {
            also.iter().for_each(|packet| link.mention(packet));
            encode_sessionless(&question.encode()).map(Some).map_err(std::io::Error::other)
        };
        let accept = |bytes: &[u8]| {
            let payload = match Datagram::decode(bytes).ok()? {
                Datagram::Sessionless(payload) => payload,
                Datagram::Plus(packet) if packet.payload_type == PayloadType::Ipmi => packet.clear().ok()?,
                Datagram::Plus(_) | Datagram::Ping(_) | Datagram::Pong(_) => return None,
            };
            let message = Message::decode(payload).ok()?;
            message.answers(question).then_some(message.data)
        };
        link.ask(&self.patience(attempts), packet, accept).await
    }

    /// Opens a session with this suite. A BMC that is not the last hope and says nothing is taken not to have it.
    async fn with_suite(&self, suite: CipherSuite, last: bool) -> Result<Session, Failure> {
        match self.once_with_suite(suite, last).await {
            Err(Failure::Confused(_)) => self.once_with_suite(suite, last).await,
            outcome => outcome,
        }
    }

    async fn once_with_suite(&self, suite: CipherSuite, last: bool) -> Result<Session, Failure> {
        let begun = self.begin(suite, last).await?;
        let (handshake, resent) = self.rakp_1_and_2(&begun).await?;
        let mut session = match self.rakp_3_and_4(begun.link, &handshake).await {
            Err(Failure::Other(e)) if resent => return Err(Failure::Confused(e)),
            outcome => outcome?,
        };
        // A session cannot be told to have this one (22.18): it is what there is without telling.
        if self.target.privilege != Privilege::Callback {
            self.set_privilege(&mut session).await.map_err(Failure::Other)?;
        }
        Ok(session)
    }

    /// Open Session Request and Response.
    async fn begin(&self, suite: CipherSuite, last: bool) -> Result<Begun, Failure> {
        // A socket of its own: what comes late for another attempt is not heard.
        let link = Link::open(self.target, self.deadline).await.map_err(Failure::Other)?;
        let [session, tag] = self.random()?;
        let request = OpenSessionRequest {
            tag: tag as u8,
            privilege: self.target.privilege.number(),
            console_session: session.max(1),
            algorithms: suite.algorithms(),
        };
        let answer = |payload: &[u8]| {
            let response = OpenSessionResponse::decode(payload).ok()?;
            let ours = response.outcome.is_err()
                || response.outcome.is_ok_and(|open| open.console_session == request.console_session);
            (response.tag == request.tag && ours).then_some(response.outcome)
        };
        let kinds = (PayloadType::OpenSessionRequest, PayloadType::OpenSessionResponse);
        let attempts = if last { self.limits.attempts() } else { FEW.min(self.limits.attempts()) };
        let outcome = self.ask_clear(&link, attempts, kinds, request.encode(), answer).await;
        let (outcome, _) = match outcome {
            Ok(outcome) => outcome,
            Err(_) if !last => return Err(Failure::Suite),
            Err(silence) => return Err(self.stalled(silence, Stage::OpenSession)),
        };
        let session = outcome.map_err(|status| self.refused(Stage::OpenSession, status))?;
        // Whoever agrees to another suite than was asked for is not to be trusted with it.
        if session.algorithms != suite.algorithms() || session.bmc_session == 0 {
            return Err(Failure::Suite);
        }
        Ok(Begun { link, suite, session })
    }

    /// RAKP messages 1 and 2: the BMC's proof. True if message 1 was sent more than once.
    async fn rakp_1_and_2(&self, begun: &Begun) -> Result<(Handshake, bool), Failure> {
        let (console_random, tag) = (self.random::<4>()?, self.random::<1>()?);
        let mut random = [0; 16];
        random.chunks_mut(4).zip(console_random).for_each(|(to, from)| to.copy_from_slice(&from.to_le_bytes()));
        let request = Rakp1 {
            tag: tag[0] as u8,
            bmc_session: begun.session.bmc_session,
            console_random: random,
            role: Role::of(self.target.privilege),
            username: self.target.username.as_bytes().to_vec(),
        };
        let answer = |payload: &[u8]| {
            let message = Rakp2::decode(payload).ok()?;
            let ours = message.outcome.is_err() || message.console_session == begun.session.console_session;
            (message.tag == request.tag && ours).then_some(message.outcome)
        };
        let kinds = (PayloadType::Rakp1, PayloadType::Rakp2);
        let attempts = self.limits.attempts();
        let outcome = self.ask_clear(&begun.link, attempts, kinds, request.encode(), answer).await;
        let (outcome, sent) = outcome.map_err(|silence| self.stalled(silence, Stage::Rakp1))?;
        let Rakp2Answer { bmc_random, guid, code } = outcome.map_err(|status| self.refused(Stage::Rakp1, status))?;
        let handshake = Handshake {
            suite: begun.suite,
            console_session: begun.session.console_session,
            bmc_session: begun.session.bmc_session,
            console_random: request.console_random,
            bmc_random,
            guid,
            role: request.role,
            username: request.username,
        };
        if !Handshake::same(&handshake.rakp2_code(self.target.password.reveal()), &code) {
            // It need not wait for a proof that would not be accepted, nor count it as an attempt to break in.
            self.give_up(begun);
            return Err(Failure::Other(Error::Password {
                address: self.target.shown(),
                username: self.target.username.clone(),
            }));
        }
        Ok((handshake, sent > 1))
    }

    fn give_up(&self, begun: &Begun) {
        let message = Rakp3 { tag: 0, bmc_session: begun.session.bmc_session, outcome: Err(Status::InvalidCode) };
        if let Ok(packet) = seal_clear(PayloadType::Rakp3, &message.encode()) {
            begun.link.mention(&packet);
        }
    }

    /// RAKP messages 3 and 4: our proof, and that both have the same keys.
    async fn rakp_3_and_4(&self, link: Link, handshake: &Handshake) -> Result<Session, Failure> {
        let password = self.target.password.reveal();
        let [tag] = self.random()?;
        let tag = tag as u8;
        let bmc_session = handshake.bmc_session;
        let request = Rakp3 { tag, bmc_session, outcome: Ok(handshake.rakp3_code(password)) };
        let answer = |payload: &[u8]| {
            let message = Rakp4::decode(payload).ok()?;
            let ours = message.outcome.is_err() || message.console_session == handshake.console_session;
            (message.tag == tag && ours).then_some(message.outcome)
        };
        let kinds = (PayloadType::Rakp3, PayloadType::Rakp4);
        let outcome = self.ask_clear(&link, self.limits.attempts(), kinds, request.encode(), answer).await;
        let (outcome, sent) = outcome.map_err(|silence| self.stalled(silence, Stage::Rakp3))?;
        let code = outcome.map_err(|status| match status {
            // It had taken the first message 3, and its answer was lost.
            Status::InactiveSession | Status::InvalidSession if sent > 1 => {
                Failure::Confused(self.refusal(Stage::Rakp3, status))
            }
            status => self.refused(Stage::Rakp3, status),
        })?;
        let keys = handshake.keys(password, self.target.key.as_ref().map(|key| key.reveal()));
        if !Handshake::same(&handshake.rakp4_code(&keys), &code) {
            let given = self.target.key.is_some();
            return Err(Failure::Other(Error::BmcKey { address: self.target.shown(), given }));
        }
        Ok(Session::new(link, keys, bmc_session, handshake.console_session))
    }

    async fn set_privilege(&self, session: &mut Session) -> Result<()> {
        let privilege = self.target.privilege;
        let data = [privilege.number()];
        let request = Request::settling("Set Session Privilege Level", NETFN_APP, SET_SESSION_PRIVILEGE, &data);
        let ended = session.ask(&self.patience(self.limits.attempts()), &request, None).await;
        let asked = || request.asked(&self.target.shown());
        match ended.map_err(|silence| self.stall(silence, Stage::Privilege))? {
            Ended::Answered(Completion::OK, _) => Ok(()),
            Ended::Answered(code, _) if privilege_refused(code) => Err(Error::Privilege {
                address: self.target.shown(),
                username: self.target.username.clone(),
                privilege,
                why: code.to_string(),
            }),
            Ended::Answered(code, _) | Ended::NotPassedOn(code) => Err(Error::Completion { asked: asked(), code }),
            Ended::Malformed(problem) => Err(Error::Malformed { asked: asked(), problem }),
            Ended::SilentBehind(silence) => Err(self.stall(silence, Stage::Privilege)),
        }
    }

    /// Sends a message that opens a session, until `answer` takes one. Also how often it was sent.
    async fn ask_clear<T>(
        &self,
        link: &Link,
        attempts: u32,
        (kind, answer_kind): (PayloadType, PayloadType),
        payload: Vec<u8>,
        mut answer: impl FnMut(&[u8]) -> Option<T>,
    ) -> Result<(T, u32), Silence> {
        let mut sent = 0;
        let packet = || {
            sent += 1;
            seal_clear(kind, &payload).map(Some).map_err(std::io::Error::other)
        };
        let accept = |bytes: &[u8]| match Datagram::decode(bytes).ok()? {
            Datagram::Plus(packet) if packet.payload_type == answer_kind => answer(packet.clear().ok()?),
            Datagram::Plus(_) | Datagram::Sessionless(_) | Datagram::Ping(_) | Datagram::Pong(_) => None,
        };
        let answer = link.ask(&self.patience(attempts), packet, accept).await?;
        Ok((answer, sent))
    }

    fn patience(&self, attempts: u32) -> Patience<'_> {
        Patience { limits: self.limits, attempts, deadline: self.deadline }
    }

    fn random<const N: usize>(&self) -> Result<[u32; N], Failure> {
        let mut numbers = [0; N];
        for number in &mut numbers {
            *number = getrandom::u32().map_err(|e| {
                Failure::Other(Error::Network { address: self.target.shown(), source: std::io::Error::from(e) })
            })?;
        }
        Ok(numbers)
    }

    fn stalled(&self, silence: Silence, stage: Stage) -> Failure {
        Failure::Other(self.stall(silence, stage))
    }

    fn stall(&self, silence: Silence, stage: Stage) -> Error {
        let address = self.target.shown();
        silence.or_network(self.target, |silence| Error::Stalled { address, stage, attempts: silence.attempts })
    }

    fn refused(&self, stage: Stage, status: Status) -> Failure {
        match status {
            Status::InvalidAuthentication
            | Status::InvalidIntegrity
            | Status::NoAuthentication
            | Status::NoIntegrity
            | Status::InvalidConfidentiality
            | Status::NoCipherSuite => Failure::Suite,
            status => Failure::Other(self.refusal(stage, status)),
        }
    }

    fn refusal(&self, stage: Stage, status: Status) -> Error {
        let (address, username) = (self.target.shown(), self.target.username.clone());
        match status {
            Status::NoResources | Status::NoResourcesForRole => Error::NoFreeSession { address, attempts: 1, status },
            Status::UnauthorizedName | Status::InvalidNameLength => Error::Username { address, username, status },
            Status::InvalidRole | Status::UnauthorizedRole => {
                Error::Privilege { address, username, privilege: self.target.privilege, why: status.to_string() }
            }
            Status::InvalidCode => Error::Password { address, username },
            Status::Ok
            | Status::InvalidSession
            | Status::InvalidPayload
            | Status::InvalidAuthentication
            | Status::InvalidIntegrity
            | Status::NoAuthentication
            | Status::NoIntegrity
            | Status::InactiveSession
            | Status::UnauthorizedGuid
            | Status::InvalidConfidentiality
            | Status::NoCipherSuite
            | Status::IllegalParameter
            | Status::Other(_) => Error::Refused { address, stage, status },
        }
    }
}

/// The suites to try, in order: those of ours that the BMC lists; all of ours if it lists none of them, for lists are
/// wrong at times.
fn candidates(records: &SuiteRecords) -> Vec<CipherSuite> {
    let listed: Vec<_> = CipherSuite::ALL.into_iter().filter(|suite| records.offers(suite.algorithms())).collect();
    if listed.is_empty() { CipherSuite::ALL.to_vec() } else { listed }
}

/// The codes of Set Session Privilege Level (IPMI 2.0 22.18), and the general ones for lack of privilege.
fn privilege_refused(code: Completion) -> bool {
    [Completion(0x80), Completion(0x81), Completion(0x82), Completion::PRIVILEGE, Completion::INVALID_FIELD]
        .contains(&code)
}
