//! Who may do what: every handler asks here, so that rules can be put in without touching one.
//!
//! For now there is no authentication: every caller is an administrator.

use kamacite_model::Node;

/// Who calls.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The user's id; `None` without authentication.
    pub user: Option<String>,
    /// The project's id; `None` without authentication.
    pub project: Option<String>,
    /// The user's roles in the project.
    pub roles: Vec<String>,
    /// The rights are those of the whole system, not of a project.
    pub system_scope: bool,
}

/// Whose a node is: all that rules look at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Whose<'a> {
    /// The project that owns it.
    pub owner: Option<&'a str>,
    /// The project that uses it.
    pub lessee: Option<&'a str>,
}

impl<'a> Whose<'a> {
    /// Whose a node is.
    pub fn of(node: &'a Node) -> Self {
        Self { owner: node.owner.as_deref(), lessee: node.lessee.as_deref() }
    }
}

/// What comes of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Go on.
    Allow,
    /// The caller may not even know that it is there: 404.
    Conceal,
    /// The caller may see it and not do this: 403.
    Forbid,
}

macro_rules! policies {
    ($($Member:ident = $rule:literal,)+) => {
        /// What can be allowed, by the reference's rule; what it has no rule for, by one of our own.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "each is named as its rule")]
        pub enum Policy { $($Member,)+ }

        impl Policy {
            /// Every policy.
            pub const ALL: &'static [Self] = &[$(Self::$Member,)+];

            /// The rule's name.
            pub const fn rule(self) -> &'static str {
                match self { $(Self::$Member => $rule,)+ }
            }
        }
    };
}

policies! {
    NodeCreate = "baremetal:node:create",
    NodeList = "baremetal:node:list",
    NodeGet = "baremetal:node:get",
    NodeUpdate = "baremetal:node:update",
    NodeDelete = "baremetal:node:delete",
    NodeValidate = "baremetal:node:validate",
    NodeSetMaintenance = "baremetal:node:set_maintenance",
    NodeClearMaintenance = "baremetal:node:clear_maintenance",
    NodeGetStates = "baremetal:node:get_states",
    NodeSetPower = "baremetal:node:set_power_state",
    NodeSetProvision = "baremetal:node:set_provision_state",
    NodeSetRaid = "baremetal:node:set_raid_state",
    NodeSetBootMode = "baremetal:node:set_boot_mode",
    NodeSetSecureBoot = "baremetal:node:set_secure_boot",
    NodeGetConsole = "baremetal:node:get_console",
    NodeSetConsole = "baremetal:node:set_console_state",
    NodeGetBootDevice = "baremetal:node:get_boot_device",
    NodeSetBootDevice = "baremetal:node:set_boot_device",
    NodeInjectNmi = "baremetal:node:inject_nmi",
    NodeGetIndicators = "baremetal:node:get_indicator_state",
    NodeSetIndicator = "baremetal:node:set_indicator_state",
    NodeGetMedia = "baremetal:node:vmedia:get",
    NodeAttachMedia = "baremetal:node:vmedia:attach",
    NodeDetachMedia = "baremetal:node:vmedia:detach",
    NodeListTraits = "baremetal:node:traits:list",
    NodeSetTraits = "baremetal:node:traits:set",
    NodeDeleteTraits = "baremetal:node:traits:delete",
    NodeHistory = "baremetal:node:history:get",
    NodeGetVifs = "baremetal:node:vif:list",
    NodeAttachVif = "baremetal:node:vif:attach",
    NodeDetachVif = "baremetal:node:vif:detach",
    NodeGetBios = "baremetal:node:bios:get",
    NodeGetFirmware = "baremetal:node:firmware:get",
    NodeGetInventory = "baremetal:node:inventory:get",
    PortCreate = "baremetal:port:create",
    PortList = "baremetal:port:list",
    PortGet = "baremetal:port:get",
    PortUpdate = "baremetal:port:update",
    PortDelete = "baremetal:port:delete",
    PortgroupCreate = "baremetal:portgroup:create",
    PortgroupList = "baremetal:portgroup:list",
    PortgroupGet = "baremetal:portgroup:get",
    PortgroupUpdate = "baremetal:portgroup:update",
    PortgroupDelete = "baremetal:portgroup:delete",
    VolumeList = "baremetal:volume:list",
    VolumeGet = "baremetal:volume:get",
    VolumeCreate = "baremetal:volume:create",
    VolumeUpdate = "baremetal:volume:update",
    VolumeDelete = "baremetal:volume:delete",
    VolumeViewTargetProperties = "baremetal:volume:view_target_properties",
    ChassisGet = "baremetal:chassis:get",
    ChassisCreate = "baremetal:chassis:create",
    ChassisUpdate = "baremetal:chassis:update",
    ChassisDelete = "baremetal:chassis:delete",
    AllocationCreate = "baremetal:allocation:create",
    AllocationList = "baremetal:allocation:list",
    AllocationGet = "baremetal:allocation:get",
    AllocationUpdate = "baremetal:allocation:update",
    AllocationDelete = "baremetal:allocation:delete",
    NodeVendorPassthru = "baremetal:node:vendor_passthru",
    NodeWhy = "kamacite:node:why",
    NodeAbandon = "kamacite:node:abandon",
    DriverGet = "baremetal:driver:get",
    DriverGetProperties = "baremetal:driver:get_properties",
    DriverGetRaid = "baremetal:driver:get_raid_logical_disk_properties",
    DriverVendorPassthru = "baremetal:driver:vendor_passthru",
    ConductorGet = "baremetal:conductor:get",
}

impl Policy {
    /// Whether `who` may do this, to a node where it is about one.
    pub const fn decide(self, who: &Identity, node: Option<Whose<'_>>) -> Decision {
        let _ = (self, who, node);
        Decision::Allow
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn without_authentication_everyone_may_do_everything() {
        for policy in Policy::ALL {
            assert!(policy.rule().starts_with("baremetal:") || policy.rule().starts_with("kamacite:"));
            assert_eq!(policy.decide(&Identity::default(), None), Decision::Allow, "{}", policy.rule());
        }
    }
}
