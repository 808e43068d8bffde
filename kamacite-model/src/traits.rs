//! Names of node traits.

/// The most traits a node may have.
pub const MAX: usize = 50;

/// Whether a name may be a trait: `CUSTOM_` and upper-case letters, digits or underscores, or a name of the standard list.
pub fn is_valid(name: &str) -> bool {
    if name.len() > 255 {
        return false;
    }
    match name.strip_prefix("CUSTOM_") {
        Some(rest) => {
            !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        }
        None => STANDARD.lines().any(|standard| standard == name),
    }
}

/// The standard traits, a name per line, as published in the `os-traits` library.
const STANDARD: &str = include_str!("traits.txt");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_and_standard_names_are_valid() {
        for name in ["CUSTOM_GOLD", "CUSTOM_A1_B2", "HW_CPU_X86_VMX"] {
            assert!(is_valid(name), "{name}");
        }
        for name in ["", "CUSTOM_", "CUSTOM_gold", "GOLD", "HW_CPU"] {
            assert!(!is_valid(name), "{name:?}");
        }
    }
}
