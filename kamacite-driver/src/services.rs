//! What a driver gets from the program it runs in.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    sync::Arc,
    time::Duration,
};

use kamacite_model::{Clock, Timestamp, options::Options};
use parking_lot::Mutex;

use crate::Bmcs;

/// The services a driver is built with. Cheap to clone; keep a copy where it is needed.
#[derive(Clone)]
pub struct Services {
    /// The one source of time.
    pub clock: Arc<dyn Clock>,
    /// What was configured; read it once, on construction.
    pub options: Arc<Options>,
    /// The BMCs behind all nodes.
    pub bmcs: Bmcs,
    shared: Arc<Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>>,
}

impl Services {
    /// The services of a program with this clock and this configuration.
    pub fn new(clock: Arc<dyn Clock>, options: Options) -> Self {
        Self { bmcs: Bmcs::new(&options), clock, options: Arc::new(options), shared: Arc::default() }
    }

    /// What all drivers of a program share, made by whoever asks first: a client with its sessions, say, for a family whose
    /// interfaces other drivers build on.
    pub fn shared<T: Send + Sync + 'static>(&self, make: impl FnOnce(&Self) -> T) -> Arc<T> {
        let known = self.shared.lock().get(&TypeId::of::<T>()).cloned();
        if let Some(found) = known.and_then(|known| known.downcast().ok()) {
            return found;
        }
        // Not under the lock: what is made may ask for something that is shared itself.
        let made = Arc::new(make(self));
        let kept = self.shared.lock().entry(TypeId::of::<T>()).or_insert(made.clone()).clone();
        kept.downcast().unwrap_or(made)
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Lets time pass.
    pub async fn sleep(&self, duration: Duration) {
        self.clock.sleep(duration).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Client(u32);

    #[test]
    fn what_is_shared_is_made_once() {
        let clock =
            kamacite_model::SystemClock::new(|_| Box::pin(std::future::pending()) as kamacite_model::Sleep<'static>);
        let services = Services::new(Arc::new(clock), Options::default());
        let first = services.shared(|_| Client(1));
        let second = services.clone().shared(|_| Client(2));
        assert_eq!((first.0, second.0, Arc::ptr_eq(&first, &second)), (1, 1, true));
    }
}
