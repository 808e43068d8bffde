//! The provision state machine, as two tables: how one state leads to another, and what each state allows.
//!
//! Everything that depends on a state asks here. A test holds both tables against the recorded facts of the reference.

use ProvisionState::*;

use crate::{ProvisionState, named::named};

named! {
    /// What happens to a node: a client's verb, or the outcome of work.
    pub enum Event ("event") {
        /// Stop what is waiting.
        Abort = "abort",
        /// Take a running machine under management.
        Adopt = "adopt",
        /// Start cleaning.
        Clean = "clean",
        /// Take the instance off.
        Delete = "delete",
        /// Put an instance on.
        Deploy = "deploy",
        /// The work ended well.
        Done = "done",
        /// The work went wrong.
        Fail = "fail",
        /// Stand still until told to go on.
        Hold = "hold",
        /// Look at the hardware.
        Inspect = "inspect",
        /// Bring under management.
        Manage = "manage",
        /// Offer for deployment.
        Provide = "provide",
        /// Put the same instance on again.
        Rebuild = "rebuild",
        /// Boot the rescue environment.
        Rescue = "rescue",
        /// What was waited for has come.
        Resume = "resume",
        /// Start servicing.
        Service = "service",
        /// Go on after a hold.
        Unhold = "unhold",
        /// Leave the rescue environment.
        Unrescue = "unrescue",
        /// The work waits for something outside.
        Wait = "wait",
    }
}

/// The state that `event` leads to from `state`, where it leads anywhere.
pub fn next(state: ProvisionState, event: Event) -> Option<ProvisionState> {
    TRANSITIONS.iter().find(|(from, on, _)| *from == state && *on == event).map(|(_, _, to)| *to)
}

/// What a state is to whoever looks at the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Nothing is under way and nothing is owed.
    Stable,
    /// The conductor works.
    Working,
    /// The work waits for something outside; it goes on by itself or times out.
    Waiting,
    /// The work stands still until a client says `unhold` or `abort`.
    Holding,
    /// The last work went wrong; a client decides.
    Failed,
}

/// What a state allows and where it is heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// The state this row is about.
    pub state: ProvisionState,
    /// What the state is.
    pub phase: Phase,
    /// Where a node in this state is heading: becomes `target_provision_state`.
    pub target: Option<ProvisionState>,
    /// A client may change the node although a target is set.
    pub may_update: bool,
    /// A client may choose other interfaces (maintenance allows it everywhere).
    pub may_change_interfaces: bool,
    /// The node may be removed (maintenance allows it everywhere).
    pub may_delete: bool,
    /// A ramdisk's agent may look its node up.
    pub may_lookup: bool,
    /// The same when the agent is kept running between operations.
    pub may_lookup_fast_track: bool,
    /// The power sweep looks after the node.
    pub power_sync: bool,
}

/// The row of facts about a state.
pub fn facts(state: ProvisionState) -> &'static Facts {
    // The table stands in the order of the enum; a test holds it there.
    &FACTS[state as usize]
}

impl ProvisionState {
    /// The row of facts about this state.
    pub fn facts(self) -> &'static Facts {
        facts(self)
    }
}

