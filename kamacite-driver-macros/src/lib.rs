//! Sugar over the traits of vendor methods and steps.

use proc_macro::TokenStream;

/// x
#[proc_macro_attribute]
pub fn passthru(_: TokenStream, item: TokenStream) -> TokenStream { item }
/// x
#[proc_macro_attribute]
pub fn driver_passthru(_: TokenStream, item: TokenStream) -> TokenStream { item }
/// x
#[proc_macro_attribute]
pub fn step(_: TokenStream, item: TokenStream) -> TokenStream { item }
