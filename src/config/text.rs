//! Reads RON text; errors name the place and what would be right.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};

use crate::files::{self, FileError, clean, shown};

/// The largest RON file that is read.
const MAX_BYTES: u64 = 1 << 20;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file exists but cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The text cannot be parsed.
    #[error("{file}:{line}:{column}: {why}")]
    Syntax {
        /// The file's name.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong, and what would be right.
        why: String,
    },
    /// A value is not allowed.
    #[error("{place}: {field} is {value}; allowed is {allowed}")]
    Value {
        /// The file, or the command line.
        place: String,
        /// The setting.
        field: &'static str,
        /// Its value.
        value: String,
        /// What is allowed.
        allowed: String,
    },
}

/// Parses RON text; `file` names it in errors. A value for an optional field needs no `Some(…)`.
///
/// # Errors
/// `ConfigError::Syntax` with line and column; for an unknown field or word it lists the known ones.
pub fn parse_ron<T: DeserializeOwned>(text: &str, file: &str) -> Result<T, ConfigError> {
    let options =
        ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME);
    // Windows' Notepad begins a file with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    options.from_str(text).map_err(|error| {
        let (start, why) = (error.span.start, explain(&error.code));
        ConfigError::Syntax {
            file: clean(file),
            line: start.line,
            column: start.col,
            why,
        }
    })
}

/// Reads RON from a file of at most one mebibyte.
///
/// # Errors
/// [`ConfigError::File`] when it cannot be read, and those of [`parse_ron`].
pub fn read_ron<T: DeserializeOwned>(path: &Path) -> Result<T, ConfigError> {
    let bytes = files::read_limited(path, MAX_BYTES)?;
    let file = shown(path).to_string();
    match std::str::from_utf8(&bytes) {
        Ok(text) => parse_ron(text, &file),
        Err(error) => {
            let before = &bytes[..error.valid_up_to()];
            let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
            let column = 1 + before
                .iter()
                .rev()
                .take_while(|&&byte| byte != b'\n')
                .count();
            Err(ConfigError::Syntax {
                file,
                line,
                column,
                why: "it is not UTF-8 text; save it as such".into(),
            })
        }
    }
}

fn explain(error: &ron::Error) -> String {
    match error {
        ron::Error::NoSuchStructField {
            expected, found, ..
        } => {
            format!(
                "there is no setting \"{}\"; there are: {}",
                clean(found),
                expected.join(", ")
            )
        }
        ron::Error::NoSuchEnumVariant {
            expected, found, ..
        } => {
            format!(
                "\"{}\" is not known here; there are: {}",
                clean(found),
                expected.join(", ")
            )
        }
        ron::Error::DuplicateStructField { field, .. } => {
            format!("\"{field}\" is set twice; remove one")
        }
        other => clean(&other.to_string()),
    }
}

/// Reads a value as RON writes it.
pub(super) fn value<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads a word, with or without quotes: `centre`, `"centre"`, `256`.
pub(super) fn word<'de, D: Deserializer<'de>, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    let raw = Box::<ron::value::RawValue>::deserialize(deserializer)?;
    let raw = raw.trim();
    // RON unquotes a string, so that escapes work.
    let text = ron::from_str::<String>(raw.get_ron()).unwrap_or_else(|_| raw.get_ron().into());
    text.parse().map(Some).map_err(D::Error::custom)
}
