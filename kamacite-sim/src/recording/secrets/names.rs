//! What a name says of the value beside it: that it is a secret, that it is about one, or nothing of the kind.

/// What a name says of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Naming {
    /// It has nothing to do with secrets.
    Plain,
    /// It is about one: `PasswordPolicy`. Its texts may be one; its numbers and flags (`MaxPasswordLength`) are none.
    About,
    /// It is a secret: `Password`, `X-Auth-Token`, `SecretKey`, `HttpHeaders`.
    Secret,
}

/// Words that tell of a secret wherever they stand in a name.
const STRONG: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "secret",
    "token",
    "credential",
    "cookie",
    "authorization",
    "privatekey",
    "community",
    "keytab",
];

/// Words that tell of a secret when they are the last of a name: much else has a key or a signature in the middle of its name.
const LAST: &[&str] = &[
    "key",
    "keys",
    "pin",
    "psk",
    "otp",
    "pwd",
    "pswd",
    "pw",
    "pass",
    "communities",
    "sig",
    "sid",
    "signature",
    "kg",
    "jwt",
];

/// What is written in one word is known by its end: `apikey`, `SSLKeyString`.
const ENDS: &[&str] = &[
    "key",
    "keys",
    "keystring",
    "keyvalue",
    "keydata",
    "licensestring",
    "communitystring",
    "sessionid",
    "pwd",
    "pswd",
    "pass",
];

/// Words that end in one of those, and have nothing to do with it.
const HARMLESS: &[&str] = &["bypass", "compass"];

/// Names that do not say what they hold.
const WHOLE: &[&str] = &["httpheaders", "auth"];

/// What a name of a member, a header, a parameter or an attribute (`Users.2.Password`) says.
pub(super) fn naming(name: &str) -> Naming {
    // An annotation tells about a member, and not what is in it: `Password@Redfish.AllowableValues`. An action tells where
    // it is: `#SecureBoot.ResetKeys`.
    if name.contains('@') || name.starts_with('#') {
        return Naming::Plain;
    }
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let lower = name.to_lowercase();
    let one = lower.strip_suffix('s').unwrap_or(&lower);
    let strong = STRONG.iter().any(|word| lower.ends_with(word) || one.ends_with(word));
    let last = last_word(name);
    let ends_in = |words: &[&str]| words.iter().any(|word| lower.ends_with(word));
    let runs_together = ends_in(ENDS) && !ends_in(HARMLESS);
    if strong || runs_together || LAST.contains(&last.as_str()) || WHOLE.contains(&lower.as_str()) {
        Naming::Secret
    } else if STRONG.iter().any(|word| lower.contains(word)) {
        Naming::About
    } else {
        Naming::Plain
    }
}

/// The last word of a name in `CamelCase`, `snake_case`, `kebab-case` or with dots, in lower case.
fn last_word(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let begins = |at: usize| {
        let (this, before) = (chars[at], chars[at - 1]);
        let follows = chars.get(at + 1).is_some_and(|next| next.is_lowercase());
        !before.is_alphanumeric() || this.is_uppercase() && (before.is_lowercase() || before.is_numeric() || follows)
    };
    let start = (1..chars.len()).rev().find(|at| begins(*at)).unwrap_or(0);
    chars[start..].iter().filter(|c| c.is_alphanumeric()).flat_map(|c| c.to_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: Naming) {
        assert_eq!(naming(name), expected, "{name}");
    }

    #[test]
    fn names_of_secrets() {
        check("Password", Naming::Secret);
        check("password", Naming::Secret);
        check("NewPassword", Naming::Secret);
        check("Passwords", Naming::Secret);
        check("password2", Naming::Secret);
        check("SysPassword", Naming::Secret);
        check("Users.2.Password", Naming::Secret);
        check("LDAP.1.BindPassword", Naming::Secret);
        check("SNMP.1.AgentCommunity", Naming::Secret);
        check("userpassword", Naming::Secret);
        check("WiFi_PSK", Naming::Secret);
        check("X-Auth-Token", Naming::Secret);
        check("X-CSRFToken", Naming::Secret);
        check("Token", Naming::Secret);
        check("access_token", Naming::Secret);
        check("SecretKey", Naming::Secret);
        check("ClientSecret", Naming::Secret);
        check("EncryptionKey", Naming::Secret);
        check("AuthenticationKey", Naming::Secret);
        check("apikey", Naming::Secret);
        check("PrivateKey", Naming::Secret);
        check("LicenseKeys", Naming::Secret);
        check("HttpHeaders", Naming::Secret);
        check("Authorization", Naming::Secret);
        check("Set-Cookie", Naming::Secret);
        check("Credentials", Naming::Secret);
        check("AdminPIN", Naming::Secret);
        check("ROCommunity", Naming::Secret);
        check("TrapCommunities", Naming::Secret);
        check("KerberosKeytab", Naming::Secret);
        check("Users.1.MD5v3Key", Naming::Secret);
        check("CHAPSecret", Naming::Secret);
        check("GroupPasscode", Naming::Secret);
        check("X-Amz-Signature", Naming::Secret);
        check("sig", Naming::Secret);
        check("sid", Naming::Secret);
        check("SessionId", Naming::Secret);
        check("KeyString", Naming::Secret);
        check("SSLKeyString", Naming::Secret);
        check("LicenseString", Naming::Secret);
        check("CommunityString", Naming::Secret);
        check("UserPw", Naming::Secret);
        check("AdminPswd", Naming::Secret);
        check("userpass", Naming::Secret);
        check("userpwd", Naming::Secret);
    }

    #[test]
    fn names_about_secrets() {
        check("MaxPasswordLength", Naming::About);
        check("PasswordChangeRequired", Naming::About);
        check("TokenService", Naming::About);
        check("CommunityStrings", Naming::About);
        check("SHA256PasswordSalt", Naming::About);
        check("CredentialBootstrapping", Naming::About);
    }

    #[test]
    fn names_of_other_things() {
        check("PowerState", Naming::Plain);
        check("ResetKeysType", Naming::Plain);
        check("KeyManagement", Naming::Plain);
        check("UserName", Naming::Plain);
        check("AssetTag", Naming::Plain);
        check("Spin", Naming::Plain);
        check("Compass", Naming::Plain);
        check("FanBypass", Naming::Plain);
        check("AuthType", Naming::Plain);
        check("@odata.id", Naming::Plain);
        check("#SecureBoot.ResetKeys", Naming::Plain);
        check("#ManagerAccount.ChangePassword", Naming::Plain);
        check("Password@Redfish.AllowableValues", Naming::Plain);
        check("", Naming::Plain);
        check("7", Naming::Plain);
    }
}
