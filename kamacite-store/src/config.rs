//! Where the rows live, and how a connection URL names the place.

use std::{path::PathBuf, sync::Arc};

use kamacite_model::Clock;

use crate::{Error, Result};

/// What a store needs to open.
#[derive(Clone)]
pub struct StoreConfig {
    /// Where the rows live.
    pub database: Database,
    /// Stamps rows.
    pub clock: Arc<dyn Clock>,
    /// Whether a file is copied, beside it, before its schema is changed.
    pub backup_before_upgrade: bool,
}

/// Where the rows live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// A SQLite file, made where there is none. One process at a time may have it open.
    Sqlite {
        /// The file.
        path: PathBuf,
    },
    /// Nowhere: gone when the store is closed.
    Memory,
}

impl Database {
    /// Reads a connection URL as oslo.db and SQLAlchemy write it: `sqlite:////absolute/path`, `sqlite:///relative/path`,
    /// `sqlite://` for a database in memory.
    ///
    /// A driver (`sqlite+pysqlite:`) and parameters (`?timeout=30`) tune the reference's database driver and are passed over.
    ///
    /// # Errors
    /// [`Error::UnsupportedDatabase`] for every other scheme, with the remedy. A URL may hold a password, so only its
    /// scheme is told.
    pub fn from_url(url: &str) -> Result<Self> {
        let Some((scheme, rest)) = url.split_once("://") else {
            return Err(unsupported(url.split(':').next().unwrap_or_default(), "write it as sqlite:////absolute/path"));
        };
        let (dialect, _driver) = scheme.split_once('+').unwrap_or((scheme, ""));
        match dialect {
            "sqlite" => {
                let place = rest.split_once('?').map_or(rest, |(place, _)| place);
                match place.strip_prefix('/') {
                    Some("" | ":memory:") => Ok(Self::Memory),
                    Some(path) => Ok(Self::Sqlite { path: PathBuf::from(path) }),
                    None if place.is_empty() => Ok(Self::Memory),
                    None => Err(unsupported(
                        "sqlite",
                        "a SQLite file has no host: write three slashes before a relative path and four before an absolute one",
                    )),
                }
            }
            "postgresql" | "postgres" => {
                Err(unsupported(dialect, "PostgreSQL is not built in yet; use sqlite:////absolute/path"))
            }
            "mysql" | "mariadb" => {
                Err(unsupported(dialect, "MySQL and MariaDB cannot be honoured; use sqlite:////absolute/path"))
            }
            _ => Err(unsupported(dialect, "use sqlite:////absolute/path")),
        }
    }
}

fn unsupported(scheme: &str, remedy: &'static str) -> Error {
    Error::UnsupportedDatabase { scheme: scheme.to_owned(), remedy }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: Database) {
        assert_eq!(Database::from_url(url).unwrap(), expected, "{url}");
    }

    #[track_caller]
    fn check_refused(url: &str, remedy: &str) {
        let told = Database::from_url(url).unwrap_err().to_string();
        assert!(told.contains(remedy), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }

    fn file(path: &str) -> Database {
        Database::Sqlite { path: PathBuf::from(path) }
    }

    #[test]
    fn urls_name_files_as_sqlalchemy_does() {
        check("sqlite:////var/lib/kamacite/k.sqlite", file("/var/lib/kamacite/k.sqlite"));
        check("sqlite:///ironic.sqlite", file("ironic.sqlite"));
        check("sqlite+pysqlite:////tmp/a?timeout=30", file("/tmp/a"));
        check("sqlite://", Database::Memory);
        check("sqlite:///", Database::Memory);
        check("sqlite:///:memory:", Database::Memory);
    }

    #[test]
    fn other_databases_are_refused_with_the_remedy_and_without_the_password() {
        check_refused("postgresql+psycopg2://ironic:hunter2@db/ironic", "not built in yet");
        check_refused("mysql+pymysql://ironic:hunter2@db/ironic", "cannot be honoured");
        check_refused("oracle://u:hunter2@db", "sqlite:////absolute/path");
        check_refused("sqlite://var/lib/k", "four before an absolute one");
        check_refused("ironic.sqlite", "sqlite:////absolute/path");
    }
}
