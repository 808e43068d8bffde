//! Provision states: where a node stands in its life.

use crate::named::named;

named! {
    /// Where a node stands. [`crate::machine`] says what each state allows and how one leads to another.
    pub enum ProvisionState ("provision state") {
        /// Known, not yet verified.
        Enroll = "enroll",
        /// Credentials and power are being checked.
        Verifying = "verifying",
        /// Under management, not offered for deployment.
        Manageable = "manageable",
        /// Offered for deployment.
        Available = "available",
        /// An instance is being put on.
        Deploying = "deploying",
        /// Deployment waits for the ramdisk's call.
        DeployWait = "wait call-back",
        /// Deployment went wrong.
        DeployFail = "deploy failed",
        /// Deployment stands still until told to go on.
        DeployHold = "deploy hold",
        /// In use.
        Active = "active",
        /// The instance is being taken off.
        Deleting = "deleting",
        /// Taking the instance off went wrong.
        Error = "error",
        /// Being cleaned.
        Cleaning = "cleaning",
        /// Cleaning waits for the ramdisk or for hardware.
        CleanWait = "clean wait",
        /// Cleaning went wrong.
        CleanFail = "clean failed",
        /// Cleaning stands still until told to go on.
        CleanHold = "clean hold",
        /// Its hardware is being looked at.
        Inspecting = "inspecting",
        /// Inspection waits for the ramdisk's call.
        InspectWait = "inspect wait",
        /// Inspection went wrong.
        InspectFail = "inspect failed",
        /// A running machine is being taken under management.
        Adopting = "adopting",
        /// Adoption went wrong.
        AdoptFail = "adopt failed",
        /// The rescue environment is being booted.
        Rescuing = "rescuing",
        /// Rescue waits for the ramdisk's call.
        RescueWait = "rescue wait",
        /// Rescue went wrong.
        RescueFail = "rescue failed",
        /// In the rescue environment.
        Rescue = "rescue",
        /// The rescue environment is being left.
        Unrescuing = "unrescuing",
        /// Leaving the rescue environment went wrong.
        UnrescueFail = "unrescue failed",
        /// A deployed node is being serviced.
        Servicing = "servicing",
        /// Servicing waits for the ramdisk or for hardware.
        ServiceWait = "service wait",
        /// Servicing went wrong.
        ServiceFail = "service failed",
        /// Servicing stands still until told to go on.
        ServiceHold = "service hold",
    }
}
