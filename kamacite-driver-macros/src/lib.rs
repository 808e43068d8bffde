//! Sugar over the traits of vendor methods and steps: attributes for a free async function, and one for its arguments.
//!
//! Each attribute leaves the function as it is, so that a test calls it directly, and adds a type of the same name that
//! implements the plain trait; `.with::<name>()` on an `Offer` registers it. Whatever a signature can say is not said
//! again: the doc comment is the description, the kind of task is the lock, the return type tells an attachment.

mod arguments;
mod attribute;
mod expand;
mod function;

use proc_macro::TokenStream;

/// Makes a function a vendor method of a node.
///
/// ```text
/// /// Blinks the locator LED so that a person can find the blade.
/// #[passthru(POST)]
/// async fn blink_led(acme: &Acme, task: &mut ExclusiveTask, args: BlinkLed) -> Result<()> { ... }
/// ```
///
/// In the brackets: one or more of `GET`, `POST`, `PUT`, `PATCH`, `DELETE`; `sync` when the client waits for the reply
/// (otherwise it gets 202 at once); `name = "..."` when clients know it by another name.
///
/// The function takes the implementation by reference; then `&SharedTask` to look or `&mut ExclusiveTask` to act, which
/// *is* the lock; then, in any order and only where it wants them, `verb: Verb` and one parameter for the arguments. It
/// returns `Result` of anything that serde writes, or of an `Attachment`.
#[proc_macro_attribute]
pub fn passthru(words: TokenStream, function: TokenStream) -> TokenStream {
    expand::role("passthru", words, function)
}

/// Makes a function a vendor method of a hardware type.
///
/// As [`macro@passthru`], but there is no node and no lock: the second parameter is the `&Caller`, who asked.
#[proc_macro_attribute]
pub fn driver_passthru(words: TokenStream, function: TokenStream) -> TokenStream {
    expand::role("driver_passthru", words, function)
}

/// Makes a function a step.
///
/// ```text
/// /// Writes the firmware settings.
/// #[step(clean, service, priority = 10, resume = again)]
/// async fn apply_settings(acme: &Acme, task: &mut ExclusiveTask, args: Settings) -> Result<()> { ... }
/// ```
///
/// In the brackets: one or more of `clean`, `deploy`, `verify`, `service`; `resume`, which has no default: after a crash
/// the step is called again, and is `again` (from the start, it does no harm), `cursor` (with the last cursor it gave) or
/// `never` (the operation fails); `priority` (0, which runs only when asked for); `abortable` and `requires_ramdisk`, as
/// a word or with `= false` (defaults: deploy steps are abortable, all want the ramdisk); `name = "..."`.
///
/// The function takes the implementation by reference and `&mut ExclusiveTask`; then, in any order and only where it
/// wants them, `cursor: Option<Cursor>` and one parameter for the arguments. It returns `Result<()>` or
/// `Result<Progress>`. It may be a step several times over, each with its own words, and a vendor method as well.
#[proc_macro_attribute]
pub fn step(words: TokenStream, function: TokenStream) -> TokenStream {
    expand::role("step", words, function)
}

/// Makes a struct or an enum the arguments of a vendor method or a step: `Deserialize` and `JsonSchema` with their paths
/// set right.
///
/// `#[args(closed)]` refuses arguments that it does not name; otherwise they are passed over. Doc comments on the fields
/// become descriptions in the schema.
#[proc_macro_attribute]
pub fn args(words: TokenStream, item: TokenStream) -> TokenStream {
    arguments::expand(words.into(), item.into()).into()
}
