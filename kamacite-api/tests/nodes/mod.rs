//! `/v1/nodes`.

mod create;
mod delete;
mod history;
mod list;
mod maintenance;
mod management;
mod patch;
mod show;
mod states;
mod states_power;
mod states_provision;
mod traits;
mod validate;
mod vendor_passthru;
