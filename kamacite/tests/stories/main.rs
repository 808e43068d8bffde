//! Stories of the whole: the real program, the unmodified `baremetal` and `openstack` programs, a real BMC emulator.
//!
//! Where those programs are is said by `KAMACITE_BAREMETAL`, `KAMACITE_OPENSTACK` and `KAMACITE_SUSHY_EMULATOR`;
//! `cargo xtask test` installs them and says so, and so it does of `ipmi_sim` (`KAMACITE_IPMI_SIM`). `KAMACITE_PROGRAM` names another Kamacite to tell the stories of.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, missing_docs, reason = "a test")]

mod api;
mod audit;
mod backup;
mod client;
mod crash;
mod demo;
mod drivers;
#[path = "../../../libs/redfish/tests/stories/emulator.rs"]
#[allow(dead_code, reason = "the Redfish client's stories need more of it")]
mod emulator;
mod events;
mod failures;
mod ipmi;
mod locks;
mod machine;
mod metrics;
mod passthru;
mod record;
#[path = "../../../libs/redfish/tests/stories/scripted.rs"]
#[allow(dead_code, reason = "the Redfish client's stories need more of it")]
mod scripted;
mod sdk;
mod secrets;
mod sim;
mod simulated;
#[path = "../../../libs/ipmi/tests/stories/simulator.rs"]
#[allow(dead_code, reason = "the IPMI client's stories need more of it")]
mod simulator;
mod site;
mod start_and_stop;
mod upgrade;
mod way_out;
mod words;
