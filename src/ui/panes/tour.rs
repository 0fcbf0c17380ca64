//! The text box of the tour, drawn over the screen that it explains.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

use crate::app::action::Action;
use crate::app::state::State;
use crate::app::tour::STOPS;
use crate::ui::widgets::frame::{framed, part, put, put_line, wrap};
use crate::ui::{Canvas, Theme};

/// ```text
/// ┏ 4 of 8 · Training ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
/// ┃ Pairs go through in batches; each time all weights move a little ┃
/// ┃ ▸ t  start it                                   ⏎ next  Esc leave ┃
/// ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
/// ```
pub(in crate::ui) fn draw(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let Some(stop) = state.tour.current() else {
        return;
    };
    let width = area.width.min(76);
    let text = wrap(stop.text, usize::from(width - 4));
    let height = text.len() as u16 + 4;
    let place = part(
        area,
        (area.width - width) / 2,
        area.height.saturating_sub(height),
        width,
        height,
    );
    Clear.render(place, buf);
    buf.set_style(place, theme.background);
    let title = Line::from(vec![
        Span::styled(
            format!("{} of {} · ", state.tour.stop + 1, STOPS.len()),
            theme.muted,
        ),
        Span::styled(stop.title, theme.title),
    ]);
    let inner = framed(buf, place, theme, true, title, Line::default());
    let inner = part(inner, 1, 0, inner.width - 2, inner.height);
    for (y, line) in text.iter().enumerate() {
        put(buf, inner, 0, y as u16, line, theme.text);
    }
    let key = |action| state.keymap.first_shown(action).unwrap_or_default();
    let y = inner.height - 1;
    let (mark, style) = if state.tour.pressed {
        ("✓", theme.accept)
    } else {
        ("▸", theme.key)
    };
    put(
        buf,
        inner,
        0,
        y,
        &format!("{mark} {}  {}", key(stop.press.0), stop.press.1),
        style,
    );
    let tail = Line::from(vec![
        Span::styled(key(Action::TourNext), theme.key),
        Span::styled(" next  ", theme.muted),
        Span::styled(key(Action::TourLeave), theme.key),
        Span::styled(" leave", theme.muted),
    ]);
    put_line(
        buf,
        inner,
        inner.width.saturating_sub(tail.width() as u16),
        y,
        &tail,
    );
}
