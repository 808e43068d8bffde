//! Why a BMC did not do what it was asked, whoever asked it.

use kamacite_driver::{
    Error,
    governor::{Outcome, Refusal},
};

use super::program::Trouble;

/// Why a BMC did not do what it was asked.
#[derive(Debug)]
pub enum Failure {
    /// What the native client ran into.
    Native(ipmi::Error),
    /// What the program ran into.
    Program(Trouble),
    /// Nothing was asked.
    Withheld(Refusal),
}

impl Failure {
    /// Whether it may have been done all the same: only the state can tell.
    pub fn may_be_done(&self) -> bool {
        use ipmi::Completion;

        match self {
            Self::Native(ipmi::Error::Timeout { .. } | ipmi::Error::SilentBehind { .. })
            | Self::Program(Trouble::Unanswered { .. } | Trouble::Late { .. }) => true,
            _ => self.completion().is_some_and(|code| [Completion::TIMEOUT, Completion::NO_RESPONSE].contains(&code)),
        }
    }

    /// Whether the same question may well be answered a little later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Native(why) => why.is_transient(),
            Self::Program(
                Trouble::Silent { .. } | Trouble::Unanswered { .. } | Trouble::Late { .. } | Trouble::Full { .. },
            )
            | Self::Withheld(Refusal::Silent { .. }) => true,
            Self::Program(Trouble::Completion { code, .. }) => code.is_busy(),
            Self::Program(Trouble::Refused { .. } | Trouble::Suite { .. } | Trouble::Failed { .. })
            | Self::Withheld(Refusal::LockedOut { .. }) => false,
        }
    }

    /// How the command ended, if the BMC carried it out badly or not at all.
    pub fn completion(&self) -> Option<ipmi::Completion> {
        match self {
            Self::Native(why) => why.completion(),
            Self::Program(Trouble::Completion { code, .. }) => Some(*code),
            Self::Program(_) | Self::Withheld(_) => None,
        }
    }

    /// Whether the BMC does not have the command, or not this form of it.
    pub fn is_unsupported(&self) -> bool {
        self.completion().is_some_and(ipmi::Completion::is_unsupported)
    }

    /// What the governor learns from it.
    pub fn outcome(&self) -> Outcome {
        use ipmi::Error as Why;

        let words = self.to_string();
        match self {
            Self::Native(why) if why.is_refused_login() => Outcome::Refused(words),
            Self::Native(
                Why::Unresolved { .. }
                | Why::Network { .. }
                | Why::Dead { .. }
                | Why::Stalled { .. }
                | Why::Timeout { .. },
            )
            | Self::Program(Trouble::Silent { .. } | Trouble::Unanswered { .. } | Trouble::Late { .. }) => {
                Outcome::Silent(words)
            }
            Self::Program(Trouble::Refused { .. }) => Outcome::Refused(words),
            // Nothing was sent.
            Self::Native(Why::Option { .. } | Why::TooLong { .. }) | Self::Withheld(_) => Outcome::Broken(words),
            // The program may not be there, or be another.
            Self::Program(Trouble::Failed { .. }) => Outcome::Broken(words),
            Self::Native(_)
            | Self::Program(Trouble::Completion { .. } | Trouble::Full { .. } | Trouble::Suite { .. }) => {
                Outcome::Answered(words)
            }
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Native(why) => why.fmt(f),
            Self::Program(why) => why.fmt(f),
            Self::Withheld(why) => why.fmt(f),
        }
    }
}

/// As the engine understands it. The sentences of those who failed say all there is to say.
impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let words = failure.to_string();
        match &failure {
            Failure::Withheld(Refusal::Silent { .. })
            | Failure::Native(ipmi::Error::NoFreeSession { .. })
            | Failure::Program(Trouble::Full { .. }) => Self::busy(words),
            Failure::Native(ipmi::Error::Option { .. } | ipmi::Error::TooLong { .. }) => Self::invalid(words),
            failed if failed.is_unsupported() => Self::unsupported(words),
            failed if failed.completion().is_some_and(ipmi::Completion::is_busy) => Self::busy(words),
            Failure::Native(_) | Failure::Program(_) | Failure::Withheld(Refusal::LockedOut { .. }) => {
                Self::hardware(words)
            }
        }
    }
}
