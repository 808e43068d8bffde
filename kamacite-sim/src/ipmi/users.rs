//! The account, as IPMI's users: number 1 has no name and may not log in, number 2 is the account.

use kamacite_model::Secret;

use crate::bmc::Bmc;

use super::{Call, Outcome, app, code};

const ACCOUNT: u8 = 2;

/// Get User Access (22.27).
pub(super) fn access(bmc: &mut Bmc, call: &mut Call<'_>) -> Outcome {
    let [channel, user] = super::array(call.data)?;
    app::channel(channel)?;
    let rights = match user & 0x3f {
        // No access.
        1 => 0x0f,
        ACCOUNT => 0x30 | bmc.settings.privilege.number(),
        _ => return Err(code::OUT_OF_RANGE),
    };
    // Two users, one of them enabled, one with a name that cannot be changed.
    Ok(vec![2, 1, 1, rights])
}

/// Get User Name (22.29).
pub(super) fn name(bmc: &mut Bmc, call: &mut Call<'_>) -> Outcome {
    let [user] = super::array(call.data)?;
    let name: &[u8] = match user & 0x3f {
        1 => b"",
        ACCOUNT => bmc.account.username.as_bytes(),
        _ => return Err(code::OUT_OF_RANGE),
    };
    let mut field = name.to_vec();
    field.resize(16, 0);
    Ok(field)
}

/// Set User Password (22.30): of the account, to be set or tested. It goes for every face.
pub(super) fn set_password(bmc: &mut Bmc, call: &mut Call<'_>) -> Outcome {
    let [user, operation] = super::array(call.data)?;
    if user & 0x3f != ACCOUNT {
        return Err(code::OUT_OF_RANGE);
    }
    let given = call.data.get(2..).unwrap_or_default();
    let end = given.iter().position(|byte| *byte == 0).unwrap_or(given.len());
    let given = std::str::from_utf8(&given[..end]).map_err(|_| code::INVALID_FIELD)?;
    match operation & 0x03 {
        // Disabling and enabling it: it stays as it is.
        0 | 1 => Ok(Vec::new()),
        2 => {
            bmc.account.password = Secret::new(given.into());
            Ok(Vec::new())
        }
        _ if &**bmc.account.password.expose() == given => Ok(Vec::new()),
        // "Password test failed: the password differs."
        _ => Err(0x80),
    }
}
