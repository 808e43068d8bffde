//! Rows in SQLite; the only crate that knows SQL.
