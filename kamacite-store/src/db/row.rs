//! One row of an answer, whichever database gave it.

use sqlx::{Row as _, ValueRef as _, sqlite::SqliteRow};

/// A row; columns are counted from 0.
pub(crate) enum Row {
    /// Of SQLite.
    Sqlite(SqliteRow),
}

impl Row {
    /// Whether a column holds nothing.
    pub(crate) fn is_null(&self, column: usize) -> Result<bool, sqlx::Error> {
        match self {
            Self::Sqlite(row) => Ok(row.try_get_raw(column)?.is_null()),
        }
    }

    /// A column of text.
    pub(crate) fn text(&self, column: usize) -> Result<&str, sqlx::Error> {
        match self {
            Self::Sqlite(row) => row.try_get(column),
        }
    }

    /// A column of whole numbers.
    pub(crate) fn integer(&self, column: usize) -> Result<i64, sqlx::Error> {
        match self {
            Self::Sqlite(row) => row.try_get(column),
        }
    }

    /// A column of truth values.
    pub(crate) fn boolean(&self, column: usize) -> Result<bool, sqlx::Error> {
        match self {
            Self::Sqlite(row) => row.try_get(column),
        }
    }

    /// A column of numbers.
    pub(crate) fn real(&self, column: usize) -> Result<f64, sqlx::Error> {
        match self {
            Self::Sqlite(row) => row.try_get(column),
        }
    }
}
