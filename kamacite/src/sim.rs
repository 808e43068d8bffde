//! `kamacite sim`: simulated BMCs, until the process is told to end.

use crate::{
    clock, logging,
    serve::{self, StartError},
};

/// Runs the simulator; `say` is given where its BMCs are.
///
/// # Errors
/// Whatever keeps it from starting, with the remedy.
pub(crate) fn run(args: kamacite_sim::Args, say: fn(String)) -> Result<(), StartError> {
    logging::start_for_a_person();
    serve::runtime()?.block_on(async {
        kamacite_sim::run(args, clock::system(), serve::stop_signal()?, say).await?;
        Ok(())
    })
}
