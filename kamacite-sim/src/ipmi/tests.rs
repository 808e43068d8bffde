//! The pure part against a console made of the same packets: sessions, commands, faults.

#![allow(clippy::unwrap_used)]

use ipmi::wire::{
    AuthenticationCapabilities, Datagram, Handshake, Keys, OpenSessionRequest, OpenSessionResponse, Ping, Rakp1, Rakp2,
    Rakp3, Rakp4, Role, Status, SuiteRecords, seal,
};
use kamacite_model::SignedDuration;

use super::*;
use crate::{
    bmc::Setup,
    faults::{Fault, Rule},
    machine::{Enabled, Pace, PowerRequest, PowerState, Source},
};

const CONSOLE: u32 = 0xa0a1_a2a3;

fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH.checked_add(SignedDuration::from_secs(seconds)).unwrap()
}

fn bmc() -> Bmc {
    Bmc::new(0, &Setup { pace: Pace::INSTANT, ..Setup::default() })
}

/// A console in a session.
struct Console {
    keys: Keys,
    session: u32,
    sequence: u32,
    now: Timestamp,
}

fn clear(datagrams: &[Vec<u8>]) -> Vec<u8> {
    let [datagram] = datagrams else { panic!("{datagrams:?}") };
    let Datagram::Plus(packet) = Datagram::decode(datagram).unwrap() else { panic!() };
    packet.clear().unwrap().to_vec()
}

fn say(bmc: &mut Bmc, kind: PayloadType, payload: &[u8], now: Timestamp) -> Vec<Vec<u8>> {
    answer(bmc, &seal_clear(kind, payload).unwrap(), now)
}

fn begin(bmc: &mut Bmc, suite: CipherSuite, now: Timestamp) -> Result<u32, Status> {
    let request = OpenSessionRequest { tag: 1, privilege: 0, console_session: CONSOLE, algorithms: suite.algorithms() };
    let said = say(bmc, PayloadType::OpenSessionRequest, &request.encode(), now);
    let response = OpenSessionResponse::decode(&clear(&said)).unwrap();
    response.outcome.map(|open| open.bmc_session)
}

/// Message 1 and its answer.
fn first(bmc: &mut Bmc, session: u32, role: Role, username: &[u8], now: Timestamp) -> Rakp2 {
    let request = Rakp1 { tag: 2, bmc_session: session, console_random: [7; 16], role, username: username.to_vec() };
    Rakp2::decode(&clear(&say(bmc, PayloadType::Rakp1, &request.encode(), now))).unwrap()
}

fn handshake(suite: CipherSuite, session: u32, answer: &Rakp2, privilege: Privilege) -> Handshake {
    let answer = answer.outcome.as_ref().unwrap();
    Handshake {
        suite,
        console_session: CONSOLE,
        bmc_session: session,
        console_random: [7; 16],
        bmc_random: answer.bmc_random,
        guid: answer.guid,
        role: Role::of(privilege),
        username: b"admin".to_vec(),
    }
}

impl Console {
    fn open(bmc: &mut Bmc, suite: CipherSuite, privilege: Privilege, now: Timestamp) -> Self {
        let session = begin(bmc, suite, now).unwrap();
        let answer = first(bmc, session, Role::of(privilege), b"admin", now);
        let handshake = handshake(suite, session, &answer, privilege);
        assert_eq!(answer.outcome.unwrap().code, handshake.rakp2_code(b"password"));
        let proof = Rakp3 { tag: 3, bmc_session: session, outcome: Ok(handshake.rakp3_code(b"password")) };
        let said = say(bmc, PayloadType::Rakp3, &proof.encode(), now);
        let keys = handshake.keys(b"password", None);
        let end = Rakp4::decode(&clear(&said)).unwrap();
        assert_eq!((end.console_session, end.outcome), (CONSOLE, Ok(handshake.rakp4_code(&keys))));
        // It comes again: the answer was lost.
        assert_eq!(clear(&say(bmc, PayloadType::Rakp3, &proof.encode(), now)), clear(&said));
        let mut console = Self { keys, session, sequence: 0, now };
        if privilege > Privilege::Callback {
            assert_eq!(console.ask(bmc, 0x06, 0x3b, &[privilege.number()]), Ok(vec![privilege.number()]));
        }
        console
    }

