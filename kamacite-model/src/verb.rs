//! What a client may ask of a node's provisioning.

use crate::{machine::Event, named::named};

named! {
    /// The `target` of `PUT /v1/nodes/{id}/states/provision`.
    pub enum Verb ("provision verb") {
        /// Deploy; the older word for [`Verb::Deploy`].
        Active = "active",
        /// Deploy.
        Deploy = "deploy",
        /// Deploy the same instance again.
        Rebuild = "rebuild",
        /// Tear down; the older word for [`Verb::Undeploy`].
        Deleted = "deleted",
        /// Tear down.
        Undeploy = "undeploy",
        /// Verify, or bring back under management.
        Manage = "manage",
        /// Clean and offer for deployment.
        Provide = "provide",
        /// Look at the hardware.
        Inspect = "inspect",
        /// Stop what waits.
        Abort = "abort",
        /// Run chosen clean steps.
        Clean = "clean",
        /// Take a running machine over without deploying.
        Adopt = "adopt",
        /// Boot the rescue environment.
        Rescue = "rescue",
        /// Leave the rescue environment.
        Unrescue = "unrescue",
        /// Go on after a hold.
        Unhold = "unhold",
        /// Run chosen service steps on a deployed node.
        Service = "service",
    }
}

impl Verb {
    /// The event of the state machine that the verb stands for.
    pub const fn event(self) -> Event {
        match self {
            Self::Active | Self::Deploy => Event::Deploy,
            Self::Rebuild => Event::Rebuild,
            Self::Deleted | Self::Undeploy => Event::Delete,
            Self::Manage => Event::Manage,
            Self::Provide => Event::Provide,
            Self::Inspect => Event::Inspect,
            Self::Abort => Event::Abort,
            Self::Clean => Event::Clean,
            Self::Adopt => Event::Adopt,
            Self::Rescue => Event::Rescue,
            Self::Unrescue => Event::Unrescue,
            Self::Unhold => Event::Unhold,
            Self::Service => Event::Service,
        }
    }
}
