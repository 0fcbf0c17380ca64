//! The candidates of the Verify screen, as tiles or as rows.

use ratatui::layout::Rect;

use crate::app::geometry;
use crate::app::state::State;
use crate::recognition::{Candidate, ComparedBy};
use crate::ui::raster::Bitmap;
use crate::ui::widgets::frame::{part, put};
use crate::ui::widgets::list::visible;
use crate::ui::widgets::numbers::arrow;
use crate::ui::widgets::{face, scale};
use crate::ui::{Canvas, Theme};

/// Draws the candidates as tiles: face, similarity, name.
pub(in crate::ui) fn draw_tiles(buf: &mut Canvas<'_>, inner: Rect, state: &State, theme: &Theme) {
    let verify = &state.verify;
    let grid = geometry::verify_grid(state.room(), verify.candidates.len());
    let height = grid.row_height();
    let face_rows = grid.height - 1;
    let rows = usize::from(inner.height / height).max(1);
    let row = verify.selected / grid.columns;
    let first = row.saturating_sub(rows - 1);
    let shown = verify
        .candidates
        .iter()
        .enumerate()
        .skip(first * grid.columns)
        .take(rows * grid.columns);
    for (i, candidate) in shown {
        let (column, row) = (i % grid.columns, i / grid.columns - first);
        let x = column as u16 * (grid.width + 1) + 1;
        let y = row as u16 * height;
        let place = part(inner, x, y, grid.width, face_rows);
        face::draw(buf, place, Bitmap::face(&candidate.face), theme);
        let caption = part(inner, x, y + face_rows, grid.width, 2);
        draw_tile_caption(buf, caption, state, (i, candidate), theme);
    }
}

fn draw_tile_caption(
    buf: &mut Canvas<'_>,
    area: Rect,
    state: &State,
    (i, candidate): (usize, &Candidate),
    theme: &Theme,
) {
    let verify = &state.verify;
    let met = verify.is_met(i);
    let accepted = candidate.accepted_at(verify.threshold);
    let selected = i == verify.selected;
    let name = format!("{}{}", star(candidate), candidate.person);
    if selected {
        buf.set_style(area, theme.selection);
    }
    if met {
        let mark = if accepted { "✓" } else { "✗" };
        let style = match selected {
            true => theme.selection,
            false => theme.verdict(accepted),
        };
        let turned = state.flipped(candidate.similarity);
        let style = turned.map_or(style, |accepted| theme.turned(accepted));
        let text = format!("{mark} {:.2}{}", candidate.similarity.0, arrow(turned));
        put(buf, area, 0, 0, &text, style);
    }
    put(
        buf,
        area,
        0,
        1,
        &name,
        if selected {
            theme.selection
        } else {
            theme.muted
        },
    );
}

/// The mark of an enrolled person: `★`, or `☆` if version 0.1.0 enrolled the person and a new photo is needed.
fn star(candidate: &Candidate) -> &'static str {
    match (candidate.enrolled, candidate.by) {
        (false, _) => "",
        (true, ComparedBy::Answering) => "★",
        (true, ComparedBy::V0_1) => "☆",
    }
}

/// Draws the candidates as rows: `✓ 0.94 ━━━━━━━━╸····  anna  anna/beach.jpg  distance 0.31`.
pub(in crate::ui) fn draw_rows(buf: &mut Canvas<'_>, inner: Rect, state: &State, theme: &Theme) {
    let verify = &state.verify;
    for (y, i, candidate) in visible(&verify.candidates, verify.selected, inner.height) {
        let row = part(inner, 1, y, inner.width - 2, 1);
        let selected = i == verify.selected;
        let accepted = candidate.accepted_at(verify.threshold);
        if selected {
            buf.set_style(row, theme.selection);
        }
        let pick = |style| if selected { theme.selection } else { style };
        let mark = if accepted { "✓" } else { "✗" };
        let bar = row.width / 4;
        let turned = state.flipped(candidate.similarity);
        let style = turned.map_or(pick(theme.verdict(accepted)), |to| theme.turned(to));
        let met = verify.is_met(i);
        if met {
            let text = format!("{mark} {:.2}{}", candidate.similarity.0, arrow(turned));
            put(buf, row, 0, 0, &text, style);
            let styles = (pick(theme.verdict(accepted)), pick(theme.border));
            scale::draw_bar(
                buf,
                row,
                (7, 0, bar),
                f64::from(candidate.similarity.0),
                styles,
            );
        }
        let star = match star(candidate) {
            "" => " ",
            star => star,
        };
        let x = 8 + bar;
        let third = (row.width.saturating_sub(x + 14)) / 2;
        put(
            buf,
            part(row, x, 0, third, 1),
            0,
            0,
            &format!("{star}{}", candidate.person),
            pick(theme.text),
        );
        put(
            buf,
            part(row, x + third, 0, third, 1),
            0,
            0,
            &candidate.picture,
            pick(theme.muted),
        );
        if !met {
            continue;
        }
        let distance = format!("distance {:.2}", candidate.distance.0);
        put(
            buf,
            row,
            row.width.saturating_sub(distance.len() as u16),
            0,
            &distance,
            pick(theme.muted),
        );
    }
}
