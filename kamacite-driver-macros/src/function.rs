//! Reads a function's signature: which parameter is what, and what it returns.

use syn::{
    Error, Expr, FnArg, GenericArgument, Ident, ItemFn, Lit, Meta, PathArguments, Result, ReturnType, Type, TypePath,
    TypeReference,
};

use crate::attribute::{Errors, Resume, Role};

/// What a signature says.
pub struct Function<'a> {
    /// The function's name.
    pub name: &'a Ident,
    /// The type of the implementation.
    pub state: &'a Type,
    /// The task, or the caller of a driver method.
    pub task: &'a TypeReference,
    /// What comes after, in order.
    pub rest: Vec<Parameter<'a>>,
    /// What the `Result` holds.
    pub returns: &'a Type,
    /// The doc comment, in one line.
    pub description: String,
}

/// A parameter after the task.
pub enum Parameter<'a> {
    Verb(&'a Type),
    Cursor(&'a Type),
    Args(&'a Type),
}

impl<'a> Function<'a> {
    /// Reads the signature of a function that is to have these roles.
    pub fn read(function: &'a ItemFn, roles: &[Role]) -> Result<Self> {
        let signature = &function.sig;
        if signature.asyncness.is_none() {
            return Err(Error::new(
                signature.fn_token.span,
                "say `async fn`: the engine awaits vendor methods and steps",
            ));
        }
        if !signature.generics.params.is_empty() {
            let why = "a vendor method or step is one concrete function; take the generics off";
            return Err(Error::new_spanned(&signature.generics, why));
        }
        let mut types = signature.inputs.iter().map(|input| match input {
            FnArg::Typed(parameter) => Ok(&*parameter.ty),
            FnArg::Receiver(this) => {
                Err(Error::new_spanned(this, "this stands on a free function; name the implementation: `acme: &Acme`"))
            }
        });
        let name = &signature.ident;
        let state = state(name, types.next())?;
        let task = task(name, types.next(), roles)?;
        let rest = types.map(|ty| ty.map(Parameter::read)).collect::<Result<Vec<_>>>()?;
        let returns = returned(name, &signature.output)?;
        let function = Self { name, state, task, rest, returns, description: description(function) };
        function.check(roles)?;
        Ok(function)
    }

    /// The type of the arguments, where it takes any.
    pub fn args(&self) -> Option<&'a Type> {
        self.rest.iter().find_map(|parameter| match parameter {
            Parameter::Args(ty) => Some(*ty),
            Parameter::Verb(_) | Parameter::Cursor(_) => None,
        })
    }

    /// Holds the signature against each role.
    fn check(&self, roles: &[Role]) -> Result<()> {
        let mut errors = Errors::default();
        let (mut verbs, mut cursors, mut args) = (Vec::new(), Vec::new(), Vec::new());
        for parameter in &self.rest {
            match parameter {
                Parameter::Verb(ty) => verbs.push(ty),
                Parameter::Cursor(ty) => cursors.push(ty),
                Parameter::Args(ty) => args.push(ty),
            }
        }
        for again in [&verbs, &cursors, &args].into_iter().flat_map(|types| types.iter().skip(1)) {
            let why = "after the task comes at most one each of `verb: Verb`, `cursor: Option<Cursor>` and the \
                       arguments; put several arguments into one struct";
            errors.add(Error::new_spanned(again, why));
        }
        for role in roles {
            match role {
                Role::NodeMethod(_) | Role::DriverMethod(_) => {
                    if let Some(cursor) = cursors.first() {
                        let why = "a vendor method is called once and has no cursor; take the parameter off, or write \
                                   the step as a function of its own";
                        errors.add(Error::new_spanned(cursor, why));
                    }
                }
                Role::Step(step) => {
                    if let Some(verb) = verbs.first() {
                        errors
                            .add(Error::new_spanned(verb, "a step is not called with a verb; take the parameter off"));
                    }
                    if step.resume == Resume::Cursor && cursors.is_empty() {
                        let why = "`resume = cursor` means that it is called with the last cursor it gave; take it: \
                                   `cursor: Option<Cursor>`";
                        errors.add(Error::new(step.span, why));
                    }
                    if !is_unit(self.returns) && last_segment(self.returns).is_none_or(|last| last != "Progress") {
                        let why = "a step returns `Result<()>` or `Result<Progress>`";
                        errors.add(Error::new_spanned(self.returns, why));
                    }
                }
            }
        }
        errors.finish(())
    }
}

impl<'a> Parameter<'a> {
    fn read(ty: &'a Type) -> Self {
        match last_segment(ty) {
            Some(last) if last == "Verb" => Self::Verb(ty),
            Some(last)
                if last == "Option" && type_argument(ty).and_then(last_segment).is_some_and(|of| of == "Cursor") =>
            {
                Self::Cursor(ty)
            }
            _ => Self::Args(ty),
        }
    }
}

fn state<'a>(name: &Ident, first: Option<Result<&'a Type>>) -> Result<&'a Type> {
    let why = "the first parameter is the implementation, by reference: `acme: &Acme`";
    match first.transpose()? {
        Some(Type::Reference(TypeReference { mutability: None, elem, .. })) => Ok(elem),
        Some(other) => Err(Error::new_spanned(other, why)),
        None => Err(Error::new(name.span(), why)),
    }
}

