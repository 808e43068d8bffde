//! `third_method_sync`: a method whose client waits for the reply.

use kamacite_driver::{ExclusiveTask, Result, passthru};

use super::{FakeVendor, Word};

/// Test if the value of bar is meow
#[passthru(POST, sync)]
pub async fn third_method_sync(fake: &FakeVendor, _: &mut ExclusiveTask, args: Word) -> Result<bool> {
    fake.0.wait().await;
    Ok(args.bar == "meow")
}
