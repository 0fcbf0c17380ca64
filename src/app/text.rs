//! A line of text that is being typed.
//!
//! The line is edited at its end only. The crate `tui-input` was considered: it adds a cursor within the line, which this
//! program has no keys for (the arrows change a field, a choice or a folder), and it brings two dependencies; leaving out
//! control characters would still be written here. So the thirty lines stay.

use super::action::Action;
use super::key::Key;

/// A line that is edited at its end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextLine {
    /// The text so far.
    pub text: String,
}

impl TextLine {
    /// A line that begins with `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }

    /// Types a character, if the key is one. Whether it was.
    pub fn type_key(&mut self, key: Key) -> bool {
        let Some(c) = key.typed().filter(|c| !c.is_control()) else {
            return false;
        };
        self.text.push(c);
        true
    }

    /// Pastes text without its control characters.
    pub fn paste(&mut self, text: &str) {
        self.text.extend(text.chars().filter(|c| !c.is_control()));
    }

    /// Erases, if the action is to erase. Whether it was.
    pub fn edit(&mut self, action: Action) -> bool {
        match action {
            Action::Erase => drop(self.text.pop()),
            Action::EraseAll => self.text.clear(),
            _ => return false,
        }
        true
    }
}

/// `text` from outside with its control characters replaced, because they would act on the terminal.
pub fn clean(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
