//! A table described once, column by column: inserting, changing and loading all follow the description.

use std::sync::Arc;

use sea_query::{Expr, InsertStatement, Query, SelectStatement, Value};

use super::{
    Row,
    stored::{TooDeep, Unreadable},
};
use crate::{Error, Result, json};

/// How a `T` lies in its table.
pub(crate) struct Table<T: 'static> {
    /// The table's name.
    pub(crate) name: &'static str,
    /// A `T` to read a row into; every column overwrites its part.
    pub(crate) blank: fn() -> T,
    /// The columns. Not among them is `id`, which numbers rows in the order of their insertion.
    pub(crate) columns: &'static [Column<T>],
}

/// One column: its name, and how to go from a `T` to the row and back. [`column!`] writes it.
pub(crate) struct Column<T> {
    /// Its name.
    pub(crate) name: &'static str,
    /// Whether two have the same in it.
    pub(crate) same: fn(&T, &T) -> bool,
    /// What one has in it, as the database keeps it.
    pub(crate) value: fn(&T) -> Result<Value, TooDeep>,
    /// Takes over what another has in it, just as it would come back from the database.
    pub(crate) copy: fn(&mut T, &T),
    /// Takes over what a row has in it.
    pub(crate) read: fn(&mut T, &Row, usize) -> Result<(), Unreadable>,
}

impl<T> Table<T> {
    /// A statement that inserts rows.
    pub(crate) fn insert<'a>(&self, rows: impl IntoIterator<Item = &'a T>) -> Result<InsertStatement>
    where
        T: 'a,
    {
        let mut statement = Query::insert();
        statement.into_table(self.name).columns(self.columns.iter().map(|column| column.name));
        for row in rows {
            let values = self.columns.iter().map(|column| column.to_value(row).map(Expr::from));
            statement.values_panic(values.collect::<Result<Vec<_>>>()?);
        }
        Ok(statement)
    }

    /// The columns of a row that [`Self::load`] can read.
    pub(crate) fn select(&self) -> SelectStatement {
        Query::select().columns(self.columns.iter().map(|column| column.name)).from(self.name).to_owned()
    }

    /// Reads a row of [`Self::select`].
    pub(crate) fn load(&self, row: &Row) -> Result<T> {
        let mut loaded = (self.blank)();
        for (place, column) in self.columns.iter().enumerate() {
            (column.read)(&mut loaded, row, place).map_err(|source| malformed(self.name, column.name, source))?;
        }
        Ok(loaded)
    }

    /// The column of this name.
    pub(crate) fn column(&self, name: &str) -> Option<&'static Column<T>> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// One as it would come back from the database.
    pub(crate) fn rounded(&self, row: &T) -> T {
        let mut rounded = (self.blank)();
        for column in self.columns {
            (column.copy)(&mut rounded, row);
        }
        rounded
    }
}

impl<T> Column<T> {
    /// What one has in the column.
    pub(crate) fn to_value(&self, row: &T) -> Result<Value> {
        (self.value)(row).map_err(|TooDeep| Error::NestedTooDeeply { column: self.name, limit: json::DEPTH })
    }
}

/// Says that a row holds what cannot be read.
pub(crate) fn malformed(table: &'static str, column: &'static str, source: Unreadable) -> Error {
    Error::Malformed { table, column, source: Arc::from(source) }
}

/// Describes a column that holds a field: `column!(name)`, or `column!("name", path.to[field])`.
macro_rules! column {
    ($field:ident) => {
        $crate::db::column!(stringify!($field), $field)
    };
    ($name:expr, $($path:tt)+) => {
        $crate::db::Column {
            name: $name,
            same: |a, b| a.$($path)+ == b.$($path)+,
            value: |row| $crate::db::Stored::to_value(&row.$($path)+),
            copy: |row, from| row.$($path)+ = $crate::db::Stored::rounded(&from.$($path)+),
            read: |into, row, place| {
                into.$($path)+ = $crate::db::Stored::from_row(row, place)?;
                Ok(())
            },
        }
    };
}
pub(crate) use column;

/// Describes the two columns of a field whose secrets are kept apart: `secret_columns!(name, "name_secrets", is_secret)`.
///
/// Gives the first with `public`, the second, which must stand after it, with `secrets`.
macro_rules! secret_column {
    (public $field:ident, $is_secret:expr) => {
        $crate::db::Column {
            name: stringify!($field),
            same: |a, b| a.$field == b.$field,
            value: |row| $crate::secrets::public(&row.$field, $is_secret),
            copy: |row, from| row.$field = $crate::db::Stored::rounded(&from.$field),
            read: |into, row, place| {
                into.$field = $crate::db::Stored::from_row(row, place)?;
                Ok(())
            },
        }
    };
    (secrets $field:ident, $name:literal, $is_secret:expr) => {
        $crate::db::Column {
            name: $name,
            same: |a, b| a.$field == b.$field,
            value: |row| $crate::secrets::secrets(&row.$field, $is_secret),
            copy: |_, _| {}, // the first of the two took both
            read: |into, row, place| {
                if let Some(secrets) = $crate::db::Stored::from_row(row, place)? {
                    $crate::secrets::merge(&mut into.$field, secrets);
                }
                Ok(())
            },
        }
    };
}
pub(crate) use secret_column;
