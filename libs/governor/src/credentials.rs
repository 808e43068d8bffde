//! Which credentials were refused, without keeping them.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

/// Stands for a user name and a password: the same for the same, and of no use to anybody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Credentials(u64);

/// Keyed by chance at every start, so that nothing about a password can be learnt from a hash that leaks.
static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);

impl Credentials {
    /// Those of an account.
    pub fn of(username: &str, password: &str) -> Self {
        Self(KEY.hash_one((username, password)))
    }

    /// None at all.
    pub fn none() -> Self {
        Self::of("", "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_stands_for_the_same() {
        assert_eq!(Credentials::of("root", "calvin"), Credentials::of("root", "calvin"));
        assert_ne!(Credentials::of("root", "calvin"), Credentials::of("root", "hobbes"));
        assert_ne!(Credentials::of("ab", "c"), Credentials::of("a", "bc"));
    }
}
