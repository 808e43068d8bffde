//! What holds of every packet: no bytes make a decoder panic, and what is encoded is decoded to the same.
#![allow(clippy::unwrap_used)]

use ipmi::wire::{
    Algorithms, AuthenticationCapabilities, AuthenticationCapabilitiesRequest, CipherSuitesRequest, Datagram,
    Handshake, Keys, LONGEST_NAME, Malformed, Message, OpenSession, OpenSessionRequest, OpenSessionResponse,
    PayloadType, Ping, Pong, Rakp1, Rakp2, Rakp2Answer, Rakp3, Rakp4, Role, Status, SuiteRecords, Window,
    encode_sessionless, seal, seal_clear,
};
use ipmi::{CipherSuite, Privilege};
use proptest::array::uniform16;
use proptest::collection::vec;
use proptest::prelude::*;

fn suite() -> impl Strategy<Value = CipherSuite> {
    prop_oneof![Just(CipherSuite::HmacSha1), Just(CipherSuite::HmacSha256)]
}

fn algorithms() -> impl Strategy<Value = Algorithms> {
    (0u8..64, 0u8..64, 0u8..64).prop_map(|(authentication, integrity, confidentiality)| Algorithms {
        authentication,
        integrity,
        confidentiality,
    })
}

/// A way to refuse: any number but that of success.
fn refusal() -> impl Strategy<Value = Status> {
    (1u8..).prop_map(Status::from_number)
}

fn outcome<T: std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Result<T, Status>> {
    prop_oneof![value.prop_map(Ok), refusal().prop_map(Err)]
}

fn handshake() -> impl Strategy<Value = Handshake> {
    let numbers = (any::<u32>(), any::<u32>());
    let randoms = (any::<[u8; 16]>(), any::<[u8; 16]>(), any::<[u8; 16]>());
    (suite(), numbers, randoms, any::<u8>(), vec(any::<u8>(), 0..=LONGEST_NAME)).prop_map(
        |(suite, (console_session, bmc_session), (console_random, bmc_random, guid), role, username)| Handshake {
            suite,
            console_session,
            bmc_session,
            console_random,
            bmc_random,
            guid,
            role: Role::from_byte(role),
            username,
        },
    )
}

fn message() -> impl Strategy<Value = Message> {
    let addresses = (any::<u8>(), 0u8..4, any::<u8>(), 0u8..4);
    (addresses, 0u8..64, 0u8..64, any::<u8>(), vec(any::<u8>(), 0..300)).prop_map(
        |((to, to_lun, from, from_lun), netfn, sequence, command, data)| Message {
            to,
            to_lun,
            netfn,
            from,
            from_lun,
            sequence,
            command,
            data,
        },
    )
}

fn keys(suite: CipherSuite) -> Keys {
    let handshake = Handshake {
        suite,
        console_session: 1,
        bmc_session: 2,
        console_random: [3; 16],
        bmc_random: [4; 16],
        guid: [5; 16],
        role: Role::of(Privilege::User),
        username: Vec::new(),
    };
    handshake.keys(b"secret", None)
}

/// Runs every decoder there is.
fn decode_all(bytes: &[u8]) {
    if let Ok(Datagram::Plus(packet)) = Datagram::decode(bytes) {
        let _ = packet.clear();
        for suite in CipherSuite::ALL {
            let _ = packet.open(&keys(suite));
        }
    }
    if let Ok(message) = Message::decode(bytes) {
        let _ = message.completion();
    }
    let _ = OpenSessionRequest::decode(bytes);
    let _ = OpenSessionResponse::decode(bytes);
    let _ = Rakp1::decode(bytes);
    let _ = Rakp2::decode(bytes);
    let _ = Rakp3::decode(bytes);
    let _ = Rakp4::decode(bytes);
    let _ = AuthenticationCapabilities::decode(bytes);
    let _ = AuthenticationCapabilitiesRequest::decode(bytes);
    let _ = CipherSuitesRequest::decode(bytes);
    let _ = SuiteRecords::decode(bytes);
}

