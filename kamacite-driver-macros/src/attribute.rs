//! Reads what stands in the brackets of `#[passthru(...)]`, `#[driver_passthru(...)]` and `#[step(...)]`.

use proc_macro2::{Span, TokenStream};
use syn::{
    Error, Ident, Lit, LitBool, LitInt, LitStr, Result, Token,
    ext::IdentExt,
    parse::{Parse, ParseStream, Parser},
    punctuated::Punctuated,
};

/// What a function is to be.
pub enum Role {
    /// A vendor method of a node.
    NodeMethod(Method),
    /// A vendor method of a hardware type.
    DriverMethod(Method),
    /// A step of one or more kinds.
    Step(Step),
}

/// The words of a vendor method.
pub struct Method {
    pub span: Span,
    pub verbs: Vec<Ident>,
    pub sync: bool,
    pub name: Option<LitStr>,
}

/// The words of a step.
pub struct Step {
    pub span: Span,
    pub kinds: Vec<Ident>,
    pub priority: LitInt,
    pub resume: Resume,
    pub abortable: Option<LitBool>,
    pub requires_ramdisk: Option<LitBool>,
    pub name: Option<LitStr>,
}

/// How a step goes on after a crash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Resume {
    Again,
    Cursor,
    Never,
}

const VERBS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const KINDS: [&str; 4] = ["clean", "deploy", "verify", "service"];

/// Whether an attribute of that name is one of ours.
pub fn is_role(name: &str) -> bool {
    matches!(name, "passthru" | "driver_passthru" | "step")
}

/// Reads the words of the attribute `name`; `span` is where the attribute stands.
pub fn read(name: &str, span: Span, words: TokenStream) -> Result<Role> {
    let words = Punctuated::<Word, Token![,]>::parse_terminated.parse2(words)?;
    match name {
        "passthru" => method(name, span, words).map(Role::NodeMethod),
        "driver_passthru" => method(name, span, words).map(Role::DriverMethod),
        _ => step(span, words).map(Role::Step),
    }
}

/// One word in the brackets: `POST`, `priority = 10`, `resume = again`.
struct Word {
    key: Ident,
    value: Option<Value>,
}

enum Value {
    Lit(Lit),
    Word(Ident),
}

impl Parse for Word {
    fn parse(input: ParseStream) -> Result<Self> {
        let key = input.call(Ident::parse_any)?;
        let value = if input.parse::<Option<Token![=]>>()?.is_none() {
            None
        } else if input.peek(Lit) {
            Some(Value::Lit(input.parse()?))
        } else {
            Some(Value::Word(input.call(Ident::parse_any)?))
        };
        Ok(Self { key, value })
    }
}

impl Word {
    fn bare(&self) -> Result<()> {
        match self.value {
            None => Ok(()),
            Some(_) => Err(self.wrong("stands alone, without `=`")),
        }
    }

    fn text(&self) -> Result<LitStr> {
        match &self.value {
            Some(Value::Lit(Lit::Str(text))) if !text.value().is_empty() => Ok(text.clone()),
            _ => Err(self.wrong("is a text: `name = \"another_name\"`")),
        }
    }

    fn number(&self) -> Result<LitInt> {
        match &self.value {
            Some(Value::Lit(Lit::Int(number))) if number.base10_parse::<u32>().is_ok() => Ok(number.clone()),
            _ => Err(self.wrong("is a whole number: `priority = 10`")),
        }
    }

    fn flag(&self) -> Result<LitBool> {
        match &self.value {
            None => Ok(LitBool::new(true, self.key.span())),
            Some(Value::Lit(Lit::Bool(flag))) => Ok(flag.clone()),
            Some(_) => Err(self.wrong("stands alone, or says `= true` or `= false`")),
        }
    }

    fn resume(&self) -> Result<Resume> {
        match &self.value {
            Some(Value::Word(how)) if how == "again" => Ok(Resume::Again),
            Some(Value::Word(how)) if how == "cursor" => Ok(Resume::Cursor),
            Some(Value::Word(how)) if how == "never" => Ok(Resume::Never),
            _ => Err(self.wrong("is one of `resume = again`, `resume = cursor`, `resume = never`")),
        }
    }

