//! The bytes of IPMI 2.0 over LAN, for either side of the wire: pure functions, no sockets and no clocks.
//!
//! A datagram is decoded in layers, and built the other way round:
//!
//! | layer | here | IPMI 2.0 |
//! |---|---|---|
//! | RMCP, and what it carries | [`Datagram`] | 13.1 |
//! | the presence ping of ASF | [`Ping`], [`Pong`] | 13.2 |
//! | a session header of IPMI 1.5, outside of sessions | [`encode_sessionless`] | 13.6 |
//! | a session header and trailer of RMCP+ | [`Plus`], [`seal`] | 13.6, 13.28 to 13.30 |
//! | opening a session | [`OpenSessionRequest`] to [`Rakp4`], [`Handshake`] | 13.17 to 13.24 |
//! | a message | [`Message`] | 13.8 |
//! | what can be asked before a session | [`AuthenticationCapabilities`], [`SuiteRecords`] | 22.13, 22.15 |
//!
//! Decoders take any bytes: they never panic, never look further than what is there, and say in a [`Malformed`] what is
//! wrong. Codes that come from a secret are compared in constant time.

mod asf;
mod channel;
mod crypto;
mod datagram;
mod message;
mod open_session;
mod plus;
mod rakp;
mod reader;
mod suite;
mod window;

pub use asf::{ASF_IANA, Ping, Pong};
pub use channel::{
    AuthenticationCapabilities, AuthenticationCapabilitiesRequest, CipherSuitesRequest, PRESENT_CHANNEL, SuiteRecords,
};
pub use crypto::{Handshake, Keys, LARGEST_KEY};
pub use datagram::{Datagram, PORT, encode_sessionless};
pub use message::{
    BMC_ADDRESS, CONSOLE_ADDRESS, LARGEST_MESSAGE, Message, NETFN_APP, NETFN_CHASSIS, NETFN_SENSOR, NETFN_STORAGE,
    NETFN_TRANSPORT,
};
pub use open_session::{OpenSession, OpenSessionRequest, OpenSessionResponse};
pub use plus::{PayloadType, Plus, seal, seal_clear};
pub use rakp::{LONGEST_NAME, Rakp1, Rakp2, Rakp2Answer, Rakp3, Rakp4, Role, Status};
pub use reader::Malformed;
pub use suite::{Algorithms, CipherSuite, Privilege};
pub use window::Window;
