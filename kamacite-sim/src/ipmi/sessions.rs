//! Sessions of RMCP+: the handshake from the BMC's side, and what a packet of a session must be to be heard.

use ipmi::{
    CipherSuite, Privilege,
    wire::{
        Handshake, Keys, Message, OpenSession, OpenSessionRequest, OpenSessionResponse, PayloadType, Plus, Rakp1,
        Rakp2, Rakp2Answer, Rakp3, Rakp4, Role, Status, Window, seal,
    },
};
use kamacite_model::Timestamp;

use crate::{bmc::Bmc, machine::after};

use super::{After, Call, Twist, bridge, carry_out, hear::Opening};

/// A session nobody uses ends after so long (IPMI 2.0 6.12.15).
const IDLE_MS: u32 = 60_000;

/// So long may it take to open one.
const OPENING_MS: u32 = 15_000;

/// A session, also one that is being opened.
#[derive(Debug)]
pub(super) struct Session {
    /// The BMC's number of it.
    id: u32,
    /// The console's number of it.
    console: u32,
    /// What was said so far; kept until a packet shows that the console has heard the end of it.
    handshake: Option<Box<Handshake>>,
    /// There are some once the console has proved who it is.
    keys: Option<Box<Keys>>,
    window: Window,
    sequence: u32,
    /// What it may do now.
    privilege: Privilege,
    /// What it may ask for.
    limit: Privilege,
    used: Timestamp,
}

impl Session {
    fn over(&self, now: Timestamp) -> bool {
        let being_opened = self.keys.is_none() && self.handshake.is_some();
        now >= after(self.used, if being_opened { OPENING_MS } else { IDLE_MS })
    }

    fn seal(&mut self, message: &Message, initial: [u8; 16]) -> Option<Vec<u8>> {
        self.sequence = self.sequence.wrapping_add(1).max(1);
        let keys = self.keys.as_deref()?;
        seal(keys, PayloadType::Ipmi, self.console, self.sequence, initial, &message.encode()).ok()
    }
}

/// Ends sessions that nobody used.
pub(super) fn expire(bmc: &mut Bmc, now: Timestamp) {
    if let Some(state) = &mut bmc.ipmi {
        state.sessions.retain(|session| !session.over(now));
    }
}

/// Takes every place that is left, until they time out.
pub(crate) fn fill(bmc: &mut Bmc, now: Timestamp) {
    while bmc.ipmi_sessions() < usize::from(bmc.vendor.ipmi.sessions) {
        let id = new_id(bmc);
        let session = Session {
            id,
            console: 0,
            handshake: None,
            keys: None,
            window: Window::default(),
            sequence: 0,
            privilege: Privilege::User,
            limit: Privilege::User,
            used: now,
        };
        bmc.ipmi().sessions.push(session);
    }
}

/// Does a step of opening a session: the type of the answer and its payload.
pub(super) fn open(bmc: &mut Bmc, opening: &Opening, now: Timestamp) -> Option<(PayloadType, Vec<u8>)> {
    match opening {
        Opening::Request(request) => Some((PayloadType::OpenSessionResponse, begin(bmc, request, now).encode())),
        Opening::Rakp1(request) => Some((PayloadType::Rakp2, rakp1(bmc, request, now).encode())),
        Opening::Rakp3(request) => Some((PayloadType::Rakp4, rakp3(bmc, request, now)?.encode())),
    }
}

