//! The system's time, slept on the runtime.

use std::sync::Arc;

use kamacite_model::{Clock, Sleep, SystemClock};

/// The clock of a running program.
#[allow(clippy::disallowed_methods, reason = "this is the clock that everything else asks")]
pub(crate) fn system() -> Arc<dyn Clock> {
    Arc::new(SystemClock::new(|duration| -> Sleep<'static> { Box::pin(tokio::time::sleep(duration)) }))
}
