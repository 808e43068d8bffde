//! Counts commits, and lets a test end the store after one of them, or take its disk away.

use std::{
    future, io,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

/// What every call passes through on its way to the database.
pub(crate) struct Gate {
    commits: AtomicU64,
    /// The count at which the power is cut.
    last: AtomicU64,
    dead: AtomicBool,
    disk_is_lost: AtomicBool,
}

impl Gate {
    /// An open gate.
    pub(crate) const fn new() -> Self {
        Self {
            commits: AtomicU64::new(0),
            last: AtomicU64::new(u64::MAX),
            dead: AtomicBool::new(false),
            disk_is_lost: AtomicBool::new(false),
        }
    }

    /// Counts a commit.
    pub(crate) fn committed(&self) {
        let count = self.commits.fetch_add(1, Ordering::SeqCst) + 1;
        if count >= self.last.load(Ordering::SeqCst) {
            self.dead.store(true, Ordering::SeqCst);
        }
    }

    /// Whether the power has been cut.
    pub(crate) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    /// Waits for ever once the power has been cut.
    pub(crate) async fn pass(&self) {
        if self.is_dead() {
            future::pending::<()>().await;
        }
    }

    /// Fails when the disk has been taken away.
    pub(crate) fn disk(&self) -> io::Result<()> {
        if self.disk_is_lost.load(Ordering::SeqCst) { Err(io::ErrorKind::NotConnected.into()) } else { Ok(()) }
    }

    /// Takes the disk away.
    #[cfg(feature = "testing")]
    pub(crate) fn lose_disk(&self) {
        self.disk_is_lost.store(true, Ordering::SeqCst);
    }

    /// How many commits were counted.
    #[cfg(feature = "testing")]
    pub(crate) fn commits(&self) -> u64 {
        self.commits.load(Ordering::SeqCst)
    }

    /// Cuts the power at the `n`-th commit from now.
    #[cfg(feature = "testing")]
    pub(crate) fn cut_after(&self, n: u64) {
        let now = self.commits.load(Ordering::SeqCst);
        self.last.store(now.saturating_add(n), Ordering::SeqCst);
        if n == 0 {
            self.dead.store(true, Ordering::SeqCst);
        }
    }
}