    fn wrong(&self, remedy: &str) -> Error {
        Error::new(self.key.span(), format!("`{}` {remedy}", self.key))
    }
}

fn method(attribute: &str, span: Span, words: Punctuated<Word, Token![,]>) -> Result<Method> {
    let mut found = Method { span, verbs: Vec::new(), sync: false, name: None };
    let mut errors = Errors::default();
    for word in &words {
        let key = word.key.to_string();
        errors.keep(match key.as_str() {
            verb if VERBS.contains(&verb) => word.bare().and_then(|()| once(&mut found.verbs, &word.key)),
            "sync" => word.bare().map(|()| found.sync = true),
            "async" => Err(word.wrong("is how a vendor method is unless it says `sync`; leave it out")),
            "name" => word.text().map(|name| found.name = Some(name)),
            other if VERBS.contains(&&*other.to_uppercase()) => {
                Err(word.wrong(&format!("is written `{}`", other.to_uppercase())))
            }
            _ => Err(word.wrong(&format!("means nothing here; expected {}, `sync` or `name = \"...\"`", list(&VERBS)))),
        });
    }
    if found.verbs.is_empty() {
        let how = format!("say which verbs clients call it with: `#[{attribute}(POST)]`; there are {}", list(&VERBS));
        errors.add(Error::new(span, how));
    }
    errors.finish(found)
}

fn step(span: Span, words: Punctuated<Word, Token![,]>) -> Result<Step> {
    let mut found = Step {
        span,
        kinds: Vec::new(),
        priority: LitInt::new("0", span),
        resume: Resume::Never,
        abortable: None,
        requires_ramdisk: None,
        name: None,
    };
    let mut said = false;
    let mut errors = Errors::default();
    for word in &words {
        let key = word.key.to_string();
        errors.keep(match key.as_str() {
            kind if KINDS.contains(&kind) => word.bare().and_then(|()| once(&mut found.kinds, &word.key)),
            "priority" => word.number().map(|priority| found.priority = priority),
            "resume" => {
                said = true;
                word.resume().map(|resume| found.resume = resume)
            }
            "abortable" => word.flag().map(|flag| found.abortable = Some(flag)),
            "requires_ramdisk" => word.flag().map(|flag| found.requires_ramdisk = Some(flag)),
            "name" => word.text().map(|name| found.name = Some(name)),
            _ => Err(word.wrong(&format!(
                "means nothing here; expected {}, `priority`, `resume`, `abortable`, `requires_ramdisk` or `name`",
                list(&KINDS)
            ))),
        });
    }
    if found.kinds.is_empty() {
        let how = format!("say when the step runs: `#[step(clean, ...)]`; there are {}", list(&KINDS));
        errors.add(Error::new(span, how));
    }
    if !said {
        let how = "say how the step goes on after a crash, for it will be called again: `resume = again` (from the start; \
                   doing it twice does no harm), `resume = cursor` (with the last cursor it gave) or `resume = never` \
                   (the operation fails)";
        errors.add(Error::new(span, how));
    }
    errors.finish(found)
}

fn once(known: &mut Vec<Ident>, word: &Ident) -> Result<()> {
    if known.contains(word) {
        return Err(Error::new(word.span(), format!("`{word}` is said twice; once is enough")));
    }
    known.push(word.clone());
    Ok(())
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Collects errors, so that an author sees all of them at once.
#[derive(Default)]
pub struct Errors(Option<Error>);

impl Errors {
    /// Keeps the error, if it is one.
    pub fn keep<T>(&mut self, result: Result<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.add(error);
                None
            }
        }
    }

    /// Adds an error.
    pub fn add(&mut self, error: Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// The value, if there was no error.
    pub fn finish<T>(self, value: T) -> Result<T> {
        match self.0 {
            Some(error) => Err(error),
            None => Ok(value),
        }
    }
}
