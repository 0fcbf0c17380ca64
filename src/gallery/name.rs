//! Which names a person can have.

use unicode_normalization::UnicodeNormalization;

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
    /// With U+FFFD, which stands for bytes that are not text.
    #[error(
        "the name \"{0}\" is not UTF-8 text where \u{fffd} is shown; rename the file or folder, or write the name anew"
    )]
    NotText(String),
}

/// The name as it is stored: canonically composed (NFC), without spaces around it, and with one space where there were
/// several.
///
/// # Errors
/// A name that is empty or too long, that is not text, or that holds control or invisible characters (`files::clean`).
/// Such characters are refused, not removed: two names that look alike would be two people, and a user could not tell which one to forget.
pub fn checked_name(name: &str) -> Result<String, NameError> {
    let name = stored_name(&name.nfc().collect::<String>())?;
    match name.contains(char::REPLACEMENT_CHARACTER) {
        true => Err(NameError::NotText(name)),
        false => Ok(name),
    }
}

/// The same for a name that is in a gallery: as it is written there, for an older version may have stored both forms.
pub(super) fn stored_name(name: &str) -> Result<String, NameError> {
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

/// Which of the names is `name`: the one that is written the same, or else the one whose characters are composed in
/// another way, which looks the same.
pub(super) fn position<'a>(
    names: impl Iterator<Item = &'a str> + Clone,
    name: &str,
) -> Option<usize> {
    let same = |other: &str| other.nfc().eq(name.nfc());
    names
        .clone()
        .position(|other| other == name)
        .or_else(|| names.clone().position(same))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_real_people_are_accepted_and_those_that_deceive_refused() {
        let name = |name: &str| checked_name(name);
        assert_eq!(name("  Jose\u{301}  Luis ").unwrap(), "José Luis");
        for good in [
            "علی\u{200c}رضا",
            "നന്\u{200d}",
            "ශ්\u{200d}රී",
            "👩🏽\u{200d}💻",
            "O'Brien",
            "小明",
            "Đặng Thị",
        ] {
            assert_eq!(name(good).unwrap(), good);
        }
        for bad in [
            "An\u{200d}na",
            "An\u{200b}na",
            "\u{feff}Anna",
            "\u{202e}annA",
            "Anna\u{200f}",
            "a\tb",
            "a\u{7f}",
        ] {
            assert!(matches!(name(bad), Err(NameError::Invisible(_))), "{bad:?}");
        }
        assert_eq!(name(" "), Err(NameError::Empty));
        assert_eq!(
            name("Jos\u{fffd}").unwrap_err().to_string(),
            "the name \"Jos\u{fffd}\" is not UTF-8 text where \u{fffd} is shown; rename the file or folder, or write the name anew"
        );
    }
}
