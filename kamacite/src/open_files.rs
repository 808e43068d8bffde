//! Open files: a session with each of a thousand BMCs, and the simulator's listeners, need more than the usual 1024.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Allows this process as many open files as the system lets it have without asking anybody. Where that cannot be, it stays as
/// it is: less may do.
pub(crate) fn raise_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(why) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%why, "the limit of open files stays as it is");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_as_there_may_be() {
        raise_limit();
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
    }
}
