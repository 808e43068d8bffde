//! Configuration options: declared once, beside the code that reads them, with name, default and help.
//!
//! The tables of all crates together are *the* table: it parses, checks, makes the sample file and the documentation.

use std::{
    collections::BTreeMap,
    fmt,
    marker::PhantomData,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

/// One option with the type of its value.
pub struct Opt<T> {
    spec: OptionSpec,
    value: PhantomData<fn() -> T>,
}

/// What is known of an option without knowing its type.
#[derive(Debug, Clone, Copy)]
pub struct OptionSpec {
    /// The section of the file, for example `conductor`; `DEFAULT` is the first.
    pub group: &'static str,
    /// The name in the section.
    pub name: &'static str,
    /// The value where none is given, as it would stand in a file; empty means none.
    pub default: &'static str,
    /// What it does, for the documentation.
    pub help: &'static str,
    /// The type of the value, for the documentation.
    pub kind: &'static str,
    /// Tells whether a text is a value.
    pub check: fn(&str) -> Result<(), String>,
}

/// A type that an option may have.
pub trait OptionValue: Sized {
    /// The type's name in the documentation.
    const KIND: &'static str;

    /// Reads a value as it stands in a file.
    ///
    /// # Errors
    /// Says what was expected.
    fn parse(text: &str) -> Result<Self, String>;
}

impl<T: OptionValue> Opt<T> {
    /// Declares an option; `default` is written as in a file.
    pub const fn new(group: &'static str, name: &'static str, default: &'static str, help: &'static str) -> Self {
        let spec = OptionSpec { group, name, default, help, kind: T::KIND, check: check::<T> };
        Self { spec, value: PhantomData }
    }

    /// The untyped description, for the table.
    pub const fn spec(&self) -> OptionSpec {
        self.spec
    }
}

fn check<T: OptionValue>(text: &str) -> Result<(), String> {
    T::parse(text).map(|_| ())
}

/// What was configured: the texts that were given, by section and name.
///
/// The program checks every given text against the table before anything reads it.
#[derive(Clone, Default)]
pub struct Options {
    given: BTreeMap<(String, String), String>,
}

impl Options {
    /// Takes what was given, as (section, name, text).
    pub fn new(given: impl IntoIterator<Item = (String, String, String)>) -> Self {
        Self { given: given.into_iter().map(|(group, name, text)| ((group, name), text)).collect() }
    }

    /// Gives one more option, or another value to one.
    pub fn set(&mut self, group: &str, name: &str, text: impl Into<String>) {
        self.given.insert((group.to_owned(), name.to_owned()), text.into());
    }

    /// Everything given.
    pub fn given(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.given.iter().map(|((group, name), text)| (group.as_str(), name.as_str(), text.as_str()))
    }

    /// The text given for an option, where one was.
    pub fn text(&self, group: &str, name: &str) -> Option<&str> {
        self.given.get(&(group.to_owned(), name.to_owned())).map(String::as_str)
    }

    /// The option's value: as given, else its default.
    ///
    /// # Panics
    /// When neither is a value. The program refuses such a configuration before it serves, so only a default that
    /// contradicts its own type gets here.
    pub fn get<T: OptionValue>(&self, option: &Opt<T>) -> T {
        let OptionSpec { group, name, default, .. } = option.spec;
        let text = self.text(group, name).unwrap_or(default);
        T::parse(text).unwrap_or_else(|why| panic!("[{group}]{name} = {text:?}: {why}"))
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.given().map(|(group, name, text)| {
                (format!("[{group}]{name}"), if crate::is_secret_key(name) { "******" } else { text })
            }))
            .finish()
    }
}

impl OptionValue for String {
    const KIND: &'static str = "string";

    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}

impl OptionValue for bool {
    const KIND: &'static str = "boolean";

    fn parse(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok(true),
            "false" | "0" | "no" | "off" => Ok(false),
            _ => Err("expected true or false".to_owned()),
        }
    }
}

macro_rules! numbers {
    ($($T:ty: $kind:literal, $expected:literal;)+) => {$(
        impl OptionValue for $T {
            const KIND: &'static str = $kind;

            fn parse(text: &str) -> Result<Self, String> {
                text.trim().parse().map_err(|_| $expected.to_owned())
            }
        }
    )+};
}

numbers! {
    u16: "integer", "expected a whole number from 0 to 65535";
    u32: "integer", "expected a whole number, not negative";
    u64: "integer", "expected a whole number, not negative";
    i64: "integer", "expected a whole number";
    f64: "number", "expected a number";
    IpAddr: "IP address", "expected an IPv4 or IPv6 address";
    SocketAddr: "address and port", "expected an IP address and a port, as in 127.0.0.1:9385 or [::1]:9385";
}

impl OptionValue for PathBuf {
    const KIND: &'static str = "path";

    fn parse(text: &str) -> Result<Self, String> {
        Ok(Self::from(text))
    }
}

/// Seconds, whole or not.
impl OptionValue for Duration {
    const KIND: &'static str = "seconds";

    fn parse(text: &str) -> Result<Self, String> {
        let seconds: f64 = text.trim().parse().map_err(|_| "expected a number of seconds".to_owned())?;
        Self::try_from_secs_f64(seconds).map_err(|_| "expected a number of seconds, not negative".to_owned())
    }
}

/// Items between commas; white space around them does not count.
impl OptionValue for Vec<String> {
    const KIND: &'static str = "list";

    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect())
    }
}

/// An option that may have no value: an empty text is none.
impl<T: OptionValue> OptionValue for Option<T> {
    const KIND: &'static str = T::KIND;

    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() { Ok(None) } else { T::parse(text).map(Some) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ATTEMPTS: Opt<u32> = Opt::new("conductor", "node_locked_retry_attempts", "3", "");
    const TYPES: Opt<Vec<String>> = Opt::new("DEFAULT", "enabled_hardware_types", "ipmi,redfish", "");

    #[test]
    fn what_is_given_wins_over_the_default() {
        let mut options = Options::default();
        assert_eq!(options.get(&ATTEMPTS), 3);
        options.set("conductor", "node_locked_retry_attempts", "7");
        assert_eq!(options.get(&ATTEMPTS), 7);
        assert_eq!(options.get(&TYPES), ["ipmi", "redfish"]);
    }

    #[test]
    fn a_text_that_is_no_value_is_told_before_it_is_read() {
        assert_eq!((ATTEMPTS.spec().check)("many"), Err("expected a whole number, not negative".to_owned()));
    }
}
