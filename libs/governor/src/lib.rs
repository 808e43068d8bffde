//! One governor per BMC, whatever the protocol: how much is asked of it at a time, and whether anything is asked at all.
//!
//! BMCs are small computers. One that gets ten requests at once answers none of them; one that is dead costs every
//! caller a timeout; one that is told a wrong password five times locks the account. A [`Governor`] stands before
//! every request to its BMC and
//!
//! - lets only a few through at a time, in the order they came, and not too soon after one another;
//! - refuses at once, saying why and until when, after the BMC has been silent several times in a row, but for one
//!   request now and then that finds out whether it is back;
//! - refuses credentials that the BMC has refused, until others are used or a pause has passed.
//!
//! ```
//! # use governor::{Governors, Credentials, Settings, Outcome};
//! # async fn story() -> Result<(), governor::Refusal> {
//! let governors = Governors::new(Settings::default()); // one for the whole program
//! let governor = governors.of("10.0.0.5");
//! let permit = governor.enter(Credentials::of("root", "calvin"), "GET /redfish/v1/Systems/1").await?;
//! // ... ask the BMC, then say how it went:
//! permit.done(Outcome::Answered("200".to_owned()));
//! # Ok(())
//! # }
//! ```
//!
//! Time is `tokio::time`, so that a test that pauses the clock drives it. Nothing here knows of a protocol.

mod calls;
mod circuit;
mod credentials;
mod gate;
mod governors;
mod record;
mod status;

pub use calls::Calls;
pub use circuit::Settings;
pub use credentials::Credentials;
pub use gate::{Governor, Outcome, Permit, Refusal};
pub use governors::Governors;
pub use record::{Asking, Exchange};
pub use status::{Condition, Status};
