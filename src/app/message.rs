//! What the message line says.

use std::time::Duration;

use super::screen::Screen;

/// How important a message is, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Good to know; disappears by itself.
    Info,
    /// Should be read.
    Warning,
    /// Stays until the next key.
    Error,
}

/// A sentence in the message line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// How important it is.
    pub level: Level,
    /// The sentence.
    pub text: String,
    /// The screen that it is about: it disappears with that screen.
    pub only_on: Option<Screen>,
    /// When it disappears, on the state's clock; `None` for what stays.
    pub until: Option<Duration>,
}
