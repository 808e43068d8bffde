//! Accounts (DSP0268, AccountService, ManagerAccount): one, whose name and password can be changed.

use kamacite_model::Secret;
use serde_json::{Value, json};

use super::{Call, Outcome, ROOT, Refusal, collections::collection, link, resource};
use crate::{bmc::Bmc, http::Response};

const ROLES: &[&str] = &["Administrator", "Operator", "ReadOnly"];

/// `GET /redfish/v1/AccountService`
pub(crate) fn service(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    let (threshold, duration) = bmc.vendor.lockout;
    Some(resource(
        call.path,
        "#AccountService.v1_15_0.AccountService",
        "AccountService",
        "Account Service",
        json!({
            "ServiceEnabled": true,
            "AccountLockoutThreshold": threshold,
            "AccountLockoutDuration": duration,
            "MinPasswordLength": 1,
            "Accounts": link(format!("{ROOT}/AccountService/Accounts")),
            "Roles": link(format!("{ROOT}/AccountService/Roles")),
        }),
    ))
}

/// `GET /redfish/v1/AccountService/Accounts`
pub(crate) fn list(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    Some(collection(bmc, call, "ManagerAccountCollection", "Accounts", ["1"]))
}

/// `GET /redfish/v1/AccountService/Accounts/{id}`
pub(crate) fn one(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    (call.id == "1").then(|| {
        resource(
            call.path,
            "#ManagerAccount.v1_12_0.ManagerAccount",
            "1",
            "User Account",
            json!({
                "UserName": &*bmc.account.username,
                // Always null: nobody reads a password back.
                "Password": null,
                "RoleId": "Administrator",
                "Enabled": true,
                "Locked": false,
                "Links": {"Role": link(format!("{ROOT}/AccountService/Roles/Administrator"))},
            }),
        )
    })
}

/// `PATCH /redfish/v1/AccountService/Accounts/{id}`: name and password. Sessions stay.
pub(crate) fn patch(bmc: &mut Bmc, call: &Call<'_>) -> Outcome {
    let mut account = bmc.account.clone();
    for (name, value) in call.body {
        let given = value.as_str().filter(|text| !text.is_empty());
        match name.as_str() {
            "UserName" => account.username = given.ok_or_else(|| Refusal::wrong_type(name, value))?.into(),
            // The value is not repeated: answers end up in logs.
            "Password" => match given {
                Some(password) => account.password = Secret::new(password.into()),
                None => return Err(Refusal::wrong_type(name, &Value::Null)),
            },
            "RoleId" | "Enabled" | "Locked" => return Err(Refusal::read_only(name)),
            other => return Err(Refusal::unknown(other)),
        }
    }
    bmc.account = account;
    Ok(Response::empty(204))
}

/// `GET /redfish/v1/AccountService/Roles`
pub(crate) fn roles(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    Some(collection(bmc, call, "RoleCollection", "Roles", ROLES))
}

/// `GET /redfish/v1/AccountService/Roles/{id}`
pub(crate) fn role(_: &Bmc, call: &Call<'_>) -> Option<Value> {
    let role = ROLES.iter().find(|role| **role == call.id)?;
    let privileges: &[&str] = match *role {
        "Administrator" => &["Login", "ConfigureManager", "ConfigureUsers", "ConfigureComponents", "ConfigureSelf"],
        "Operator" => &["Login", "ConfigureComponents", "ConfigureSelf"],
        _ => &["Login", "ConfigureSelf"],
    };
    let own = json!({"RoleId": role, "IsPredefined": true, "AssignedPrivileges": privileges});
    Some(resource(call.path, "#Role.v1_3_2.Role", role, "User Role", own))
}
