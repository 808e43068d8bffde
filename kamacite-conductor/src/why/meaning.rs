//! What each state means, in a sentence for somebody who was woken up.

use kamacite_model::ProvisionState;

/// What a state means.
#[rustfmt::skip]
pub(super) const fn of(state: ProvisionState) -> &'static str {
    use ProvisionState as S;
    match state {
        S::Enroll       => "It is known and nothing more: whether its BMC answers was not checked yet.",
        S::Verifying    => "Its credentials are being checked and its power is being read.",
        S::Manageable   => "It is under management, and not offered for deployment.",
        S::Available    => "It is clean and offered for deployment.",
        S::Deploying    => "An instance is being put on.",
        S::DeployWait   => "An instance is being put on, and the ramdisk on the machine has to call before that goes on.",
        S::DeployFail   => "Putting an instance on went wrong; what was on it by then is still there.",
        S::DeployHold   => "A deployment stands still because a step of it says so.",
        S::Active       => "An instance is on it, in use.",
        S::Deleting     => "The instance is being taken off.",
        S::Error        => "Taking the instance off went wrong; it may still run.",
        S::Cleaning     => "It is being cleaned.",
        S::CleanWait    => "It is being cleaned, and the ramdisk or the hardware has to say something before that goes on.",
        S::CleanFail    => "Cleaning went wrong; what is left on its disks is not known.",
        S::CleanHold    => "Cleaning stands still because a step of it says so.",
        S::Inspecting   => "Its hardware is being looked at.",
        S::InspectWait  => "Its hardware is being looked at, and the ramdisk on the machine has to call before that goes on.",
        S::InspectFail  => "Looking at its hardware went wrong.",
        S::Adopting     => "A machine that runs already is being taken under management.",
        S::AdoptFail    => "Taking a machine that runs already under management went wrong; it still runs.",
        S::Rescuing     => "The rescue environment is being booted.",
        S::RescueWait   => "The rescue environment is being booted, and the ramdisk has to call before that goes on.",
        S::RescueFail   => "Booting the rescue environment went wrong; the instance is on the disks still.",
        S::Rescue       => "It runs the rescue environment; the instance is on the disks.",
        S::Unrescuing   => "It is leaving the rescue environment for its instance.",
        S::UnrescueFail => "Leaving the rescue environment went wrong; the instance is on the disks still.",
        S::Servicing    => "The machine under an instance is being serviced.",
        S::ServiceWait  => "It is being serviced, and the ramdisk or the hardware has to say something before that goes on.",
        S::ServiceFail  => "Servicing went wrong; the instance is on the disks still.",
        S::ServiceHold  => "Servicing stands still because a step of it says so.",
    }
}
