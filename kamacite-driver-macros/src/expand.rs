//! Writes the type and the trait implementations that a function stands for.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Attribute, Ident, ItemFn, LitStr, Meta, Result, Type, ext::IdentExt, parse_quote, spanned::Spanned};

use crate::{
    attribute::{Errors, Method, Resume, Role, Step, is_role, read},
    function::{Function, Parameter},
};

/// Expands the outermost attribute: it takes the others off and speaks for all of them.
pub fn role(name: &str, words: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let item: TokenStream = item.into();
    let Ok(mut function) = syn::parse2::<ItemFn>(item.clone()) else {
        let error = syn::Error::new(Span::call_site(), format!("`#[{name}]` stands on a free async function"));
        let error = error.to_compile_error();
        return quote! { #error #item }.into();
    };
    let (others, kept): (Vec<_>, Vec<_>) =
        function.attrs.drain(..).partition(|attribute| role_name(attribute).is_some());
    function.attrs = kept;
    let added = roles(name, words.into(), &others).and_then(|roles| implementations(&function, &roles));
    let added = added.unwrap_or_else(|error| error.to_compile_error());
    // The attributes that were taken off count as used, so that nobody is told to remove their import.
    let taken = others.iter().map(Attribute::path);
    quote! { #function #added #(const _: () = { use #taken as _; };)* }.into()
}

fn role_name(attribute: &Attribute) -> Option<String> {
    let last = attribute.path().segments.last()?.ident.to_string();
    is_role(&last).then_some(last)
}

fn roles(name: &str, words: TokenStream, others: &[Attribute]) -> Result<Vec<Role>> {
    let mut errors = Errors::default();
    let first = errors.keep(read(name, Span::call_site(), words));
    let others: Vec<_> = others
        .iter()
        .filter_map(|attribute| {
            let words = match &attribute.meta {
                Meta::List(list) => list.tokens.clone(),
                Meta::Path(_) | Meta::NameValue(_) => TokenStream::new(),
            };
            errors.keep(read(&role_name(attribute)?, attribute.path().span(), words))
        })
        .collect();
    errors.finish(first.into_iter().chain(others).collect())
}

fn implementations(function: &ItemFn, roles: &[Role]) -> Result<TokenStream> {
    check_together(roles)?;
    let reads = Function::read(function, roles)?;
    let (vis, name, state, docs) = (&function.vis, reads.name, reads.state, docs(function));
    let cfgs: Vec<_> = function.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg")).collect();
    let steps: Vec<&Step> =
        roles.iter().filter_map(|role| if let Role::Step(step) = role { Some(step) } else { None }).collect();
    let mut parts = Vec::new();
    let mut registrations = Vec::new();
    for role in roles {
        match role {
            Role::NodeMethod(method) => {
                parts.push(node_method(&reads, method));
                registrations.push(quote! { let offer = offer.node_method::<Self>(); });
            }
            Role::DriverMethod(method) => {
                parts.push(driver_method(&reads, method));
                registrations.push(quote! { let offer = offer.driver_method::<Self>(); });
            }
            Role::Step(_) => {}
        }
    }
    if !steps.is_empty() {
        parts.push(step(&reads, &steps));
        registrations.push(quote! { let offer = offer.step::<Self>(); });
    }
    Ok(quote! {
        #(#cfgs)*
        #[allow(non_camel_case_types)]
        #(#docs)*
        #vis struct #name {}

        #(#cfgs)*
        const _: () = {
            #(#parts)*

            impl ::kamacite_driver::Feature for #name {
                type Of = #state;

                fn add_to(offer: ::kamacite_driver::Offer<Self::Of>) -> ::kamacite_driver::Offer<Self::Of> {
                    #(#registrations)*
                    offer
                }
            }
        };
    })
}

fn check_together(roles: &[Role]) -> Result<()> {
    let (mut of_node, mut of_driver) = (0, 0);
    for role in roles {
        let span = match role {
            Role::NodeMethod(method) => {
                of_node += 1;
                method.span
            }
            Role::DriverMethod(method) => {
                of_driver += 1;
                method.span
            }
            Role::Step(step) => step.span,
        };
        if of_node > 1 || of_driver > 1 {
            return Err(syn::Error::new(span, "it is a vendor method already; say all its verbs in one attribute"));
        }
        if of_driver > 0 && roles.len() > of_driver {
            return Err(syn::Error::new(
                span,
                "a driver method has no node, so it can be nothing else; write two functions",
            ));
        }
    }
    Ok(())
}

fn node_method(function: &Function, method: &Method) -> TokenStream {
    let (name, state, reply, spec) = (function.name, function.state, function.returns, spec(function, method));
    let (args, call) = (args(function), call(function));
    let mut task = function.task.clone();
    task.lifetime = Some(parse_quote!('a));
    let task = quote_spanned! { function.task.span() => #task };
    quote! {
        impl ::kamacite_driver::NodeMethod for #name {
            type Of = #state;
            type Task<'a> = #task;
            type Args = #args;
            type Reply = #reply;

            #spec

            fn call<'a>(
                of: &'a Self::Of,
                task: Self::Task<'a>,
                _verb: ::kamacite_driver::Verb,
                _args: Self::Args,
            ) -> impl ::core::future::Future<Output = ::kamacite_driver::Result<Self::Reply>> + Send + 'a {
                #call
            }
        }
    }
}

fn driver_method(function: &Function, method: &Method) -> TokenStream {
    let (name, state, reply, spec) = (function.name, function.state, function.returns, spec(function, method));
    let (args, call) = (args(function), call(function));
    quote! {
        impl ::kamacite_driver::DriverMethod for #name {
            type Of = #state;
            type Args = #args;
            type Reply = #reply;

            #spec

            fn call<'a>(
                of: &'a Self::Of,
                task: &'a ::kamacite_driver::Caller,
                _verb: ::kamacite_driver::Verb,
                _args: Self::Args,
            ) -> impl ::core::future::Future<Output = ::kamacite_driver::Result<Self::Reply>> + Send + 'a {
                #call
            }
        }
    }
}

