//! Which types a column can hold, and how each lies in it.
//!
//! Moments are whole microseconds since 1970 UTC, JSON and UUIDs are text, members of closed sets their names on the wire.

use std::{error::Error as StdError, sync::Arc};

use kamacite_model::{
    AllocationState, BootMode, Fault, Info, InterfaceKind, Json, Mac, PowerState, ProvisionState, Requester, Severity,
    Timestamp, Uuid,
    operation::{OperationKind, OperationState},
};
use sea_query::Value;
use serde_json::Value as JsonValue;

use super::Row;
use crate::json;

/// Why a column could not be read.
pub(crate) type Unreadable = Box<dyn StdError + Send + Sync>;

/// A JSON value is nested so deeply that it could not be read back.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooDeep;

/// A type that a column can hold.
pub(crate) trait Stored: Sized {
    /// Nothing, of the type the column has.
    const NOTHING: Value;

    /// As the database keeps it.
    fn to_value(&self) -> Result<Value, TooDeep>;

    /// As it comes back from the database.
    fn rounded(&self) -> Self;

    /// What a row has in the column; an error if that is nothing.
    fn from_row(row: &Row, column: usize) -> Result<Self, Unreadable>;
}

/// Of anything that may be missing.
impl<T: Stored> Stored for Option<T> {
    const NOTHING: Value = T::NOTHING;

    fn to_value(&self) -> Result<Value, TooDeep> {
        self.as_ref().map_or(Ok(Self::NOTHING), T::to_value)
    }

    fn rounded(&self) -> Self {
        self.as_ref().map(T::rounded)
    }

    fn from_row(row: &Row, column: usize) -> Result<Self, Unreadable> {
        if row.is_null(column)? { Ok(None) } else { T::from_row(row, column).map(Some) }
    }
}

macro_rules! stored {
    ($($T:ty, $Kind:ident: $to_value:expr, $from_row:expr;)+) => {$(
        impl Stored for $T {
            const NOTHING: Value = Value::$Kind(None);

            fn to_value(&self) -> Result<Value, TooDeep> {
                let to_value: fn(&$T) -> _ = $to_value;
                Ok(Value::$Kind(Some(to_value(self))))
            }

            fn rounded(&self) -> Self {
                self.clone()
            }

            fn from_row(row: &Row, column: usize) -> Result<Self, Unreadable> {
                let from_row: fn(&Row, usize) -> Result<$T, Unreadable> = $from_row;
                from_row(row, column)
            }
        }
    )+};
}

stored! {
    bool, Bool: |value| *value, |row, column| Ok(row.boolean(column)?);
    i32, BigInt: |value| i64::from(*value), |row, column| Ok(row.integer(column)?.try_into()?);
    i64, BigInt: |value| *value, |row, column| Ok(row.integer(column)?);
    f64, Double: |value| *value, |row, column| Ok(row.real(column)?);
    String, String: String::clone, |row, column| Ok(row.text(column)?.to_owned());
    Arc<str>, String: |value| value.to_string(), |row, column| Ok(row.text(column)?.into());
    Mac, String: |value| value.to_string(), |row, column| Ok(row.text(column)?.parse()?);
    Uuid, String: |value| value.to_string(), |row, column| Ok(row.text(column)?.parse()?);
}

macro_rules! stored_by_name {
    ($($T:ty)+) => {
        stored! { $($T, String: |value| value.as_str().to_owned(), |row, column| Ok(row.text(column)?.parse()?);)+ }
    };
}

stored_by_name! { AllocationState BootMode Fault InterfaceKind OperationKind OperationState PowerState ProvisionState Severity }

impl Stored for Timestamp {
    const NOTHING: Value = Value::BigInt(None);

    fn to_value(&self) -> Result<Value, TooDeep> {
        Ok(Value::BigInt(Some(self.as_microsecond())))
    }

    fn rounded(&self) -> Self {
        // Whatever has microseconds can be made of them.
        Self::from_microsecond(self.as_microsecond()).unwrap_or(*self)
    }

    fn from_row(row: &Row, column: usize) -> Result<Self, Unreadable> {
        Ok(Self::from_microsecond(row.integer(column)?)?)
    }
}

macro_rules! stored_as_json {
    ($($T:ty)+) => {$(
        impl Stored for $T {
            const NOTHING: Value = Value::String(None);

            fn to_value(&self) -> Result<Value, TooDeep> {
                json::to_text(self).map(|text| Value::String(Some(text)))
            }

            fn rounded(&self) -> Self {
                self.clone()
            }

            fn from_row(row: &Row, column: usize) -> Result<Self, Unreadable> {
                Ok(serde_json::from_str(row.text(column)?)?)
            }
        }
    )+};
}

stored_as_json! { JsonValue Json Info Vec<String> Vec<Uuid> Requester }
