//! How long nodes may wait for something outside, by state, and the options that say so. Pure.

use std::time::Duration;

use kamacite_model::ProvisionState;

use crate::Config;

/// How long a state may wait, and the option of `[conductor]` that says so; nothing for one in which nothing outside is
/// waited for. No time at all stands for ever.
pub(crate) fn patience(config: &Config, state: ProvisionState) -> Option<(Duration, &'static str)> {
    use ProvisionState as S;
    match state {
        S::DeployWait => Some((config.deploy_callback_timeout, "deploy_callback_timeout")),
        S::CleanWait => Some((config.clean_callback_timeout, "clean_callback_timeout")),
        S::ServiceWait => Some((config.service_callback_timeout, "service_callback_timeout")),
        S::RescueWait => Some((config.rescue_callback_timeout, "rescue_callback_timeout")),
        S::InspectWait => Some((config.inspect_wait_timeout, "inspect_wait_timeout")),
        S::Enroll
        | S::Verifying
        | S::Manageable
        | S::Available
        | S::Deploying
        | S::DeployFail
        | S::DeployHold
        | S::Active
        | S::Deleting
        | S::Error
        | S::Cleaning
        | S::CleanFail
        | S::CleanHold
        | S::Inspecting
        | S::InspectFail
        | S::Adopting
        | S::AdoptFail
        | S::Rescuing
        | S::RescueFail
        | S::Rescue
        | S::Unrescuing
        | S::UnrescueFail
        | S::Servicing
        | S::ServiceFail
        | S::ServiceHold => None,
    }
}

#[cfg(test)]
mod tests {
    use kamacite_model::{machine::Phase, options::Options};

    use super::*;

    #[test]
    fn every_state_that_waits_has_a_time_and_no_other() {
        let config = Config::from_options(&Options::new([]));
        for state in ProvisionState::ALL.iter().copied() {
            let waits = state.facts().phase == Phase::Waiting;
            assert_eq!(patience(&config, state).is_some(), waits, "{state}");
        }
    }
}
