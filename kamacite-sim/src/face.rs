//! What the transport serves: anything that does something about a request.

use kamacite_model::Timestamp;

use crate::{bmc::Bmc, faults::Act, http::Request, redfish::Posting};

/// Something that can be served.
pub trait Face: Send + 'static {
    /// What it does about a request.
    fn act(&mut self, request: &Request, now: Timestamp) -> Act;

    /// The events that wait to be posted.
    fn postings(&mut self) -> Vec<Posting> {
        Vec::new()
    }

    /// When it wants to be looked after, so that events do not wait for the next request; `None` when nobody waits.
    fn due(&self) -> Option<Timestamp> {
        None
    }

    /// Lets happen what is due.
    fn advance(&mut self, now: Timestamp) {
        let _ = now;
    }
}

impl Face for Bmc {
    fn act(&mut self, request: &Request, now: Timestamp) -> Act {
        Self::act(self, request, now)
    }

    fn postings(&mut self) -> Vec<Posting> {
        std::mem::take(&mut self.redfish.outbox)
    }

    fn due(&self) -> Option<Timestamp> {
        self.machine.due().filter(|_| !self.redfish.subscriptions.is_empty())
    }

    fn advance(&mut self, now: Timestamp) {
        Self::advance(self, now);
    }
}
