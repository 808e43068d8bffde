//! `second_method`: a method that acts, in the plain form that the attributes write.

use kamacite_driver::{ExclusiveTask, MethodSpec, Mode, NodeMethod, Result, Verb};

use super::{FakeVendor, Word};

/// What `#[passthru]` would make of a function, written out: this is all there is to a method.
pub struct SecondMethod;

impl NodeMethod for SecondMethod {
    /// The implementation whose method it is.
    type Of = FakeVendor;
    /// It takes the node's lock; `&'a SharedTask` would not.
    type Task<'a> = &'a mut ExclusiveTask;
    /// Anything that serde reads and schemars describes; `Json` takes anything.
    type Args = Word;
    /// Anything that serde writes, or an `Attachment`.
    type Reply = bool;

    fn spec() -> MethodSpec {
        MethodSpec::new("second_method", &[Verb::POST], Mode::Async, "Test if the value of bar is kazoo")
    }

    async fn call(fake: &FakeVendor, _: &mut ExclusiveTask, _: Verb, args: Word) -> Result<bool> {
        fake.0.wait().await;
        Ok(args.bar == "kazoo")
    }
}
