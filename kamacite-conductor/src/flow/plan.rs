//! The shape of a plan, as the journal keeps it.

use kamacite_driver::{Cursor, Resume, StepKind};
use kamacite_model::{Fault, InterfaceKind, Json, ProvisionState, machine::Event};
use serde::{Deserialize, Deserializer, Serialize};

use crate::UserStep;

/// What is to be done, and how far it is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// What is to be done, in order.
    pub(crate) actions: Vec<Action>,
    /// The next of them.
    pub(crate) at: usize,
    /// Whether the step at this position may have been started already.
    pub(crate) started: bool,
    /// Where the action at this position stands, in its own words. Left out where there is none: a cursor may be null.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "there")]
    pub(crate) cursor: Option<Cursor>,
    /// The machine is to be rebooted before the action at this position is called again.
    #[serde(default)]
    pub(crate) reboot: bool,
    /// Why the plan is winding down, where it is.
    pub(crate) failure: Option<Failure>,
    /// A client wants it to end after the current step.
    pub(crate) abort_after: bool,
    /// How far the work is, as a driver said last.
    pub(crate) words: Option<String>,
    /// The node's state when this was written. Where it is in another one by now, somebody else has taken the node.
    #[serde(default)]
    pub(crate) left_in: Option<ProvisionState>,
}

fn there<'de, D: Deserializer<'de>>(cursor: D) -> Result<Option<Cursor>, D::Error> {
    Cursor::deserialize(cursor).map(Some)
}

/// Why a plan winds down, and what is recorded on the node at its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Failure {
    /// What goes into `last_error`.
    pub(crate) words: String,
    /// The kind of work, for the history.
    pub(crate) event_type: String,
    /// Puts the node into maintenance for this reason.
    pub(crate) fault: Option<Fault>,
    /// A client asked for it: nothing went wrong.
    pub(crate) on_request: bool,
}

impl Plan {
    /// A plan that stands at its beginning.
    pub(crate) fn new(actions: Vec<Action>) -> Self {
        Self {
            actions,
            at: 0,
            started: false,
            cursor: None,
            reboot: false,
            failure: None,
            abort_after: false,
            words: None,
            left_in: None,
        }
    }

    /// The next action.
    pub(crate) fn current(&self) -> Option<&Action> {
        self.actions.get(self.at)
    }

    /// Whether the next action is a step that cannot go on in another process.
    pub(crate) fn cannot_resume(&self) -> bool {
        matches!(self.current(), Some(Action::Step(step)) if step.resume == Resume::Never)
    }

    /// Moves past the action at this position.
    pub(crate) fn advance(&mut self) {
        self.at += 1;
        self.started = false;
        self.cursor = None;
        self.reboot = false;
    }
}

/// One thing to do. The first group calls a driver, the second only changes the node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Action {
    /// Check credentials and read the power.
    Verify,
    /// Look at the hardware.
    Inspect,
    /// Stop an inspection that waits.
    AbortInspection,
    /// Check that a node can be cleaned.
    CheckCleaning,
    /// Make ready for clean steps.
    PrepareCleaning,
    /// Tidy up after clean steps.
    TearDownCleaning,
    /// Make ready for service steps.
    PrepareService,
    /// Tidy up after service steps.
    TearDownService,
    /// Make ready for deploy steps.
    PrepareDeploy,
    /// Remove what preparing left behind.
    CleanUpDeploy,
    /// Take the instance off.
    TearDown,
    /// Take the instance's virtual network interfaces off.
    DetachVifs,
    /// Take a running machine over.
    TakeOver,
    /// Close the console, to be opened again with the next instance.
    StopConsole,
    /// Boot the rescue environment.
    Rescue,
    /// Leave the rescue environment.
    Unrescue,
    /// Remove what a rescue left behind.
    CleanUpRescue,
    /// Power off.
    PowerOff,
    /// Find out which steps to run, and put them behind this action.
    ChooseSteps(Choice),
    /// Run a step.
    Step(PlannedStep),

    /// Something happens to the node's state.
    Turn(Event),
    /// Forget the instance.
    DropInstance,
    /// The steps are over.
    EndSteps {
        /// Which.
        kind: StepKind,
    },
    /// Leave cleaning: to available, or to manageable after a manual clean and for retired nodes.
    EndCleaning {
        /// Chosen by a client.
        manual: bool,
    },
}