proptest! {
    #[test]
    fn no_bytes_make_a_decoder_panic(bytes in vec(any::<u8>(), 0..2000)) {
        decode_all(&bytes);
    }

    /// Bytes that get past the first look.
    #[test]
    fn no_packet_makes_a_decoder_panic(
        head in prop_oneof![Just([6u8, 0, 0xff, 6]), Just([6, 0, 0xff, 7])],
        authentication in prop_oneof![Just(0u8), Just(6)],
        kind in any::<u8>(),
        rest in vec(any::<u8>(), 0..200),
    ) {
        decode_all(&[&head[..], &[authentication, kind], &rest].concat());
    }

    #[test]
    fn messages_come_back(message in message()) {
        let bytes = message.encode();
        prop_assert_eq!(Message::decode(&bytes).unwrap(), message);
    }

    #[test]
    fn a_message_with_a_wrong_byte_is_refused(message in message(), at in any::<prop::sample::Index>(), by in 1u8..) {
        let mut bytes = message.encode();
        let at = at.index(bytes.len());
        bytes[at] = bytes[at].wrapping_add(by);
        prop_assert!(matches!(Message::decode(&bytes), Err(Malformed::Checksum(_))));
    }

    #[test]
    fn pings_and_pongs_come_back(tag in any::<u8>(), enterprise in any::<u32>(), oem in any::<u32>(), ipmi in any::<bool>()) {
        let ping = Ping { tag };
        let bytes = ping.encode();
        prop_assert_eq!(Datagram::decode(&bytes).unwrap(), Datagram::Ping(ping));
        let pong = Pong { tag, enterprise, oem, ipmi };
        let bytes = pong.encode();
        prop_assert_eq!(Datagram::decode(&bytes).unwrap(), Datagram::Pong(pong));
    }

    #[test]
    fn sessionless_messages_come_back(payload in vec(any::<u8>(), 0..256)) {
        let bytes = encode_sessionless(&payload).unwrap();
        prop_assert_eq!(Datagram::decode(&bytes).unwrap(), Datagram::Sessionless(&payload));
    }

    #[test]
    fn sealed_payloads_come_back_and_to_nobody_else(
        suite in suite(),
        session in any::<u32>(),
        sequence in any::<u32>(),
        initial in uniform16(any::<u8>()),
        payload in vec(any::<u8>(), 0..400),
        at in any::<prop::sample::Index>(),
        bit in 0u8..8,
    ) {
        let keys = keys(suite);
        let mut bytes = seal(&keys, PayloadType::Ipmi, session, sequence, initial, &payload).unwrap();
        let Datagram::Plus(packet) = Datagram::decode(&bytes).unwrap() else { panic!("{bytes:?}") };
        prop_assert_eq!((packet.session, packet.sequence), (session, sequence));
        prop_assert_eq!(packet.open(&keys).unwrap(), payload);
        // Whatever is changed behind RMCP's header is noticed.
        let at = 4 + at.index(bytes.len() - 4);
        bytes[at] ^= 1 << bit;
        if let Ok(Datagram::Plus(packet)) = Datagram::decode(&bytes) {
            prop_assert!(packet.open(&keys).is_err());
        }
    }

    #[test]
    fn clear_payloads_come_back(payload in vec(any::<u8>(), 0..400)) {
        let bytes = seal_clear(PayloadType::Rakp1, &payload).unwrap();
        let Datagram::Plus(packet) = Datagram::decode(&bytes).unwrap() else { panic!("{bytes:?}") };
        prop_assert_eq!(packet.clear().unwrap(), &payload[..]);
    }

    #[test]
    fn the_opening_of_a_session_comes_back(
        tag in any::<u8>(),
        privilege in 0u8..16,
        (console_session, bmc_session) in (any::<u32>(), any::<u32>()),
        algorithms in algorithms(),
        refusal in refusal(),
    ) {
        let request = OpenSessionRequest { tag, privilege, console_session, algorithms };
        prop_assert_eq!(OpenSessionRequest::decode(&request.encode()).unwrap(), request);
        let open = OpenSession { privilege, console_session, bmc_session, algorithms };
        for outcome in [Ok(open), Err(refusal)] {
            let response = OpenSessionResponse { tag, outcome };
            prop_assert_eq!(OpenSessionResponse::decode(&response.encode()).unwrap(), response);
        }
    }

    #[test]
    fn the_messages_of_rakp_come_back(
        tag in any::<u8>(),
        session in any::<u32>(),
        (console_random, bmc_random, guid) in (any::<[u8; 16]>(), any::<[u8; 16]>(), any::<[u8; 16]>()),
        role in any::<u8>(),
        username in vec(any::<u8>(), 0..=LONGEST_NAME),
        proof in outcome(vec(any::<u8>(), 0..=64)),
    ) {
        let role = Role::from_byte(role);
        let message = Rakp1 { tag, bmc_session: session, console_random, role, username };
        prop_assert_eq!(Rakp1::decode(&message.encode()).unwrap(), message);
        let answer = proof.clone().map(|code| Rakp2Answer { bmc_random, guid, code });
        let message = Rakp2 { tag, console_session: session, outcome: answer };
        prop_assert_eq!(Rakp2::decode(&message.encode()).unwrap(), message);
        let message = Rakp3 { tag, bmc_session: session, outcome: proof.clone() };
        prop_assert_eq!(Rakp3::decode(&message.encode()).unwrap(), message);
        let message = Rakp4 { tag, console_session: session, outcome: proof };
        prop_assert_eq!(Rakp4::decode(&message.encode()).unwrap(), message);
    }

    /// Both sides come to the same codes and keys, and only with the same secrets.
    #[test]
    fn proofs_depend_on_the_password_and_the_key(
        handshake in handshake(),
        password in vec(1u8.., 0..=20),
        other in vec(1u8.., 0..=20),
        bmc_key in vec(1u8.., 20),
    ) {
        prop_assume!(password != other && password != bmc_key);
        prop_assert!(Handshake::same(&handshake.rakp2_code(&password), &handshake.clone().rakp2_code(&password)));
        prop_assert!(!Handshake::same(&handshake.rakp2_code(&password), &handshake.rakp2_code(&other)));
        prop_assert!(!Handshake::same(&handshake.rakp3_code(&password), &handshake.rakp3_code(&other)));
        let proof = |password: &[u8], key: Option<&[u8]>| handshake.rakp4_code(&handshake.keys(password, key));
        prop_assert_eq!(proof(&password, None), proof(&password, None));
        prop_assert_ne!(proof(&password, None), proof(&other, None));
        prop_assert_ne!(proof(&password, Some(&bmc_key)), proof(&password, None));
    }

    #[test]
    fn capabilities_come_back(channel in 0u8..16, types in 0u8..64, bits in any::<[bool; 6]>(), part in 0u8..64) {
        let [bmc_key, named_users, null_user, anonymous, ipmi_2_0, ipmi_1_5] = bits;
        let response = AuthenticationCapabilities {
            channel, types, bmc_key, named_users, null_user, anonymous, ipmi_2_0, ipmi_1_5,
        };
        prop_assert_eq!(AuthenticationCapabilities::decode(&response.encode()).unwrap(), response);
        let request = AuthenticationCapabilitiesRequest { extended: ipmi_2_0, channel, privilege: types & 0x0f };
        prop_assert_eq!(AuthenticationCapabilitiesRequest::decode(&request.encode()).unwrap(), request);
        let request = CipherSuitesRequest { channel, part };
        prop_assert_eq!(CipherSuitesRequest::decode(&request.encode()).unwrap(), request);
    }

    #[test]
    fn lists_of_suites_come_back_in_parts(suites in vec((0u8..0x80, algorithms()), 0..100)) {
        let records = SuiteRecords { suites };
        let parts: Vec<u8> = (0..64).flat_map(|part| records.part(part)).collect();
        prop_assert_eq!(SuiteRecords::decode(&parts), records);
    }

    /// A number is taken at most once, in whatever order they come.
    #[test]
    fn the_window_takes_no_number_twice(numbers in vec(1u32..60, 0..300)) {
        let mut window = Window::default();
        let mut taken: Vec<u32> = numbers.into_iter().filter(|number| window.accept(*number)).collect();
        let count = taken.len();
        taken.sort_unstable();
        taken.dedup();
        prop_assert_eq!(taken.len(), count);
    }

    /// Numbers that only grow, by no more than the window is wide, are all taken.
    #[test]
    fn the_window_takes_what_comes_in_order(start in any::<u32>(), steps in vec(1u32..=15, 0..100)) {
        let mut window = Window::default();
        let mut number = start;
        for step in steps {
            number = number.wrapping_add(step);
            prop_assert_eq!(window.accept(number), number != 0);
        }
    }
}
