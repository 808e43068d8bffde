//! What may be longer than the rest, and why.

/// Source files that may have more lines than [`super::sizes::FILE`]: the path, and the reason.
pub const FILES: &[(&str, &str)] = &[];

/// Functions that may have more lines than [`super::sizes::FUNCTION`]: the path, the name, and the reason.
pub const FUNCTIONS: &[(&str, &str, &str)] = &[];
