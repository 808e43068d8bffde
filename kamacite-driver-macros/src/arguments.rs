//! `#[args]`: derives what arguments need, with the paths that a driver's crate can reach.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Error, Ident, Result, parse::Parser};

/// Puts the derives on the item.
pub fn expand(words: TokenStream, item: TokenStream) -> TokenStream {
    match derives(words, item.clone()) {
        Ok(derives) => quote! { #derives #item },
        Err(error) => {
            let error = error.to_compile_error();
            quote! { #error #item }
        }
    }
}

fn derives(words: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let closed = (|input: syn::parse::ParseStream| input.parse::<Option<Ident>>()).parse2(words)?;
    let closed = match closed {
        None => None,
        Some(word) if word == "closed" => Some(quote! { #[serde(deny_unknown_fields)] }),
        Some(other) => {
            return Err(Error::new(
                other.span(),
                format!("`{other}` means nothing here; expected `#[args]` or `#[args(closed)]`"),
            ));
        }
    };
    syn::parse2::<DeriveInput>(item)?;
    Ok(quote! {
        #[derive(::kamacite_driver::serde::Deserialize, ::kamacite_driver::schemars::JsonSchema)]
        #[serde(crate = "::kamacite_driver::serde")]
        #[schemars(crate = "::kamacite_driver::schemars")]
        #closed
    })
}