fn begin(bmc: &mut Bmc, request: &OpenSessionRequest, now: Timestamp) -> OpenSessionResponse {
    let refused = |status| OpenSessionResponse { tag: request.tag, outcome: Err(status) };
    let Some(suite) = CipherSuite::of(request.algorithms).filter(|suite| bmc.settings.suites.contains(suite)) else {
        return refused(Status::NoCipherSuite);
    };
    if bmc.ipmi_sessions() >= usize::from(bmc.vendor.ipmi.sessions) {
        return refused(Status::NoResources);
    }
    let limit = bmc.settings.privilege;
    let asked = Privilege::from_number(request.privilege).unwrap_or(limit);
    let (id, guid) = (new_id(bmc), guid(bmc));
    let mut bmc_random = [0; 16];
    bmc_random[..8].copy_from_slice(&bmc.random.next().to_le_bytes());
    bmc_random[8..].copy_from_slice(&bmc.random.next().to_le_bytes());
    let handshake = Handshake {
        suite,
        console_session: request.console_session,
        bmc_session: id,
        console_random: [0; 16],
        bmc_random,
        guid,
        role: Role::from_byte(0),
        username: Vec::new(),
    };
    bmc.ipmi().sessions.push(Session {
        id,
        console: request.console_session,
        handshake: Some(Box::new(handshake)),
        keys: None,
        window: Window::default(),
        sequence: 0,
        privilege: Privilege::User,
        limit,
        used: now,
    });
    let outcome = OpenSession {
        privilege: asked.min(limit).number(),
        console_session: request.console_session,
        bmc_session: id,
        algorithms: suite.algorithms(),
    };
    OpenSessionResponse { tag: request.tag, outcome: Ok(outcome) }
}

/// RAKP messages 1 and 2. A message 1 that comes again gets the same answer.
fn rakp1(bmc: &mut Bmc, request: &Rakp1, now: Timestamp) -> Rakp2 {
    let account = bmc.account.clone();
    let limit = bmc.settings.privilege;
    let refused = |console_session, status| Rakp2 { tag: request.tag, console_session, outcome: Err(status) };
    let sessions = &mut bmc.ipmi().sessions;
    let Some(at) = sessions.iter().position(|session| session.id == request.bmc_session) else {
        return refused(0, Status::InvalidSession);
    };
    let console = sessions[at].console;
    let refusal = match request.role.privilege {
        None => Some(Status::InvalidRole),
        Some(_) if request.username != account.username.as_bytes() => Some(Status::UnauthorizedName),
        Some(privilege) if privilege > limit => Some(Status::UnauthorizedRole),
        Some(_) if sessions[at].keys.is_some() => Some(Status::InvalidSession),
        Some(_) => None,
    };
    if let Some(status) = refusal {
        if sessions[at].keys.is_none() {
            sessions.remove(at);
        }
        return refused(console, status);
    }
    let session = &mut sessions[at];
    session.used = now;
    session.limit = request.role.privilege.unwrap_or(limit);
    let Some(handshake) = session.handshake.as_deref_mut() else {
        return refused(console, Status::InvalidSession);
    };
    handshake.console_random = request.console_random;
    handshake.role = request.role;
    handshake.username.clone_from(&request.username);
    let answer = Rakp2Answer {
        bmc_random: handshake.bmc_random,
        guid: handshake.guid,
        code: handshake.rakp2_code(account.password.expose().as_bytes()),
    };
    Rakp2 { tag: request.tag, console_session: console, outcome: Ok(answer) }
}

/// RAKP messages 3 and 4. A message 3 that comes again gets the same answer until the session is used. Nobody is told
/// of a session that was given up.
fn rakp3(bmc: &mut Bmc, request: &Rakp3, now: Timestamp) -> Option<Rakp4> {
    let account = bmc.account.clone();
    let settings = bmc.settings.clone();
    let sessions = &mut bmc.ipmi().sessions;
    let refused = |console_session, status| Some(Rakp4 { tag: request.tag, console_session, outcome: Err(status) });
    let Some(at) = sessions.iter().position(|session| session.id == request.bmc_session) else {
        return refused(0, Status::InvalidSession);
    };
    let session = &mut sessions[at];
    let Ok(code) = &request.outcome else {
        if session.keys.is_none() {
            sessions.remove(at);
        }
        return None;
    };
    let console = session.console;
    let Some(handshake) = session.handshake.as_deref() else {
        return refused(console, Status::InactiveSession);
    };
    let password = account.password.expose().as_bytes();
    if !Handshake::same(&handshake.rakp3_code(password), code) {
        // One that is open is not for others to end.
        if session.keys.is_none() {
            sessions.remove(at);
        }
        return refused(console, Status::InvalidCode);
    }
    let keys = handshake.keys(password, settings.key.as_ref().map(|key| &key.expose()[..]));
    let outcome = Ok(handshake.rakp4_code(&keys));
    session.keys = Some(Box::new(keys));
    session.privilege = session.limit.min(Privilege::User);
    session.used = now;
    Some(Rakp4 { tag: request.tag, console_session: console, outcome })
}

