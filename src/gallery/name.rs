//! Which names a person can have.

use super::limits::MAX_NAME;
use crate::files::clean;

/// Why a name cannot be given to a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing, or only spaces.
    #[error("a name is missing: give one of 1 to {MAX_NAME} characters")]
    Empty,
    /// Too long.
    #[error("the name \"{start}…\" has {length} characters; shorten it to {MAX_NAME}")]
    Long {
        /// How it begins.
        start: String,
        /// How many characters it has.
        length: usize,
    },
    /// With control characters, which act on a terminal, or with invisible ones.
    #[error(
        "the name \"{0}\" holds control characters or invisible ones (shown as \u{fffd}); leave them out"
    )]
    Invisible(String),
}

/// The name as it is stored: without spaces around it, and with one space where there were several.
///
/// # Errors
/// A name that is empty or too long, or that holds control or invisible characters. Such characters are refused, not
/// removed: two names that look alike would be two people, and a user could not tell which one to forget.
pub fn checked_name(name: &str) -> Result<String, NameError> {
    let name = name
        .split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let length = name.chars().count();
    let shown = clean(&name);
    if name.is_empty() {
        Err(NameError::Empty)
    } else if shown != name {
        Err(NameError::Invisible(shown.chars().take(MAX_NAME).collect()))
    } else if length > MAX_NAME {
        Err(NameError::Long {
            start: name.chars().take(16).collect(),
            length,
        })
    } else {
        Ok(name)
    }
}
