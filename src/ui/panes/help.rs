//! The help.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::Action;
use crate::app::popups::HelpView;
use crate::app::state::State;
use crate::ui::widgets::frame::{centred, part, put_line};
use crate::ui::widgets::hints::hints;
use crate::ui::widgets::popup;
use crate::ui::{Canvas, Theme};

/// Draws the keys that are in effect, with what each does.
///
/// ```text
/// ┏ keys ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
/// ┃ everywhere                                                  ┃
/// ┃   q            leave                                        ┃
/// ┃ filter: lea▏                                                ┃
/// ┗ ↑ ↓ scroll   / find   Esc close ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
/// ```
pub(super) fn draw(
    buf: &mut Canvas<'_>,
    area: Rect,
    state: &State,
    view: &HelpView,
    theme: &Theme,
) {
    let lines = lines(state, view, theme);
    let scroll_keys = [Action::Up, Action::Down, Action::PageUp, Action::PageDown];
    let keys = match view.filtering {
        true => [
            (&[Action::Confirm][..], "accept"),
            (&[Action::Cancel][..], "cancel"),
        ]
        .to_vec(),
        false => vec![
            (&scroll_keys[..], "scroll"),
            (&[Action::Find], "find"),
            (&[Action::Back], "close"),
        ],
    };
    let keys = hints(&state.keymap, &keys);
    let found = !view.filter.text.is_empty();
    let filter_row = u16::from(view.filtering || found);
    let height = match filter_row {
        0 => (lines.len() as u16 + 2).min(area.height),
        // The popup does not jump while one types.
        _ => area.height,
    };
    let below = format!("{keys}   keys.ron changes them");
    let inner = popup(buf, area, theme, (76, height), "keys", &below);
    let room = part(inner, 0, 0, inner.width, inner.height - filter_row);
    let most = lines.len().saturating_sub(usize::from(room.height));
    let seen = lines.iter().skip(view.scroll.min(most));
    for (y, line) in (0..room.height).zip(seen) {
        put_line(buf, room, 0, y, line);
    }
    if lines.is_empty() {
        centred(
            buf,
            room,
            &[("no key has these words".to_owned(), theme.muted)],
        );
    }
    if filter_row > 0 {
        let line = Line::from(vec![
            Span::styled("filter: ", theme.title),
            Span::styled(view.filter.text.clone(), theme.text),
            Span::styled(if view.filtering { "▏" } else { "" }, theme.threshold),
        ]);
        put_line(buf, inner, 0, room.height, &line);
    }
}

/// The lines of the help: a heading for each context and its actions.
fn lines<'a>(state: &State, view: &HelpView, theme: &Theme) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    for (context, actions) in view.sections(state) {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.push(Line::styled(context.title(), theme.title));
        for action in actions {
            lines.push(Line::from(vec![
                Span::styled(format!("  {:<14}", state.keymap.shown(action)), theme.key),
                Span::styled(action.description(), theme.text),
            ]));
        }
    }
    lines
}