fn task<'a>(name: &Ident, second: Option<Result<&'a Type>>, roles: &[Role]) -> Result<&'a TypeReference> {
    let why = if roles.iter().any(|role| matches!(role, Role::Step(_))) {
        "a step acts on its node: the second parameter is `task: &mut ExclusiveTask`"
    } else if roles.iter().any(|role| matches!(role, Role::DriverMethod(_))) {
        "a driver method has no node: the second parameter is `caller: &Caller`"
    } else {
        "the second parameter is the task, and says whether the node is locked: `task: &SharedTask` to look, \
         `task: &mut ExclusiveTask` to act"
    };
    let fits = |task: &TypeReference| {
        let name = last_segment(&task.elem).map(ToString::to_string).unwrap_or_default();
        roles.iter().all(|role| match role {
            Role::NodeMethod(_) => (name == "SharedTask") == task.mutability.is_none() && name != "Caller",
            Role::DriverMethod(_) => task.mutability.is_none() && !name.ends_with("Task"),
            Role::Step(_) => task.mutability.is_some() && name != "SharedTask",
        })
    };
    match second.transpose()? {
        Some(Type::Reference(task)) if fits(task) => Ok(task),
        Some(other) => Err(Error::new_spanned(other, why)),
        None => Err(Error::new(name.span(), why)),
    }
}

fn returned<'a>(name: &Ident, output: &'a ReturnType) -> Result<&'a Type> {
    let why = "it can go wrong: return `Result<...>`";
    match output {
        ReturnType::Type(_, ty) if last_segment(ty).is_some_and(|last| last == "Result") => {
            type_argument(ty).ok_or_else(|| Error::new_spanned(ty, why))
        }
        ReturnType::Type(_, ty) => Err(Error::new_spanned(ty, why)),
        ReturnType::Default => Err(Error::new(name.span(), why)),
    }
}

fn is_unit(ty: &Type) -> bool {
    matches!(ty, Type::Tuple(tuple) if tuple.elems.is_empty())
}

fn last_segment(ty: &Type) -> Option<&Ident> {
    match ty {
        Type::Path(TypePath { path, .. }) => path.segments.last().map(|segment| &segment.ident),
        _ => None,
    }
}

/// The first type between the angle brackets.
fn type_argument(ty: &Type) -> Option<&Type> {
    let Type::Path(TypePath { path, .. }) = ty else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.segments.last()?.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

fn description(function: &ItemFn) -> String {
    let lines = function.attrs.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(doc) if doc.path.is_ident("doc") => match &doc.value {
            Expr::Lit(text) => match &text.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    let text: Vec<String> = lines.collect();
    text.iter().flat_map(|line| line.split_whitespace()).collect::<Vec<_>>().join(" ")
}
