//! The state of the help.

use crate::app::action::{Action, Context};
use crate::app::popups::Overlay;
use crate::app::state::State;
use crate::app::text::TextLine;

/// The state of the help.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HelpView {
    /// First visible line.
    pub scroll: usize,
    /// Only lines that contain these words are shown.
    pub filter: TextLine,
    /// Whether the filter is being typed.
    pub filtering: bool,
    /// The popup that it stands over, which returns.
    pub over: Option<Box<Overlay>>,
}

impl HelpView {
    /// The contexts with those of their actions that the filter leaves: what works now first, and empty ones left out.
    pub fn sections(&self, state: &State) -> Vec<(Context, Vec<Action>)> {
        let wanted = self.filter.text.to_lowercase();
        let matches = |action: &Action| {
            let keys = state.keymap.shown(*action);
            let line = format!(
                "{} {} {keys}",
                action.context().title(),
                action.description()
            );
            let line = line.to_lowercase();
            wanted.split_whitespace().all(|word| line.contains(word))
        };
        let first = match self.over.as_deref() {
            Some(Overlay::Runs) => Context::Runs,
            _ => Context::Screen(state.screen),
        };
        let mut contexts = Context::ALL.to_vec();
        contexts.sort_by_key(|&context| context != first);
        let section = |context: Context| {
            let all = Action::ALL.iter().copied();
            let of_context = all.filter(|action| action.context() == context);
            (context, of_context.filter(matches).collect::<Vec<_>>())
        };
        let sections = contexts.into_iter().map(section);
        sections
            .filter(|(_, actions)| !actions.is_empty())
            .collect()
    }

    /// Lines of the help: a heading and its actions for each context, with an empty line between.
    pub fn lines(&self, state: &State) -> usize {
        let sections = self.sections(state);
        let actions: usize = sections.iter().map(|(_, actions)| actions.len() + 2).sum();
        actions.saturating_sub(1)
    }
}
