//! What a driver gets from the program it runs in.

use std::{sync::Arc, time::Duration};

use kamacite_model::{Clock, Timestamp, options::Options};

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
}

impl Services {
    /// The services of a program with this clock and this configuration.
    pub fn new(clock: Arc<dyn Clock>, options: Options) -> Self {
        Self { bmcs: Bmcs::new(&options), clock, options: Arc::new(options) }
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