/// The payload of a packet of a session; `None` for what is not to be heard.
pub(super) fn unseal(bmc: &mut Bmc, packet: &Plus<'_>) -> Option<Vec<u8>> {
    let session = bmc.ipmi.as_ref()?.sessions.iter().find(|session| session.id == packet.session)?;
    let is_message = packet.payload_type == PayloadType::Ipmi;
    packet.open(session.keys.as_deref()?).ok().filter(|_| is_message)
}

/// Answers a command in a session; `None` for one that has been heard before.
pub(super) fn inside(
    bmc: &mut Bmc,
    id: u32,
    sequence: u32,
    request: &Message,
    twist: Twist,
    now: Timestamp,
) -> Option<Vec<Vec<u8>>> {
    let session = find(bmc, id)?;
    if !session.window.accept(sequence) {
        return None;
    }
    session.used = now;
    // It has heard that the session is open.
    session.handshake = None;
    let privilege = session.privilege;
    let mut call = Call { data: &request.data, session: Some(id), after: After::Nothing, now };
    let may = privilege >= Privilege::User && twist.code.is_none();
    let responses = match bridge::unwrap(request).filter(|_| may) {
        Some(bridged) => bridge::pass_on(bmc, request, &bridged, Some(privilege), twist, &mut call),
        None => vec![carry_out(bmc, request, Some(privilege), twist, &mut call)],
    };
    let after = call.after;
    let packets = responses.iter().filter_map(|response| {
        let (low, high) = (bmc.random.next(), bmc.random.next());
        let initial = u128::from(low) | u128::from(high) << 64;
        find(bmc, id)?.seal(response, initial.to_le_bytes())
    });
    let packets = packets.collect();
    match after {
        After::Nothing => {}
        After::Restart => {
            let pace = bmc.machine.pace();
            bmc.go_away(now, std::time::Duration::from_millis(pace.bmc_ms.into()));
        }
        After::Close(id) => bmc.ipmi().sessions.retain(|session| session.id != id),
    }
    Some(packets)
}

/// Set Session Privilege Level (22.18).
pub(super) fn set_privilege(bmc: &mut Bmc, call: &mut Call<'_>) -> super::Outcome {
    let [asked] = super::array(call.data)?;
    let session = call.session.and_then(|id| find(bmc, id)).ok_or(super::code::STATE)?;
    match Privilege::from_number(asked & 0x0f) {
        // "No change": what it is now.
        None if asked & 0x0f == 0 => {}
        // "The user's privilege is not enough", and what is no level.
        Some(privilege) if privilege > session.limit => return Err(0x81),
        Some(Privilege::Callback) | None => return Err(super::code::INVALID_FIELD),
        Some(privilege) => session.privilege = privilege,
    }
    Ok(vec![session.privilege.number()])
}

/// Close Session (22.19): the own one, or an administrator another.
pub(super) fn close(bmc: &mut Bmc, call: &mut Call<'_>) -> super::Outcome {
    let id = u32::from_le_bytes(super::array(call.data)?);
    let privilege = call.session.and_then(|own| find(bmc, own)).map(|session| session.privilege);
    if call.session != Some(id) && privilege != Some(Privilege::Administrator) {
        return Err(super::code::PRIVILEGE);
    }
    // "Invalid session ID in request".
    find(bmc, id).ok_or(0x87)?;
    call.after = After::Close(id);
    Ok(Vec::new())
}

fn find(bmc: &mut Bmc, id: u32) -> Option<&mut Session> {
    bmc.ipmi.as_mut()?.sessions.iter_mut().find(|session| session.id == id)
}

/// A number no session has, not 0.
fn new_id(bmc: &mut Bmc) -> u32 {
    loop {
        let id = bmc.random.next() as u32;
        if id != 0 && find(bmc, id).is_none() {
            return id;
        }
    }
}

/// The machine's UUID as IPMI has it: the last byte first (20.8).
pub(super) fn guid(bmc: &Bmc) -> [u8; 16] {
    let mut bytes = bmc.machine.uuid().into_bytes();
    bytes.reverse();
    bytes
}