/// Every transition: from, event, to.
#[rustfmt::skip]
pub const TRANSITIONS: &[(ProvisionState, Event, ProvisionState)] = {
    use Event::{Abort, Adopt, Clean, Delete, Deploy, Done, Fail, Hold, Inspect, Manage, Provide, Rebuild, Resume, Service, Unhold, Unrescue, Wait};
    &[
        (Enroll,       Manage,   Verifying),
        (Verifying,    Done,     Manageable),
        (Verifying,    Fail,     Enroll),
        (Manageable,   Adopt,    Adopting),
        (Manageable,   Clean,    Cleaning),
        (Manageable,   Inspect,  Inspecting),
        (Manageable,   Provide,  Cleaning),
        (Available,    Deploy,   Deploying),
        (Available,    Manage,   Manageable),
        (Deploying,    Done,     Active),
        (Deploying,    Fail,     DeployFail),
        (Deploying,    Hold,     DeployHold),
        (Deploying,    Wait,     DeployWait),
        (DeployWait,   Abort,    DeployFail),
        (DeployWait,   Delete,   Deleting),
        (DeployWait,   Fail,     DeployFail),
        (DeployWait,   Hold,     DeployHold),
        (DeployWait,   Resume,   Deploying),
        (DeployFail,   Delete,   Deleting),
        (DeployFail,   Deploy,   Deploying),
        (DeployFail,   Rebuild,  Deploying),
        (DeployHold,   Abort,    DeployFail),
        (DeployHold,   Unhold,   DeployWait),
        (Active,       Delete,   Deleting),
        (Active,       Rebuild,  Deploying),
        (Active,       Event::Rescue, Rescuing),
        (Active,       Service,  Servicing),
        (Deleting,     Clean,    Cleaning),
        (Deleting,     Fail,     Error),
        (Error,        Delete,   Deleting),
        (Error,        Rebuild,  Deploying),
        (Cleaning,     Done,     Available),
        (Cleaning,     Fail,     CleanFail),
        (Cleaning,     Hold,     CleanHold),
        (Cleaning,     Manage,   Manageable),
        (Cleaning,     Wait,     CleanWait),
        (CleanWait,    Abort,    CleanFail),
        (CleanWait,    Fail,     CleanFail),
        (CleanWait,    Hold,     CleanHold),
        (CleanWait,    Resume,   Cleaning),
        (CleanFail,    Manage,   Manageable),
        (CleanHold,    Abort,    CleanFail),
        (CleanHold,    Unhold,   CleanWait),
        (Inspecting,   Done,     Manageable),
        (Inspecting,   Fail,     InspectFail),
        (Inspecting,   Wait,     InspectWait),
        (InspectWait,  Abort,    InspectFail),
        (InspectWait,  Done,     Manageable),
        (InspectWait,  Fail,     InspectFail),
        (InspectWait,  Resume,   Inspecting),
        (InspectFail,  Inspect,  Inspecting),
        (InspectFail,  Manage,   Manageable),
        (Adopting,     Done,     Active),
        (Adopting,     Fail,     AdoptFail),
        (AdoptFail,    Adopt,    Adopting),
        (AdoptFail,    Manage,   Manageable),
        (Rescuing,     Done,     Rescue),
        (Rescuing,     Fail,     RescueFail),
        (Rescuing,     Wait,     RescueWait),
        (RescueWait,   Abort,    RescueFail),
        (RescueWait,   Delete,   Deleting),
        (RescueWait,   Fail,     RescueFail),
        (RescueWait,   Resume,   Rescuing),
        (RescueFail,   Delete,   Deleting),
        (RescueFail,   Event::Rescue, Rescuing),
        (RescueFail,   Unrescue, Unrescuing),
        (Rescue,       Delete,   Deleting),
        (Rescue,       Event::Rescue, Rescuing),
        (Rescue,       Unrescue, Unrescuing),
        (Unrescuing,   Done,     Active),
        (Unrescuing,   Fail,     UnrescueFail),
        (UnrescueFail, Delete,   Deleting),
        (UnrescueFail, Event::Rescue, Rescuing),
        (UnrescueFail, Unrescue, Unrescuing),
        (Servicing,    Done,     Active),
        (Servicing,    Fail,     ServiceFail),
        (Servicing,    Hold,     ServiceHold),
        (Servicing,    Wait,     ServiceWait),
        (ServiceWait,  Abort,    ServiceFail),
        (ServiceWait,  Delete,   Deleting),
        (ServiceWait,  Fail,     ServiceFail),
        (ServiceWait,  Hold,     ServiceHold),
        (ServiceWait,  Resume,   Servicing),
        (ServiceFail,  Abort,    Active),
        (ServiceFail,  Delete,   Deleting),
        (ServiceFail,  Hold,     ServiceHold),
        (ServiceFail,  Event::Rescue, Rescuing),
        (ServiceFail,  Service,  Servicing),
        (ServiceFail,  Wait,     ServiceWait),
        (ServiceHold,  Abort,    ServiceFail),
        (ServiceHold,  Fail,     ServiceFail),
        (ServiceHold,  Service,  Servicing),
        (ServiceHold,  Unhold,   ServiceWait),
    ]
};