fn step(function: &Function, steps: &[&Step]) -> TokenStream {
    let (name, state, args, call) = (function.name, function.state, args(function), call(function));
    let specs = steps.iter().flat_map(|step| step.kinds.iter().map(|kind| step_spec(function, step, kind)));
    quote! {
        impl ::kamacite_driver::Step for #name {
            type Of = #state;
            type Args = #args;

            fn specs() -> ::std::vec::Vec<::kamacite_driver::StepSpec> {
                ::std::vec![#(#specs),*]
            }

            async fn run<'a>(
                of: &'a Self::Of,
                task: &'a mut ::kamacite_driver::ExclusiveTask,
                _args: Self::Args,
                _cursor: ::core::option::Option<::kamacite_driver::Cursor>,
            ) -> ::kamacite_driver::Result<::kamacite_driver::Progress> {
                #call.await.map(::core::convert::Into::into)
            }
        }
    }
}

/// The call of the function, its parameters in its own order.
fn call(function: &Function) -> TokenStream {
    let name = function.name;
    let rest = function.rest.iter().map(|parameter| match parameter {
        Parameter::Verb(_) => quote! { _verb },
        Parameter::Cursor(_) => quote! { _cursor },
        Parameter::Args(_) => quote! { _args },
    });
    quote_spanned! { name.span() => #name(of, task, #(#rest),*) }
}

fn args(function: &Function) -> Type {
    function.args().cloned().unwrap_or_else(|| parse_quote!(::kamacite_driver::Json))
}

fn spec(function: &Function, method: &Method) -> TokenStream {
    let (public, description) = (public_name(function.name, method.name.as_ref()), &function.description);
    let verbs = &method.verbs;
    let mode = if method.sync { format_ident!("Sync") } else { format_ident!("Async") };
    quote! {
        fn spec() -> ::kamacite_driver::MethodSpec {
            ::kamacite_driver::MethodSpec::new(
                #public,
                &[#(::kamacite_driver::Verb::#verbs),*],
                ::kamacite_driver::Mode::#mode,
                #description,
            )
        }
    }
}

fn step_spec(function: &Function, step: &Step, kind: &Ident) -> TokenStream {
    let (public, description) = (public_name(function.name, step.name.as_ref()), &function.description);
    let (args, priority) = (args(function), &step.priority);
    let kind = format_ident!("{}", capitalised(&kind.to_string()));
    let resume = match step.resume {
        Resume::Again => format_ident!("Again"),
        Resume::Cursor => format_ident!("Cursor"),
        Resume::Never => format_ident!("Never"),
    };
    let abortable = step.abortable.iter();
    let requires_ramdisk = step.requires_ramdisk.iter();
    quote! {
        ::kamacite_driver::StepSpec {
            description: ::std::string::String::from(#description),
            #(abortable: #abortable,)*
            #(requires_ramdisk: #requires_ramdisk,)*
            ..::kamacite_driver::StepSpec::new::<#args>(
                ::kamacite_driver::StepKind::#kind,
                #public,
                #priority,
                ::kamacite_driver::Resume::#resume,
            )
        }
    }
}

fn public_name(function: &Ident, other: Option<&LitStr>) -> LitStr {
    other.cloned().unwrap_or_else(|| LitStr::new(&function.unraw().to_string(), function.span()))
}

fn capitalised(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}

fn docs(function: &ItemFn) -> Vec<&Attribute> {
    function.attrs.iter().filter(|attribute| attribute.path().is_ident("doc")).collect()
}
