//! The conductor's options, with the reference's names and defaults.

use std::time::Duration;

use kamacite_model::options::{Opt, OptionSpec, Options};

macro_rules! config {
    ($($(#[doc = $help:literal])+ $field:ident: $Type:ty = [$group:ident] $name:literal, $default:literal;)+) => {
        /// What was configured for the conductor.
        #[derive(Debug, Clone)]
        pub struct Config { $($(#[doc = $help])+ pub $field: $Type,)+ }

        impl Config {
            /// Reads the options.
            pub fn from_options(options: &Options) -> Self {
                Self { $($field: options.get(&options::$field()),)+ }
            }
        }

        mod options {
            use super::*;

            $(pub(super) const fn $field() -> Opt<$Type> {
                Opt::new(stringify!($group), $name, $default, concat!($($help),+))
            })+
        }

        /// The options the conductor reads.
        pub fn specs() -> Vec<OptionSpec> {
            vec![$(options::$field().spec(),)+]
        }
    };
}

config! {
    /// The name of this conductor among its kind, and the holder of its locks. Empty: the machine's name.
    host: String = [DEFAULT] "host", "";
    /// The group of nodes this conductor manages.
    conductor_group: String = [conductor] "conductor_group", "";
    /// How the ports of a group share the work where a client does not say: a mode of the Linux bonding driver.
    default_portgroup_mode: String = [DEFAULT] "default_portgroup_mode", "active-backup";
    /// How often a conductor says that it is alive, in seconds.
    heartbeat_interval: Duration = [conductor] "heartbeat_interval", "10";
    /// After how many seconds of silence a conductor counts as gone, and its lease on nodes lapses.
    heartbeat_timeout: Duration = [conductor] "heartbeat_timeout", "60";
    /// How many times a locked node is tried.
    node_locked_retry_attempts: u32 = [conductor] "node_locked_retry_attempts", "3";
    /// Seconds between two tries of a locked node.
    node_locked_retry_interval: Duration = [conductor] "node_locked_retry_interval", "1";
    /// How many nodes may be deploying at the same time; 0 for any number.
    max_concurrent_deploy: u32 = [conductor] "max_concurrent_deploy", "250";
    /// How many nodes may be deleting or cleaning at the same time; 0 for any number.
    max_concurrent_clean: u32 = [conductor] "max_concurrent_clean", "50";
    /// Whether nodes are cleaned by themselves before they are offered.
    automated_clean: bool = [conductor] "automated_clean", "true";
    /// Whether available nodes may be deleted.
    allow_deleting_available_nodes: bool = [conductor] "allow_deleting_available_nodes", "true";
    /// Whether nodes in maintenance may be provisioned.
    allow_provisioning_in_maintenance: bool = [conductor] "allow_provisioning_in_maintenance", "true";
    /// How long a deployment may wait for the ramdisk, in seconds.
    deploy_callback_timeout: Duration = [conductor] "deploy_callback_timeout", "1800";
    /// How long cleaning may wait for the ramdisk, in seconds.
    clean_callback_timeout: Duration = [conductor] "clean_callback_timeout", "1800";
    /// How long servicing may wait for the ramdisk, in seconds.
    service_callback_timeout: Duration = [conductor] "service_callback_timeout", "1800";
    /// How long a rescue may wait for the ramdisk, in seconds.
    rescue_callback_timeout: Duration = [conductor] "rescue_callback_timeout", "1800";
    /// How long an inspection may wait for the ramdisk, in seconds.
    inspect_wait_timeout: Duration = [conductor] "inspect_wait_timeout", "1800";
    /// How often what waits too long is looked for, in seconds; 0 for never.
    check_provision_state_interval: Duration = [conductor] "check_provision_state_interval", "60";
    /// How often allocations that nobody looks after are looked for, in seconds; 0 for never.
    check_allocations_interval: Duration = [conductor] "check_allocations_interval", "60";
    /// The most seconds that a `wait` step may ask for.
    max_conductor_wait_step_seconds: u32 = [conductor] "max_conductor_wait_step_seconds", "30";
    /// Whether a node whose cleaning failed is powered off.
    poweroff_in_cleanfail: bool = [conductor] "poweroff_in_cleanfail", "false";
    /// Priorities of clean steps as `interface.step:priority`, instead of the drivers' own.
    clean_step_priority_override: Vec<String> = [conductor] "clean_step_priority_override", "";
    /// Priorities of verify steps as `interface.step:priority`, instead of the drivers' own.
    verify_step_priority_override: Vec<String> = [conductor] "verify_step_priority_override", "";
    /// How often the power of all nodes is read, in seconds; 0 for never.
    sync_power_state_interval: Duration = [conductor] "sync_power_state_interval", "120";
    /// Whether hardware whose power differs is brought to the recorded state, instead of recording what is found.
    force_power_state_during_sync: bool = [conductor] "force_power_state_during_sync", "true";
    /// After how many failures to read or set the power a node goes into maintenance.
    power_state_sync_max_retries: u32 = [conductor] "power_state_sync_max_retries", "3";
    /// How many workers read the power of nodes. Each looks at eight at a time, and passes over one whose BMC takes long.
    sync_power_state_workers: u32 = [conductor] "sync_power_state_workers", "8";
    /// Whether the power sweep asks BMCs for the health of their machines.
    enable_health_monitoring: bool = [conductor] "enable_health_monitoring", "true";
    /// How often nodes in maintenance for a power failure are tried again, in seconds; 0 for never.
    power_failure_recovery_interval: Duration = [conductor] "power_failure_recovery_interval", "300";
    /// Whether history is kept.
    node_history: bool = [conductor] "node_history", "true";
    /// How many entries of a node's history are kept; 0 for any number.
    node_history_max_entries: u32 = [conductor] "node_history_max_entries", "300";
    /// How often history and finished operations are thinned out, in seconds; 0 for never.
    node_history_cleanup_interval: Duration = [conductor] "node_history_cleanup_interval", "86400";
    /// Days for which history is kept whatever its length.
    node_history_minimum_days: u32 = [conductor] "node_history_minimum_days", "0";
    /// Whether the start and end of step flows stand in the history.
    record_step_flows_in_history: bool = [conductor] "record_step_flows_in_history", "true";
    /// How long a stopping conductor waits for its work to end, in seconds.
    graceful_shutdown_timeout: Duration = [DEFAULT] "graceful_shutdown_timeout", "60";
    /// The resource class of nodes that are created without one.
    default_resource_class: Option<String> = [DEFAULT] "default_resource_class", "";
    /// The conductor group of nodes that are created without one.
    default_conductor_group: String = [DEFAULT] "default_conductor_group", "";
    /// Steps that clients may not ask for when cleaning, as `interface.step`.
    disallow_clean_steps: Vec<String> = [api] "disallow_clean_steps", "vendor.send_raw";
    /// Steps that clients may not ask for when deploying, as `interface.step`.
    disallow_deploy_steps: Vec<String> = [api] "disallow_deploy_steps", "vendor.send_raw";
    /// Steps that clients may not ask for when servicing, as `interface.step`.
    disallow_service_steps: Vec<String> = [api] "disallow_service_steps", "vendor.send_raw";
    /// How many vendor calls may be under way on one node, or on one hardware type, at the same time; more are refused.
    max_calls_per_node: u32 = [kamacite] "max_calls_per_node", "8";
    /// The brake of the power sweep: it stops when it would change more nodes than this number; 0 for any number.
    power_sync_brake_nodes: u32 = [kamacite] "power_sync_brake_nodes", "20";
    /// The brake of the power sweep: it stops when it would change more than this share of the nodes it looks at, in percent; 0 for any share. Fleets of less than ten nodes are spared.
    power_sync_brake_percent: u32 = [kamacite] "power_sync_brake_percent", "10";
    /// How long the power sweep waits for the BMC of one node, in seconds; 0 for as long as it takes.
    power_sync_patience: Duration = [kamacite] "power_sync_patience", "60";
    /// How many events are kept in memory, for followers that come back after a break.
    events_kept: u32 = [kamacite] "events_kept", "4096";
    /// How many may follow the events at the same time; more are refused.
    event_followers: u32 = [kamacite] "event_followers", "64";
    /// Days for which finished operations are kept.
    operations_kept_days: u32 = [kamacite] "operations_kept_days", "30";
}
