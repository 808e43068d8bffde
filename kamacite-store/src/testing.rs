//! A switch with which a test ends the store in the middle of its work, as `kill -9` would.

use crate::Store;

impl Store {
    /// Ends the store after the `n`-th commit from now (at once for 0): what was committed stays, the answer to it and
    /// to every later call never comes, and the lock file is free for another store.
    pub fn cut_power_after(&self, n: u64) {
        self.db().cut_power_after(n);
    }

    /// How many transactions that changed something were committed.
    pub fn commits(&self) -> u64 {
        self.db().commits()
    }
}
