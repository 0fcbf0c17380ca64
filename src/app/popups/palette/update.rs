//! What keys change in the command palette.

use super::state::Palette;
use crate::app::action::Action;
use crate::app::popups::Overlay;
use crate::app::state::State;

/// What an editing action does in the palette. The command that is chosen is carried out when the palette is closed.
pub(in crate::app) fn act(state: &mut State, mut palette: Palette, action: Action) {
    let found = palette.matching(state.screen);
    match action {
        Action::Cancel => return,
        Action::Confirm => {
            state.command = found.get(palette.selected).copied();
            return;
        }
        Action::NextField => {
            palette.selected = (palette.selected + 1).min(found.len().saturating_sub(1));
        }
        Action::PreviousField => palette.selected = palette.selected.saturating_sub(1),
        _ => {
            if palette.line.edit(action) {
                palette.selected = 0;
            }
        }
    }
    state.overlay = Some(Overlay::Palette(palette));
}
