//! What may be a name, and what names a thing: UUIDs and logical names.

use kamacite_model::Uuid;

use crate::versions::{Version, since};

/// Names that nodes may not have: they are paths below `/v1/nodes`.
pub const RESERVED: &[&str] = &["maintenance", "management", "states", "vendor_passthru", "detail", "validate"];

/// Whether a text can name something at all: a logical name or a UUID.
pub fn is_ident(text: &str) -> bool {
    is_logical_name(text) || is_uuid_like(text)
}

/// Whether a text is a UUID in any spelling.
pub fn is_uuid_like(text: &str) -> bool {
    Uuid::try_parse(text).is_ok()
}

/// Whether a text is a logical name: up to 255 unreserved characters of RFC 3986.
pub fn is_logical_name(text: &str) -> bool {
    (1..=255).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'))
}

/// Whether a text is a logical name in the client's version: before 1.10 it had to be a host name.
pub fn is_logical_name_in(version: Version, text: &str) -> bool {
    if version.has(since::FREE_NAMES) { is_logical_name(text) } else { is_host_name(text) }
}

/// A host name as the reference checks it: labels of letters, digits and inner hyphens, the first up to 63 long.
fn is_host_name(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    (1..=255).contains(&text.len()) && text.trim_end_matches('.').split('.').all(is_label)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unreserved_characters() {
        for name in ["n", "a_b~c.d-e", "1", "x".repeat(255).as_str()] {
            assert!(is_logical_name(name), "{name}");
        }
        for name in ["", "a b", "é", "a/b", "x".repeat(256).as_str()] {
            assert!(!is_logical_name(name), "{name}");
        }
    }

    #[test]
    fn old_clients_have_host_names() {
        let old = Version::new(9).unwrap();
        assert!(is_logical_name_in(old, "node-1.rack"));
        assert!(!is_logical_name_in(old, "under_score"));
        assert!(!is_logical_name_in(old, "a~b"));
        assert!(is_logical_name_in(Version::MAX, "under_score"));
    }
}