    fn administrator(bmc: &mut Bmc, now: Timestamp) -> Self {
        Self::open(bmc, CipherSuite::HmacSha256, Privilege::Administrator, now)
    }

    fn packet(&mut self, netfn: u8, command: u8, data: &[u8]) -> Vec<u8> {
        self.sequence += 1;
        self.numbered(self.sequence, netfn, command, data)
    }

    fn numbered(&self, sequence: u32, netfn: u8, command: u8, data: &[u8]) -> Vec<u8> {
        let message = Message::request(netfn, 0, command, data.to_vec()).encode();
        seal(&self.keys, PayloadType::Ipmi, self.session, sequence, [3; 16], &message).unwrap()
    }

    fn read(&self, datagram: &[u8]) -> Outcome {
        let Datagram::Plus(packet) = Datagram::decode(datagram).unwrap() else { panic!() };
        assert_eq!(packet.session, CONSOLE);
        let message = Message::decode(&packet.open(&self.keys).unwrap()).unwrap();
        match message.completion().unwrap() {
            (0, data) => Ok(data.to_vec()),
            (code, _) => Err(code),
        }
    }

    /// A command and what comes of it.
    #[track_caller]
    fn ask(&mut self, bmc: &mut Bmc, netfn: u8, command: u8, data: &[u8]) -> Outcome {
        let packet = self.packet(netfn, command, data);
        let said = answer(bmc, &packet, self.now);
        let [datagram] = said.as_slice() else { panic!("{} answers", said.len()) };
        self.read(datagram)
    }
}

#[test]
fn a_session_is_opened_with_both_suites() {
    for suite in CipherSuite::ALL {
        let mut bmc = bmc();
        let mut console = Console::open(&mut bmc, suite, Privilege::Administrator, at(0));
        assert_eq!(console.ask(&mut bmc, 0x00, 0x02, &[1]), Ok(vec![]));
        assert_eq!(bmc.machine.power(), PowerState::On);
        let id = console.session.to_le_bytes();
        assert_eq!(console.ask(&mut bmc, 0x06, 0x3c, &[1, 2, 3, 4]), Err(0x87));
        assert_eq!(console.ask(&mut bmc, 0x06, 0x3c, &id), Ok(vec![]));
        assert_eq!(bmc.ipmi_sessions(), 0);
    }
}

#[test]
fn what_a_console_may_ask_before() {
    let mut bmc = bmc();
    let pong = answer(&mut bmc, &Ping { tag: 9 }.encode(), at(0));
    assert!(matches!(Datagram::decode(&pong[0]), Ok(Datagram::Pong(pong)) if pong.tag == 9 && pong.ipmi));
    let mut ask = |command: u8, data: &[u8]| {
        let request = Message::request(0x06, 0, command, data.to_vec());
        let said = answer(&mut bmc, &encode_sessionless(&request.encode()).unwrap(), at(0));
        let Datagram::Sessionless(payload) = Datagram::decode(&said[0]).unwrap() else { panic!() };
        Message::decode(payload).unwrap().data
    };
    let capabilities = ask(0x38, &[0x8e, 4]);
    let capabilities = AuthenticationCapabilities::decode(&capabilities[1..]).unwrap();
    assert!(capabilities.ipmi_2_0 && !capabilities.ipmi_1_5 && capabilities.named_users && !capabilities.bmc_key);
    let suites = ask(0x54, &[0x0e, 0, 0x80]);
    let suites = SuiteRecords::decode(&suites[2..]).suites;
    assert_eq!(suites.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [17, 3]);
    // A command that wants a session, and none that there is.
    assert_eq!(ask(0x01, &[]), [0xd4]);
    assert_eq!(ask(0x77, &[]), [0xc1]);
    assert_eq!(ask(0x38, &[0x82, 4]), [0xcc]);
    assert_eq!(ask(0x38, &[]), [0xc7]);
    assert!(answer(&mut bmc, b"nonsense", at(0)).is_empty());
}