impl Action {
    /// Whether a driver is called; the others only change the node.
    pub(crate) const fn is_call(&self) -> bool {
        match self {
            Self::Turn(_) | Self::DropInstance | Self::EndSteps { .. } | Self::EndCleaning { .. } => false,
            Self::Verify
            | Self::Inspect
            | Self::AbortInspection
            | Self::CheckCleaning
            | Self::PrepareCleaning
            | Self::TearDownCleaning
            | Self::PrepareService
            | Self::TearDownService
            | Self::PrepareDeploy
            | Self::CleanUpDeploy
            | Self::TearDown
            | Self::DetachVifs
            | Self::TakeOver
            | Self::StopConsole
            | Self::Rescue
            | Self::Unrescue
            | Self::CleanUpRescue
            | Self::PowerOff
            | Self::ChooseSteps(_)
            | Self::Step(_) => true,
        }
    }

    /// What is done, for people.
    pub(crate) fn words(&self) -> String {
        let words = match self {
            Self::Verify => "check the credentials and read the power",
            Self::Inspect => "look at the hardware",
            Self::AbortInspection => "stop the inspection",
            Self::CheckCleaning => "check that the node can be cleaned",
            Self::PrepareCleaning => "make ready for cleaning",
            Self::TearDownCleaning => "tidy up after cleaning",
            Self::PrepareService => "make ready for servicing",
            Self::TearDownService => "tidy up after servicing",
            Self::PrepareDeploy => "make ready for the deployment",
            Self::CleanUpDeploy => "remove what the deployment left behind",
            Self::TearDown => "take the instance off",
            Self::DetachVifs => "take the instance's virtual network interfaces off",
            Self::TakeOver => "take the running machine over",
            Self::StopConsole => "close the console",
            Self::Rescue => "boot the rescue environment",
            Self::Unrescue => "leave the rescue environment",
            Self::CleanUpRescue => "remove what the rescue left behind",
            Self::PowerOff => "power off",
            Self::ChooseSteps(_) => "find out which steps to run",
            Self::Step(step) => return format!("{} step {}", step.kind.as_str(), step.id()),
            Self::Turn(_) => "record the new state",
            Self::DropInstance => "forget the instance",
            Self::EndSteps { .. } => "note that the steps are over",
            Self::EndCleaning { .. } => "leave cleaning",
        };
        words.to_owned()
    }
}

/// How the steps of a flow are found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Choice {
    /// Which steps.
    pub(crate) kind: StepKind,
    /// What the client asked for; without it, the drivers' own by priority.
    pub(crate) asked: Option<Vec<UserStep>>,
    /// Steps that need the ramdisk cannot run.
    pub(crate) disable_ramdisk: bool,
}

/// A step that is going to run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PlannedStep {
    /// Where it comes from.
    pub(crate) source: StepSource,
    /// Its name.
    pub(crate) step: String,
    /// When it runs.
    pub(crate) kind: StepKind,
    /// Its arguments.
    pub(crate) args: Json,
    /// A client may abort while it waits.
    pub(crate) abortable: bool,
    /// How it goes on after a crash.
    pub(crate) resume: Resume,
    /// What clients see of it while it runs.
    pub(crate) shown: Json,
}

impl PlannedStep {
    /// Its name with that of its interface.
    pub(crate) fn id(&self) -> String {
        let interface = self.shown.get("interface").and_then(serde_json::Value::as_str).unwrap_or_default();
        format!("{interface}.{}", self.step)
    }
}

/// Where a step comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum StepSource {
    /// One of the node's interfaces.
    Interface(InterfaceKind),
    /// The conductor itself.
    Reserved(Reserved),
}

/// Steps that the conductor does itself, whatever the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Reserved {
    /// Stand still until a client says `unhold`.
    Hold,
    /// Wait for a number of seconds, or for the ramdisk.
    Wait,
    /// Power on.
    PowerOn,
    /// Power off.
    PowerOff,
    /// Reboot.
    Reboot,
}

impl Reserved {
    /// The reserved step of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "hold" => Self::Hold,
            "wait" => Self::Wait,
            "power_on" => Self::PowerOn,
            "power_off" => Self::PowerOff,
            "reboot" => Self::Reboot,
            _ => return None,
        })
    }
}
