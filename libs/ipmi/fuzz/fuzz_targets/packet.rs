//! Arbitrary bytes as a datagram, as what a datagram carries, and sealed within one: nothing may panic, and what was
//! decoded and can be encoded must come back.
#![no_main]

use ipmi::wire::{
    AuthenticationCapabilities, AuthenticationCapabilitiesRequest, CipherSuitesRequest, Datagram, Handshake, Keys,
    Message, OpenSessionRequest, OpenSessionResponse, PayloadType, Rakp1, Rakp2, Rakp3, Rakp4, Role, SuiteRecords,
    Window, seal,
};
use ipmi::{CipherSuite, Privilege};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    datagram(bytes);
    payload(bytes);
    for suite in CipherSuite::ALL {
        sealed(&keys(suite), bytes);
    }
    let mut window = Window::default();
    bytes.chunks(4).for_each(|chunk| {
        let mut number = [0; 4];
        number[..chunk.len()].copy_from_slice(chunk);
        let number = u32::from_le_bytes(number);
        assert!(!(window.accept(number) && window.accept(number)), "{number} was taken twice");
    });
});

fn datagram(bytes: &[u8]) {
    match Datagram::decode(bytes) {
        Ok(Datagram::Sessionless(inner)) => payload(inner),
        Ok(Datagram::Plus(packet)) => {
            if let Ok(inner) = packet.clear() {
                payload(inner);
            }
            for suite in CipherSuite::ALL {
                let _ = packet.open(&keys(suite));
            }
        }
        Ok(Datagram::Ping(_) | Datagram::Pong(_)) | Err(_) => {}
    }
}

fn payload(bytes: &[u8]) {
    if let Ok(message) = Message::decode(bytes) {
        assert_eq!(message.encode(), bytes);
        let _ = message.completion();
    }
    if let Ok(request) = OpenSessionRequest::decode(bytes) {
        assert_eq!(OpenSessionRequest::decode(&request.encode()), Ok(request));
    }
    if let Ok(response) = OpenSessionResponse::decode(bytes) {
        assert_eq!(OpenSessionResponse::decode(&response.encode()), Ok(response));
    }
    if let Ok(message) = Rakp1::decode(bytes) {
        assert_eq!(Rakp1::decode(&message.encode()), Ok(message));
    }
    if let Ok(message) = Rakp2::decode(bytes) {
        assert_eq!(Rakp2::decode(&message.encode()), Ok(message));
    }
    if let Ok(message) = Rakp3::decode(bytes) {
        assert_eq!(Rakp3::decode(&message.encode()), Ok(message));
    }
    if let Ok(message) = Rakp4::decode(bytes) {
        assert_eq!(Rakp4::decode(&message.encode()), Ok(message));
    }
    let _ = AuthenticationCapabilities::decode(bytes);
    let _ = AuthenticationCapabilitiesRequest::decode(bytes);
    let _ = CipherSuitesRequest::decode(bytes);
    let _ = SuiteRecords::decode(bytes);
}

fn sealed(keys: &Keys, bytes: &[u8]) {
    let Ok(packet) = seal(keys, PayloadType::Ipmi, 1, 2, [3; 16], bytes) else { return };
    match Datagram::decode(&packet) {
        Ok(Datagram::Plus(packet)) => assert_eq!(packet.open(keys).as_deref(), Ok(bytes)),
        other => panic!("{other:?}"),
    }
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