#[test]
fn whoever_is_not_known_is_refused() {
    let mut bmc = bmc();
    let suite = CipherSuite::HmacSha1;
    let now = at(0);
    let admin = Role::of(Privilege::Administrator);
    for (role, username, status) in [
        (admin, &b"root"[..], Status::UnauthorizedName),
        (admin, b"", Status::UnauthorizedName),
        (Role::from_byte(0x15), b"admin", Status::InvalidRole),
    ] {
        let session = begin(&mut bmc, suite, now).unwrap();
        assert_eq!(first(&mut bmc, session, role, username, now).outcome, Err(status));
        assert_eq!(bmc.ipmi_sessions(), 0);
    }
    bmc.ipmi_settings().privilege = Privilege::User;
    let session = begin(&mut bmc, suite, now).unwrap();
    assert_eq!(first(&mut bmc, session, admin, b"admin", now).outcome, Err(Status::UnauthorizedRole));
    assert_eq!(first(&mut bmc, 4711, admin, b"admin", now).outcome, Err(Status::InvalidSession));
    bmc.ipmi_settings().suites = vec![CipherSuite::HmacSha256];
    assert_eq!(begin(&mut bmc, suite, now), Err(Status::NoCipherSuite));
}

#[test]
fn a_wrong_proof_and_one_that_was_given_up_leave_no_session() {
    let mut bmc = bmc();
    let (suite, now) = (CipherSuite::HmacSha256, at(0));
    for outcome in [Ok(vec![0; 32]), Err(Status::InvalidCode)] {
        let session = begin(&mut bmc, suite, now).unwrap();
        first(&mut bmc, session, Role::of(Privilege::User), b"admin", now);
        let proof = Rakp3 { tag: 3, bmc_session: session, outcome: outcome.clone() };
        let said = say(&mut bmc, PayloadType::Rakp3, &proof.encode(), now);
        match outcome {
            Ok(_) => assert_eq!(Rakp4::decode(&clear(&said)).unwrap().outcome, Err(Status::InvalidCode)),
            Err(_) => assert!(said.is_empty()),
        }
        assert_eq!(bmc.ipmi_sessions(), 0);
    }
}

#[test]
fn a_privilege_is_a_limit() {
    let mut bmc = bmc();
    let mut console = Console::open(&mut bmc, CipherSuite::HmacSha256, Privilege::Operator, at(0));
    assert_eq!(console.ask(&mut bmc, 0x06, 0x3b, &[4]), Err(0x81));
    assert_eq!(console.ask(&mut bmc, 0x06, 0x02, &[]), Err(0xd4));
    assert_eq!(console.ask(&mut bmc, 0x06, 0x3b, &[2]), Ok(vec![2]));
    assert_eq!(console.ask(&mut bmc, 0x06, 0x3b, &[0]), Ok(vec![2]));
    assert_eq!(console.ask(&mut bmc, 0x00, 0x02, &[1]), Err(0xd4));
    assert_eq!(console.ask(&mut bmc, 0x06, 0x3b, &[9]), Err(0xcc));
    let other = Console::administrator(&mut bmc, at(0));
    // Only an administrator closes another's.
    assert_eq!(console.ask(&mut bmc, 0x06, 0x3c, &other.session.to_le_bytes()), Err(0xd4));
}

#[test]
fn a_packet_is_heard_once_and_in_its_window() {
    let mut bmc = bmc();
    let mut console = Console::administrator(&mut bmc, at(0));
    let packet = console.packet(0x06, 0x01, &[]);
    assert_eq!(answer(&mut bmc, &packet, at(0)).len(), 1);
    assert!(answer(&mut bmc, &packet, at(0)).is_empty(), "it was heard before");
    let (ahead, far) = (console.numbered(17, 0x06, 0x01, &[]), console.numbered(40, 0x06, 0x01, &[]));
    assert!(answer(&mut bmc, &far, at(0)).is_empty(), "it is beyond the window");
    assert_eq!(answer(&mut bmc, &ahead, at(0)).len(), 1);
    let late = console.numbered(5, 0x06, 0x01, &[]);
    assert_eq!(answer(&mut bmc, &late, at(0)).len(), 1);
    let mut forged = console.numbered(18, 0x00, 0x02, &[1]);
    *forged.last_mut().unwrap() ^= 1;
    assert!(answer(&mut bmc, &forged, at(0)).is_empty() && bmc.machine.boots() == 0);
}

