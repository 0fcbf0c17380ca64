//! The text of the tour, below the screen that it explains.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::state::State;
use crate::app::tour::{STOPS, TourTask};
use crate::ui::widgets::frame::{put, put_line, wrap};
use crate::ui::{Canvas, Theme};

/// ```text
/// ━━ 4 of 10 · Training ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
///  Pairs are processed in batches; each time all weights change a little
///  ▸ t  start it
/// ```
pub(in crate::ui) fn draw(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let Some(stop) = state.tour.current() else {
        return;
    };
    let title = Line::from(vec![
        Span::styled("━━ ", theme.focus),
        Span::styled(
            format!("{} of {} · ", state.tour.stop + 1, STOPS.len()),
            theme.muted,
        ),
        Span::styled(format!("{} ", stop.title), theme.title),
    ]);
    put_line(buf, area, 0, 0, &title);
    let used = title.width() as u16;
    let rule = "━".repeat(usize::from(area.width.saturating_sub(used)));
    put(buf, area, used, 0, &rule, theme.focus);
    let last = area.height - 1;
    let lines = wrap(stop.text, usize::from(area.width.saturating_sub(2)));
    for (y, line) in (1..last).zip(&lines) {
        put(buf, area, 1, y, line, theme.text);
    }
    if let Some(task) = &stop.task {
        draw_task(buf, area, state, task, theme);
    }
}

/// `▸ t  start it`; `✓` once it was done.
fn draw_task(buf: &mut Canvas<'_>, area: Rect, state: &State, task: &TourTask, theme: &Theme) {
    let key = state.keymap.first_shown(task.action).unwrap_or_default();
    let (mark, style) = match state.tour.done {
        true => ("✓", theme.accept),
        false => ("▸", theme.key),
    };
    let later = match state.tour.done || state.offers(task.action) {
        true => "",
        false => " (once there are epochs)",
    };
    let text = format!("{mark} {key}  {}{later}", task.text);
    put(buf, area, 1, area.height - 1, &text, style);
}
