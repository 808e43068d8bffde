//! `echo`: a method with arguments of every type, which come back as they were understood.

use kamacite_driver::{Json, Result, SharedTask, args, passthru, serde::Serialize};

use super::FakeExtra;

/// Answers with the arguments as they were understood.
#[passthru(GET, POST, PUT, PATCH, DELETE, sync)]
pub async fn echo(_: &FakeExtra, _: &SharedTask, args: Said) -> Result<Said> {
    Ok(args)
}

/// Something of every type.
#[args(closed)]
#[derive(Serialize)]
pub struct Said {
    /// Any text; the one thing that must be said.
    text: String,
    /// A whole number, small or large, positive or negative.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<i64>,
    /// A number, from 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    ratio: Option<f64>,
    /// Whether it is meant.
    #[serde(default)]
    seriously: bool,
    /// How loud.
    #[serde(default)]
    volume: Volume,
    /// Several texts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    list: Vec<String>,
    /// Anything at all.
    #[serde(default, skip_serializing_if = "Json::is_empty")]
    object: Json,
}

/// How loud something is said.
#[args]
#[derive(Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Volume {
    /// In a whisper.
    Quiet,
    /// As people speak.
    #[default]
    Normal,
    /// So that it is heard.
    Loud,
}
