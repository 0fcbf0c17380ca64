//! A line of text that is being typed.

use super::action::Action;
use super::key::Key;

/// A line with its end as the cursor: long editing belongs elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextLine {
    /// What stands there.
    pub text: String,
}

impl TextLine {
    /// A line that starts as `text`.
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

    /// Pastes text; what could move the cursor or recolour the screen is left out.
    pub fn paste(&mut self, text: &str) {
        self.text.extend(text.chars().filter(|c| !c.is_control()));
    }

    /// Erases, if the action says so. Whether it did.
    pub fn edit(&mut self, action: Action) -> bool {
        match action {
            Action::Erase => drop(self.text.pop()),
            Action::EraseAll => self.text.clear(),
            _ => return false,
        }
        true
    }
}

/// `text` without characters that would act on the terminal, for whatever comes from outside.
pub fn clean(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
