//! What the conductor counts of itself: for whoever watches the service.

use kamacite_model::operation::{OperationKind, OperationState};
use meter::{Counter, Durations, Gauge, SLOW};

/// What the conductor counts of itself, since it was started.
#[derive(Debug)]
pub struct Meters {
    /// Who waits for the lock of a node.
    pub lock_waiting: Gauge,
    /// How long those waited who had to, whether or not they got it.
    pub lock_waits: Durations,
    /// Locks that were not had: the node stayed locked, or nobody cared to wait.
    pub lock_refusals: Counter,
    sweeps: Vec<SweepMeters>,
    operations: Vec<(OperationKind, OperationState, Durations)>,
}

/// Work that is done from time to time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sweep {
    /// What nobody works on any more is picked up.
    Recovery,
    /// What has waited too long is given up.
    Timeouts,
    /// Allocations get the nodes they ask for.
    Allocations,
    /// The power of nodes is read.
    Power,
    /// Nodes whose power could not be read are tried again.
    PowerRecovery,
    /// History and operations are thinned out.
    Purge,
}

/// What is counted of one kind of sweep.
#[derive(Debug)]
pub struct SweepMeters {
    /// Which.
    pub sweep: Sweep,
    /// How long it took each time.
    pub took: Durations,
    /// How often it broke off.
    pub failures: Counter,
}

impl Sweep {
    /// Every sweep.
    pub const ALL: [Self; 6] =
        [Self::Recovery, Self::Timeouts, Self::Allocations, Self::Power, Self::PowerRecovery, Self::Purge];

    /// In a word or two.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recovery => "recovery",
            Self::Timeouts => "timeouts",
            Self::Allocations => "allocations",
            Self::Power => "power",
            Self::PowerRecovery => "power recovery",
            Self::Purge => "purge",
        }
    }
}

impl Default for Meters {
    fn default() -> Self {
        let none = || Durations::new(SLOW);
        let sweep = |sweep| SweepMeters { sweep, took: none(), failures: Counter::default() };
        let ended = OperationState::ALL.iter().filter(|state| state.is_final());
        let each = |state: &OperationState| OperationKind::ALL.iter().map(|kind| (*kind, *state, none())).collect();
        Self {
            lock_waiting: Gauge::default(),
            lock_waits: none(),
            lock_refusals: Counter::default(),
            sweeps: Sweep::ALL.map(sweep).into(),
            operations: ended.flat_map(|state| -> Vec<_> { each(state) }).collect(),
        }
    }
}

impl Meters {
    /// What is counted of a sweep.
    pub(crate) fn sweep(&self, sweep: Sweep) -> &SweepMeters {
        &self.sweeps[sweep as usize]
    }

    /// What is counted of each sweep.
    pub fn sweeps(&self) -> &[SweepMeters] {
        &self.sweeps
    }

    /// How long operations took from being asked for to their end, by kind and by how they ended.
    pub fn operations(&self) -> &[(OperationKind, OperationState, Durations)] {
        &self.operations
    }

    /// How long operations of a kind took that ended so; `None` for a state that is no end.
    pub(crate) fn ended(&self, kind: OperationKind, state: OperationState) -> Option<&Durations> {
        self.operations.iter().find(|(of, ended, _)| (*of, *ended) == (kind, state)).map(|(_, _, took)| took)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_by_its_name() {
        let meters = Meters::default();
        for sweep in Sweep::ALL {
            assert_eq!(meters.sweep(sweep).sweep, sweep);
        }
        assert_eq!(meters.operations().len(), 3 * OperationKind::ALL.len());
        assert!(meters.ended(OperationKind::Power, OperationState::Failed).is_some());
        assert!(meters.ended(OperationKind::Power, OperationState::Waiting).is_none());
    }
}
