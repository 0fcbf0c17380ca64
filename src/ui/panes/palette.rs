//! The command palette.

use ratatui::layout::Rect;

use crate::app::action::{Action, Context};
use crate::app::popups::Palette;
use crate::app::state::State;
use crate::ui::widgets::frame::{centred, part, put};
use crate::ui::widgets::hints::hints;
use crate::ui::widgets::list::visible;
use crate::ui::widgets::popup;
use crate::ui::{Canvas, Theme};

/// ```text
/// ┏ commands ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
/// ┃ > thresh▏                                                                ┃
/// ┃▌lower the threshold                                     4 Verify       ← ┃
/// ┃ raise the threshold                                     4 Verify       → ┃
/// ┗ ⏎ do it   ↓ ↑ move   Esc cancel ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
/// ```
pub(super) fn draw(
    buf: &mut Canvas<'_>,
    area: Rect,
    state: &State,
    palette: &Palette,
    theme: &Theme,
) {
    let keys = [
        (&[Action::Confirm][..], "do it"),
        (&[Action::NextField, Action::PreviousField], "move"),
        (&[Action::Cancel], "cancel"),
    ];
    let keys = hints(&state.keymap, &keys);
    let size = (area.width.min(90), area.height.min(24));
    let inner = popup(buf, area, theme, size, "commands", &keys);
    let typed = format!("> {}▏", palette.line.text);
    put(buf, inner, 0, 0, &typed, theme.title);
    if palette.line.text.is_empty() {
        let hint = "type what you want to do";
        put(buf, inner, 4, 0, hint, theme.muted);
    }
    let list = part(inner, 0, 1, inner.width, inner.height - 1);
    let found = palette.matching(state.screen);
    if found.is_empty() {
        return centred(
            buf,
            list,
            &[("no command has these words".into(), theme.muted)],
        );
    }
    for (y, i, action) in visible(&found, palette.selected, list.height) {
        let row = part(list, 0, y, list.width, 1);
        draw_command(buf, row, state, (*action, i == palette.selected), theme);
    }
}

fn draw_command(
    buf: &mut Canvas<'_>,
    row: Rect,
    state: &State,
    (action, selected): (Action, bool),
    theme: &Theme,
) {
    let pick = |style| if selected { theme.selection } else { style };
    if selected {
        buf.set_style(row, theme.selection);
        put(buf, row, 0, 0, "▌", theme.selection);
    }
    let keys = state.keymap.shown(action);
    let keys_at = row.width.saturating_sub(keys.chars().count() as u16 + 1);
    let context = match action.context() {
        Context::Global => String::new(),
        context => context.title(),
    };
    let context_at = row.width.saturating_sub(22);
    let words = part(row, 1, 0, context_at.saturating_sub(2), 1);
    put(buf, words, 0, 0, action.description(), pick(theme.text));
    put(buf, row, context_at, 0, &context, pick(theme.muted));
    put(buf, row, keys_at, 0, &keys, pick(theme.key));
}
