//! `kamacite bmc`: what is done with a real BMC and without the service.

use kamacite_model::Secret;
use kamacite_sim::record::{self, PASSWORD_VARIABLE};

use crate::{
    clock, logging,
    serve::{self, StartError},
};

/// Records a BMC; `say` is given how it is coming on.
///
/// # Errors
/// Whatever keeps it from recording, with the remedy.
pub(crate) fn record(args: record::Args, say: fn(String)) -> Result<(), StartError> {
    logging::start_for_a_person();
    serve::runtime()?.block_on(async {
        record::run(args, password(), clock::system(), serve::stop_signal()?, say).await?;
        Ok(())
    })
}

/// The password of the environment, which others of this machine do not see as they see a command line.
#[allow(clippy::disallowed_methods, reason = "it belongs to this command and is no setting of the service")]
fn password() -> Option<Secret<String>> {
    std::env::var(PASSWORD_VARIABLE).ok().map(Secret::new)
}