/// Every state's facts, in the order of the enum.
#[rustfmt::skip]
pub const FACTS: &[Facts] = {
    use Phase::{Failed, Holding, Stable, Waiting, Working};
    const YES: bool = true;
    const NO: bool = false;
    &[
    //  state         phase     target            update interf. delete lookup fast  sync
        row(Enroll,       Stable,  None,              NO, YES, YES,  NO, YES,  NO),
        row(Verifying,    Working, Some(Manageable), YES,  NO,  NO,  NO,  NO, YES),
        row(Manageable,   Stable,  None,              NO, YES, YES,  NO, YES, YES),
        row(Available,    Stable,  None,              NO, YES,  NO,  NO, YES, YES),
        row(Deploying,    Working, Some(Active),      NO,  NO,  NO, YES, YES, YES),
        row(DeployWait,   Waiting, Some(Active),      NO,  NO,  NO, YES, YES,  NO),
        row(DeployFail,   Failed,  Some(Active),     YES,  NO,  NO,  NO,  NO, YES),
        row(DeployHold,   Holding, Some(Active),      NO,  NO,  NO,  NO,  NO, YES),
        row(Active,       Stable,  None,              NO,  NO,  NO,  NO,  NO, YES),
        row(Deleting,     Working, Some(Available),   NO,  NO,  NO,  NO,  NO, YES),
        row(Error,        Stable,  None,             YES,  NO,  NO,  NO,  NO, YES),
        row(Cleaning,     Working, Some(Available),   NO,  NO,  NO, YES, YES, YES),
        row(CleanWait,    Waiting, Some(Available),   NO,  NO,  NO, YES, YES,  NO),
        row(CleanFail,    Failed,  Some(Available),  YES,  NO,  NO,  NO,  NO, YES),
        row(CleanHold,    Holding, Some(Available),   NO,  NO,  NO,  NO,  NO, YES),
        row(Inspecting,   Working, Some(Manageable), YES, YES,  NO, YES, YES, YES),
        row(InspectWait,  Waiting, Some(Manageable), YES, YES,  NO, YES, YES, YES),
        row(InspectFail,  Failed,  Some(Manageable), YES,  NO,  NO,  NO,  NO, YES),
        row(Adopting,     Working, Some(Active),      NO,  NO,  NO,  NO,  NO, YES),
        row(AdoptFail,    Failed,  Some(Active),     YES,  NO, YES,  NO,  NO,  NO),
        row(Rescuing,     Working, Some(Rescue),      NO,  NO,  NO, YES, YES, YES),
        row(RescueWait,   Waiting, Some(Rescue),      NO,  NO,  NO, YES, YES, YES),
        row(RescueFail,   Failed,  Some(Rescue),     YES,  NO,  NO,  NO,  NO, YES),
        row(Rescue,       Stable,  None,              NO,  NO,  NO,  NO,  NO, YES),
        row(Unrescuing,   Working, Some(Active),      NO,  NO,  NO,  NO,  NO, YES),
        row(UnrescueFail, Failed,  Some(Active),     YES,  NO,  NO,  NO,  NO, YES),
        row(Servicing,    Working, Some(Active),      NO,  NO,  NO,  NO, YES, YES),
        row(ServiceWait,  Waiting, Some(Active),      NO,  NO,  NO, YES, YES, YES),
        row(ServiceFail,  Failed,  Some(Active),     YES,  NO,  NO,  NO,  NO, YES),
        row(ServiceHold,  Holding, Some(Active),     YES,  NO,  NO,  NO, YES, YES),
    ]
};

#[allow(clippy::too_many_arguments, clippy::fn_params_excessive_bools, reason = "a row of a table, named in its head")]
const fn row(
    state: ProvisionState,
    phase: Phase,
    target: Option<ProvisionState>,
    may_update: bool,
    may_change_interfaces: bool,
    may_delete: bool,
    may_lookup: bool,
    may_lookup_fast_track: bool,
    power_sync: bool,
) -> Facts {
    Facts {
        state,
        phase,
        target,
        may_update,
        may_change_interfaces,
        may_delete,
        may_lookup,
        may_lookup_fast_track,
        power_sync,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_stand_in_the_order_of_the_enum() {
        let order: Vec<_> = FACTS.iter().map(|row| row.state).collect();
        assert_eq!(order, ProvisionState::ALL);
    }

    #[test]
    fn no_state_takes_an_event_two_ways() {
        for (i, (from, event, _)) in TRANSITIONS.iter().enumerate() {
            assert!(TRANSITIONS[..i].iter().all(|(f, e, _)| (f, e) != (from, event)), "{from}: {event} twice");
        }
    }
}
