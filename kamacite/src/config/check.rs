//! Checks what was configured against the table of options.

use kamacite_model::options::{OptionSpec, Options};

use super::{CONNECTION, ConfigError, RPC_TRANSPORT, file::Given};

/// A line for each option that nobody reads, with the nearest name there is.
pub(super) fn unknown(table: &[OptionSpec], given: &[Given]) -> Vec<String> {
    let known = |group: &str, name: &str| table.iter().any(|spec| spec.group == group && spec.name == name);
    given
        .iter()
        .filter(|(group, name, _)| !known(group, name))
        .map(|(group, name, _)| match nearest(table, group, name) {
            Some(near) => format!("option [{group}]{name} is not known and has no effect; did you mean {near}?"),
            None => format!("option [{group}]{name} is not known and has no effect"),
        })
        .collect()
}

fn nearest(table: &[OptionSpec], group: &str, name: &str) -> Option<String> {
    let asked = format!("[{group}]{name}");
    table
        .iter()
        .map(|spec| format!("[{}]{}", spec.group, spec.name))
        .map(|known| (strsim::normalized_damerau_levenshtein(&asked, &known), known))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, known)| known)
}

/// Every given text must be a value of its option.
pub(super) fn values(table: &[OptionSpec], options: &Options) -> Result<(), ConfigError> {
    for spec in table {
        let Some(text) = options.text(spec.group, spec.name) else { continue };
        (spec.check)(text).map_err(|why| bad(spec, text, why))?;
    }
    Ok(())
}

/// What is understood and cannot be done stops the start, with the remedy.
pub(super) fn honourable(options: &Options) -> Result<(), ConfigError> {
    let transport = options.get(&RPC_TRANSPORT);
    if transport != "none" {
        let why = "API and conductor are one process here and need no message bus; set it to none";
        return Err(bad(&RPC_TRANSPORT.spec(), &transport, why.to_owned()));
    }
    let url = options.get(&CONNECTION);
    if let Err(error) = kamacite_store::Database::from_url(&url) {
        // The URL may hold a password.
        return Err(bad(&CONNECTION.spec(), url.split(':').next().unwrap_or_default(), error.to_string()));
    }
    Ok(())
}

fn bad(spec: &OptionSpec, text: &str, why: String) -> ConfigError {
    let text = if kamacite_model::is_secret_key(spec.name) { "******" } else { text };
    ConfigError::BadValue { group: spec.group.to_owned(), name: spec.name.to_owned(), text: text.to_owned(), why }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Service, config::table};

    fn given(group: &str, name: &str, text: &str) -> Given {
        (group.to_owned(), name.to_owned(), text.to_owned())
    }

    #[test]
    fn an_unknown_option_is_told_with_the_nearest_known_name() {
        let table = table(&Service::new());
        let told = unknown(&table, &[given("conductor", "heartbeat_intervall", "3"), given("neutron", "url", "x")]);
        assert!(told[0].contains("did you mean [conductor]heartbeat_interval?"), "{told:?}");
        assert_eq!(told[1], "option [neutron]url is not known and has no effect");
    }

    #[test]
    fn what_cannot_be_done_stops_the_start_with_the_remedy() {
        for (group, name, text, remedy) in [
            ("DEFAULT", "rpc_transport", "oslo", "set it to none"),
            ("database", "connection", "mysql+pymysql://root:secret@db/ironic", "sqlite:////absolute/path"),
        ] {
            let error = honourable(&Options::new([given(group, name, text)])).err().map(|error| error.to_string());
            let error = error.unwrap_or_default();
            assert!(error.contains(name) && error.contains(remedy) && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn every_default_is_a_value_of_its_option() {
        for spec in table(&Service::new()) {
            assert_eq!((spec.check)(spec.default), Ok(()), "[{}]{}", spec.group, spec.name);
        }
    }

    #[test]
    fn no_option_is_declared_twice() {
        let mut names: Vec<_> = table(&Service::new()).iter().map(|spec| (spec.group, spec.name)).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