#[test]
fn sessions_fill_the_table_and_time_out() {
    let mut bmc = bmc();
    let most = usize::from(bmc.vendor.ipmi.sessions);
    let suite = CipherSuite::HmacSha1;
    let mut console = Console::administrator(&mut bmc, at(0));
    for _ in 1..most {
        begin(&mut bmc, suite, at(0)).unwrap();
    }
    assert_eq!(begin(&mut bmc, suite, at(14)), Err(Status::NoResources));
    // Those that nobody went on to open are gone, and the open one is not.
    begin(&mut bmc, suite, at(15)).unwrap();
    assert_eq!(bmc.ipmi_sessions(), 2);
    console.now = at(59);
    assert!(console.ask(&mut bmc, 0x06, 0x01, &[]).is_ok());
    console.now = at(118);
    assert!(console.ask(&mut bmc, 0x06, 0x01, &[]).is_ok());
    let late = console.packet(0x06, 0x01, &[]);
    assert!(answer(&mut bmc, &late, at(178)).is_empty(), "a minute without a word");
    assert_eq!(bmc.ipmi_sessions(), 0);
    fill(&mut bmc, at(200));
    assert_eq!(begin(&mut bmc, suite, at(259)), Err(Status::NoResources));
    begin(&mut bmc, suite, at(260)).unwrap();
}

#[test]
fn boot_flags_are_followed_once_or_for_good_or_forgotten() {
    let mut bmc = bmc();
    let set = |bmc: &mut Bmc, seconds, data: &[u8]| {
        let mut console = Console::administrator(bmc, at(seconds));
        console.ask(bmc, 0x00, 0x08, data).unwrap();
        console.ask(bmc, 0x00, 0x09, &[5, 0, 0]).unwrap()
    };
    let override_at = |bmc: &mut Bmc, seconds| {
        bmc.advance(at(seconds));
        (bmc.machine.boot().enabled, bmc.machine.boot().target)
    };
    let pxe_once = [5, 0xa0, 0x04, 0, 0, 0];
    assert_eq!(set(&mut bmc, 0, &pxe_once), [1, 5, 0xa0, 0x04, 0, 0, 0]);
    assert_eq!(override_at(&mut bmc, 59), (Enabled::Once, Source::Network));
    assert_eq!(override_at(&mut bmc, 60), (Enabled::Disabled, Source::Usual));
    // A boot within the minute, and an override of somebody else that outlives it.
    set(&mut bmc, 70, &pxe_once);
    bmc.event(Event::Power(PowerRequest::On), at(100)).unwrap();
    assert_eq!(bmc.machine.booted(), Some(Source::Network));
    let other = crate::machine::BootChange {
        target: Some(Source::Cd),
        enabled: Some(Enabled::Once),
        ..crate::machine::BootChange::default()
    };
    bmc.event(Event::Boot(other), at(101)).unwrap();
    assert_eq!(override_at(&mut bmc, 140), (Enabled::Once, Source::Cd));
    // Somebody else's that comes before the minute is over is not taken back either.
    set(&mut bmc, 141, &pxe_once);
    let continuous = crate::machine::BootChange {
        target: Some(Source::Cd),
        enabled: Some(Enabled::Continuous),
        ..crate::machine::BootChange::default()
    };
    bmc.event(Event::Boot(continuous), at(142)).unwrap();
    assert_eq!(override_at(&mut bmc, 210), (Enabled::Continuous, Source::Cd));
    // For good, once it has been followed.
    set(&mut bmc, 215, &[5, 0xe0, 0x08, 0, 0, 0]);
    bmc.event(Event::Power(PowerRequest::Reset), at(220)).unwrap();
    assert_eq!(override_at(&mut bmc, 1000), (Enabled::Continuous, Source::Disk));
}

