//! What keys change in the help.

use super::state::HelpView;
use crate::app::action::Action;
use crate::app::popups::Overlay;
use crate::app::state::State;
use crate::app::text::TextLine;

/// Opens the help, over whatever popup is open.
pub(in crate::app) fn open(state: &mut State) {
    let over = state.overlay.take().map(Box::new);
    state.overlay = Some(Overlay::Help(HelpView {
        over,
        ..HelpView::default()
    }));
}

/// What an action does in the help.
pub(in crate::app) fn act(state: &mut State, mut help: HelpView, action: Action) {
    let page = usize::from(state.size.1.saturating_sub(8));
    let last = help.lines(state).saturating_sub(1);
    help.scroll = match action {
        Action::Up => help.scroll.saturating_sub(1),
        Action::Down => help.scroll + 1,
        Action::PageUp => help.scroll.saturating_sub(page),
        Action::PageDown => help.scroll + page,
        Action::First => 0,
        Action::Last => last,
        Action::Back if !help.filter.text.is_empty() => {
            help.filter.text.clear();
            0
        }
        Action::Back | Action::Help | Action::Quit | Action::Select => {
            state.overlay = help.over.map(|over| *over);
            return;
        }
        _ => help.scroll,
    }
    .min(last);
    state.overlay = Some(Overlay::Help(help));
}

/// What an editing action does while the filter is typed.
pub(in crate::app) fn type_action(state: &mut State, mut help: HelpView, action: Action) {
    match action {
        Action::Confirm => help.filtering = false,
        Action::Cancel => {
            help.filtering = false;
            help.filter.text.clear();
        }
        Action::NextField => help.scroll += 1,
        Action::PreviousField => help.scroll = help.scroll.saturating_sub(1),
        _ => {
            help.filter.edit(action);
        }
    }
    help.scroll = help.scroll.min(help.lines(state).saturating_sub(1));
    state.overlay = Some(Overlay::Help(help));
}

impl HelpView {
    /// Types or pastes, by `type_it`, into the filter.
    pub(in crate::app) fn type_text(&mut self, type_it: impl FnOnce(&mut TextLine)) {
        if self.filtering {
            type_it(&mut self.filter);
            self.scroll = 0;
        }
    }
}
