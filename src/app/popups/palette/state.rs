//! The state of the command palette.

use crate::app::action::{Action, Context};
use crate::app::key::Key;
use crate::app::screen::Screen;
use crate::app::text::TextLine;

/// The state of the command palette.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Palette {
    /// What is typed: parts of the words that are looked for.
    pub line: TextLine,
    /// Index into the actions that match.
    pub selected: usize,
}

impl Palette {
    /// Types a character; the cursor goes to the first of those that match then.
    pub(in crate::app) fn type_key(&mut self, key: Key) {
        if self.line.type_key(key) {
            self.selected = 0;
        }
    }

    /// The actions whose words contain all that is typed: those of this screen first, then those that work everywhere.
    pub fn matching(&self, screen: Screen) -> Vec<Action> {
        let wanted = self.line.text.to_lowercase();
        let matches = |action: &Action| {
            let words = format!(
                "{} {} {}",
                action.name().replace('_', " "),
                action.description(),
                action.context().title()
            )
            .to_lowercase();
            wanted.split_whitespace().all(|part| words.contains(part))
        };
        let mut found: Vec<Action> = Action::ALL.iter().copied().filter(is_command).collect();
        found.retain(matches);
        found.sort_by_key(|action| match action.context() {
            Context::Screen(theirs) if theirs == screen => 0,
            Context::Global => 1,
            _ => 2,
        });
        found
    }
}

/// Whether it can be chosen by name: keys that move, and those of a question or of a line of text, cannot.
fn is_command(action: &Action) -> bool {
    let moves = [
        Action::Up,
        Action::Down,
        Action::Left,
        Action::Right,
        Action::PageUp,
        Action::PageDown,
        Action::First,
        Action::Last,
        Action::Select,
        Action::Back,
        Action::Palette,
    ];
    let context = action.context();
    matches!(context, Context::Global | Context::Screen(_)) && !moves.contains(action)
}
