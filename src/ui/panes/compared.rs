//! Runs side by side: their figures, and the fields in which their recipes differ.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::app::state::State;
use crate::train::run_dir::RunColumn;
use crate::ui::widgets::frame::{part, put};
use crate::ui::{Canvas, Theme};

/// The fewest columns of a value.
const LEAST: usize = 15;
/// The most columns of a value, and of a field's name.
const MOST: usize = 32;
/// Between two columns.
const GAP: usize = 2;

/// ```text
///                 0003-compact  0002-compact
/// EPOCHS                 30/30         30/30
/// EER          4.2 % (1.1–9.8)         8.1 %
/// learning_rate          0.002         0.001
/// ```
pub(super) fn draw(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let at = state.runs.compared.unwrap_or_default();
    let rows = state.runs_compared();
    let width = usize::from(area.width);
    let names = rows.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
    let names = names.min(MOST).min(width / 3);
    let widest = rows
        .iter()
        .flat_map(|(_, values)| values)
        .map(|value| value.width());
    let each = widest.max().unwrap_or(LEAST).clamp(LEAST, MOST);
    let count = rows.first().map_or(0, |(_, values)| values.len());
    let seen = ((width - names) / (each + GAP)).clamp(1, count.max(1));
    let first = at.run.min(count - seen.min(count));
    let recipes = rows.len() - RunColumn::COUNT;
    let height = usize::from(area.height);
    let top = at.line.min((rows.len() - 1).saturating_sub(height - 2));
    let put_row =
        |buf: &mut Canvas<'_>, y: usize, (name, values): &(String, Vec<String>), styles| {
            let row = part(area, 0, y as u16, area.width, 1);
            let (of_name, of_value) = styles;
            put(buf, part(row, 0, 0, names as u16, 1), 0, 0, name, of_name);
            for (i, value) in values.iter().skip(first).take(seen).enumerate() {
                let cell = part(
                    row,
                    (names + GAP + i * (each + GAP)) as u16,
                    0,
                    each as u16,
                    1,
                );
                put(buf, cell, 0, 0, value, of_value);
            }
        };
    put_row(buf, 0, &rows[RunColumn::NAME], (theme.muted, theme.title));
    let body = rows.iter().enumerate().skip(1 + top).take(height - 2);
    for (y, (i, row)) in body.enumerate() {
        // The figures, then the recipes.
        let styles = match i < RunColumn::COUNT {
            true => (theme.muted, theme.text),
            false => (theme.accent, theme.valid),
        };
        put_row(buf, y + 1, row, styles);
    }
    let mut below = match recipes {
        0 => "their recipes are the same".to_owned(),
        1 => "1 field of the recipes differs".to_owned(),
        n => format!("{n} fields of the recipes differ"),
    };
    if seen < count {
        let (from, to) = (first + 1, first + seen);
        below.push_str(&format!(" · runs {from} to {to} of {count}"));
    }
    put(buf, area, 0, area.height - 1, &below, theme.muted);
}
