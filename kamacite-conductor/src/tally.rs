//! Who is at something at this moment, counted by what they are at.

use std::{collections::HashMap, hash::Hash, sync::Arc};

use parking_lot::Mutex;

/// Who is at something at this moment, counted by key.
pub(crate) struct Tally<K> {
    counts: Mutex<HashMap<K, u32>>,
}

/// Somebody is counted for as long as this is kept.
pub(crate) struct Present<K: Eq + Hash> {
    tally: Arc<Tally<K>>,
    key: K,
}

impl<K: Eq + Hash + Clone> Tally<K> {
    /// Nobody is at anything.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { counts: Mutex::default() })
    }

    /// Counts one more at `key`.
    pub(crate) fn enter(self: &Arc<Self>, key: K) -> Present<K> {
        *self.counts.lock().entry(key.clone()).or_insert(0) += 1;
        Present { tally: self.clone(), key }
    }

    /// Counts one more at `key` where there are less than `limit`.
    ///
    /// # Errors
    /// How many there are, where it is as many as there may be.
    pub(crate) fn enter_below(self: &Arc<Self>, key: K, limit: u32) -> Result<Present<K>, u32> {
        let mut counts = self.counts.lock();
        let present = counts.get(&key).copied().unwrap_or(0);
        if present >= limit {
            return Err(present);
        }
        counts.insert(key.clone(), present + 1);
        drop(counts);
        Ok(Present { tally: self.clone(), key })
    }

    /// Whether anybody is at `key`.
    pub(crate) fn has(&self, key: &K) -> bool {
        self.counts.lock().contains_key(key)
    }
}

impl<K: Eq + Hash> Drop for Present<K> {
    fn drop(&mut self) {
        let mut counts = self.tally.counts.lock();
        if let Some(present) = counts.get_mut(&self.key) {
            *present -= 1;
            if *present == 0 {
                counts.remove(&self.key);
            }
        }
    }
}