#[test]
fn records_are_handed_out_in_parts_under_a_reservation() {
    let mut bmc = bmc();
    let mut console = Console::administrator(&mut bmc, at(0));
    let mut get =
        |r: [u8; 2], id: u8, offset, count| console.ask(&mut bmc, 0x0a, 0x23, &[r[0], r[1], id, 0, offset, count]);
    assert_eq!(get([0, 0], 0, 0, 5).unwrap()[..7], [2, 0, 1, 0, 0x51, 0x01, 53]);
    assert_eq!(get([0, 0], 1, 0, 33), Err(0xca));
    assert_eq!(get([0, 0], 1, 0, 0xff), Err(0xca));
    assert_eq!(get([9, 0], 1, 5, 10), Err(0xc5));
    assert_eq!(get([0, 0], 99, 0, 5), Err(0xcb));
    let last = get([0, 0], 13, 0, 5).unwrap();
    assert_eq!((last[..2].to_vec(), last[5]), (vec![0xff, 0xff], 0x02));
    let reserved = console.ask(&mut bmc, 0x0a, 0x22, &[]).unwrap();
    let mut get = |offset, count| console.ask(&mut bmc, 0x0a, 0x23, &[reserved[0], reserved[1], 1, 0, offset, count]);
    assert_eq!(get(48, 32).unwrap()[2..], *b"Inlet Temp");
    assert_eq!(get(200, 5), Err(0xc9));
    console.ask(&mut bmc, 0x0a, 0x22, &[]).unwrap();
    let stale = console.ask(&mut bmc, 0x0a, 0x23, &[reserved[0], reserved[1], 1, 0, 5, 5]);
    assert_eq!(stale, Err(0xc5));
}

#[test]
fn what_a_fault_leaves_out_is_left_out() {
    let mut bmc = bmc();
    let mut console = Console::administrator(&mut bmc, at(0));
    let mut heard = |bmc: &mut Bmc, fault: Fault| {
        bmc.faults.add(Rule::from(fault));
        let packet = console.packet(0x00, 0x02, &[1]);
        let packets = bmc.hear(&packet, at(1));
        packets.datagrams.iter().map(|datagram| console.read(datagram)).collect::<Vec<_>>()
    };
    assert!(heard(&mut bmc, Fault::Drop).is_empty());
    assert_eq!(heard(&mut bmc, Fault::Completion { code: 0xd5 }), [Err(0xd5)]);
    assert_eq!(heard(&mut bmc, Fault::Unavailable { retry_after_s: None }), [Err(0xc0)]);
    assert_eq!(heard(&mut bmc, Fault::IgnoredWrite), [Ok(vec![])]);
    assert_eq!(bmc.machine.boots(), 0, "nothing of this was done");
    assert!(heard(&mut bmc, Fault::LostAnswer).is_empty());
    assert_eq!(bmc.machine.boots(), 1);
    assert_eq!(heard(&mut bmc, Fault::Twice).len(), 2);
    assert!(heard(&mut bmc, Fault::Reordered).is_empty());
    assert_eq!(heard(&mut bmc, Fault::Delay { ms: 5 }).len(), 2, "this one's, and the one that was held back");
    assert!(heard(&mut bmc, Fault::Away { seconds: 9 }).is_empty());
    assert_eq!((bmc.is_away(at(9)), bmc.is_away(at(10)), bmc.ipmi_sessions()), (true, false, 0));
}

#[test]
fn no_command_makes_it_panic() {
    let mut bmc = bmc();
    for netfn in (0..64).step_by(2) {
        for command in 0..=u8::MAX {
            for length in [0, 1, 2, 3, 6, 22] {
                let data: Vec<u8> = (0..length).map(|_| bmc.random.next() as u8).collect();
                let request = Message::request(netfn, 0, command, data);
                let mut call = Call { data: &request.data, session: Some(7), after: After::Nothing, now: at(0) };
                let privilege = Some(Privilege::Administrator);
                let response = carry_out(&mut bmc, &request, privilege, Twist::default(), &mut call);
                assert!(response.answers(&request));
                let known = commands::find(netfn, command).is_some();
                assert_eq!(response.data[0] == 0xc1, !known, "{netfn:#x} {command:#x}");
            }
        }
    }
    // Nor do datagrams that were cut or changed.
    let mut bmc = self::bmc();
    let mut console = Console::administrator(&mut bmc, at(0));
    let whole = console.packet(0x06, 0x01, &[]);
    for end in 0..whole.len() {
        assert!(answer(&mut bmc, &whole[..end], at(0)).is_empty());
        let mut changed = whole.clone();
        changed[end] ^= bmc.random.next() as u8 | 1;
        answer(&mut bmc, &changed, at(0));
    }
}
