//! The Pairs screen: a list of pairs with their similarities, and the selected pair.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{picture, samples};
use crate::app::geometry;
use crate::app::state::State;
use crate::data::{Dataset, Pair};
use crate::recognition::shown_threshold;
use crate::ui::raster::Bitmap;
use crate::ui::widgets::face;
use crate::ui::widgets::frame::{centred, framed, part, put, put_line};
use crate::ui::widgets::list::visible;
use crate::ui::widgets::numbers::{arrow, count, thousands};
use crate::ui::widgets::plot::{Curve, Look, Plot};
use crate::ui::{Canvas, Theme};
use crate::units::ImageId;

/// ```text
/// ┌ pairs · hardest first ─ epoch 12 ─────┐┌ 1 of 800 ────────────────────────────┐
/// │▌different  0.91 ✗  s17/4   s40/10     ││   ▄▄▄▄▄▄▄▄▄▄▄▄      ▄▄▄▄▄▄▄▄▄▄▄▄     │
/// │ same       0.14 ✗  s28/1   s28/7      ││   ████ face ██      ████ face ██     │
/// │ same       0.93 ✓  s01/3   s01/8      ││   s17/4             s40/10           │
/// │ …                                     ││ different people · ✗ false match     │
/// └ 61 wrong of 800 ──────────────────────┘└ 1 ⣀⡠⠔⠊⠉⠉⠒⠢⠤⠤⠒⠉ 12 ──────────────────┘
/// ```
pub(in crate::ui) fn draw(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    if state.pairs.grid {
        return samples::draw(buf, area, state, theme);
    }
    let width = geometry::pairs_width(area.width);
    let list = part(area, 0, 0, width, area.height);
    let rest = part(area, width, 0, area.width - width, area.height);
    draw_list(buf, list, state, theme);
    draw_pair(buf, rest, state, theme);
}

fn draw_list(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let pairs = &state.pairs;
    let mut title = vec![Span::styled(pairs.order.name(), theme.title)];
    let filter = format!(" · {}", pairs.filter.name());
    title.push(Span::styled(filter, theme.muted));
    if let Some(epoch) = pairs.epoch() {
        let newest = if pairs.at.is_none() { "" } else { " (earlier)" };
        title.push(Span::styled(
            format!(" · {}{newest}", state.epoch_name(epoch)),
            theme.accent,
        ));
    }
    let below = match pairs.scored.is_empty() {
        true => format!(
            "{} · seed {}",
            count(pairs.shown.len(), "pair", "pairs"),
            pairs.seed
        ),
        false => {
            let total = thousands(pairs.pairs.len() as u64);
            let left_out = match pairs.left_out.len() {
                0 => format!("seed {}", pairs.seed),
                n => format!("{n} left out"),
            };
            format!(
                "{} wrong of {total} at {} · {left_out}",
                pairs.wrong,
                shown_threshold(state.verify.threshold)
            )
        }
    };
    let inner = framed(
        buf,
        area,
        theme,
        true,
        Line::from(title),
        Line::styled(below, theme.muted),
    );
    let Some(dataset) = &state.data.dataset else {
        return centred(buf, inner, &[("loading faces …".into(), theme.muted)]);
    };
    if pairs.shown.is_empty() {
        return centred(
            buf,
            inner,
            &[("no pair matches the filter".into(), theme.muted)],
        );
    }
    for (y, i, &index) in visible(&pairs.shown, pairs.selected, inner.height) {
        let row = part(inner, 0, y, inner.width, 1);
        draw_row(
            buf,
            row,
            (state, dataset),
            (index, i == pairs.selected),
            theme,
        );
    }
}

fn draw_row(
    buf: &mut Canvas<'_>,
    row: Rect,
    (state, dataset): (&State, &Dataset),
    (index, selected): (usize, bool),
    theme: &Theme,
) {
    let (pairs, threshold) = (&state.pairs, state.verify.threshold);
    let pair = pairs.pairs[index];
    let pick = |style| if selected { theme.selection } else { style };
    if selected {
        buf.set_style(row, theme.selection);
        put(buf, row, 0, 0, "▌", theme.selection);
    }
    put(
        buf,
        row,
        1,
        0,
        if pair.same { "same" } else { "different" },
        pick(theme.pair(pair.same)),
    );
    if let (Some(similarity), Some(right)) =
        (pairs.similarity(index), pairs.right(index, threshold))
    {
        let mark = if right { "✓" } else { "✗" };
        let turned = state.flipped(similarity);
        let style = turned.map_or(theme.text, |accepted| theme.turned(accepted));
        put(
            buf,
            row,
            11,
            0,
            &format!("{:.2}", similarity.0),
            if turned.is_some() { style } else { pick(style) },
        );
        put(buf, row, 15, 0, arrow(turned), pick(style));
        put(
            buf,
            row,
            16,
            0,
            mark,
            pick(if right { theme.muted } else { theme.error }),
        );
    }
    if pairs.marked(index) {
        put(buf, row, 17, 0, "⊘", pick(theme.warning));
    }
    let column = (row.width - 19) / 2;
    for (x, image) in [(19, pair.a), (19 + column, pair.b)] {
        put(
            buf,
            part(row, x, 0, column.saturating_sub(1), 1),
            0,
            0,
            &dataset.picture(image).label,
            pick(theme.text),
        );
    }
}

fn draw_pair(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let pairs = &state.pairs;
    let place = if pairs.shown.is_empty() {
        0
    } else {
        pairs.selected + 1
    };
    let title = Line::styled(
        format!("{place} of {}", thousands(pairs.shown.len() as u64)),
        theme.title,
    );
    let inner = framed(buf, area, theme, false, title, Line::default());
    let (Some(dataset), Some(index)) = (&state.data.dataset, pairs.current()) else {
        return;
    };
    let history = pairs.history(index);
    let curve_rows = if inner.height >= 26 { 9 } else { 6 };
    let face_rows = inner.height.saturating_sub(4 + curve_rows);
    let pair = pairs.pairs[index];
    let used = draw_faces(buf, inner, face_rows, (pair, dataset, state), theme);
    draw_verdict(
        buf,
        part(inner, 1, used + 1, inner.width - 2, 2),
        state,
        index,
        theme,
    );
    let below = part(
        inner,
        0,
        used + 3,
        inner.width,
        inner.height.saturating_sub(used + 3),
    );
    draw_history(buf, below, state, &history, theme);
}

/// Draws two faces side by side with their labels; returns the number of rows used.
fn draw_faces(
    buf: &mut Canvas<'_>,
    inner: Rect,
    rows: u16,
    (pair, dataset, state): (Pair, &Dataset, &State),
    theme: &Theme,
) -> u16 {
    let width = (inner.width - 3) / 2;
    let height = rows.min(width / 2);
    for (i, image) in [pair.a, pair.b].into_iter().enumerate() {
        let x = 1 + i as u16 * (width + 1);
        let place = part(inner, x, 0, width, height);
        let drawn = face::draw(buf, place, Bitmap::face(dataset.face(image)), theme);
        // The first one ends before the second begins.
        let end = if i == 0 { 1 + width } else { inner.width };
        let start = drawn.x.saturating_sub(inner.x);
        let caption = part(inner, start, height, end.saturating_sub(start), 1);
        put_line(
            buf,
            caption,
            0,
            0,
            &caption_of(image, dataset, state, theme),
        );
    }
    height + 1
}

fn caption_of(image: ImageId, dataset: &Dataset, state: &State, theme: &Theme) -> Line<'static> {
    let picture = dataset.picture(image);
    let mut caption = picture::label(picture, state, theme);
    caption.spans[0].style = theme.text;
    if state.pairs.left_out.contains(&image) {
        caption.spans[1] = Span::styled(" ⊘ left out", theme.warning);
    }
    caption
}

/// `different people · similarity 0.91`, and below it `✗ false match since epoch 12, 3 flips`
fn draw_verdict(buf: &mut Canvas<'_>, area: Rect, state: &State, index: usize, theme: &Theme) {
    let pairs = &state.pairs;
    let pair = pairs.pairs[index];
    let label = if pair.same {
        "one person"
    } else {
        "different people"
    };
    let mut spans = vec![Span::styled(label, theme.pair(pair.same))];
    let Some(similarity) = pairs.similarity(index) else {
        let why = if pairs.scores.waiting() {
            "being compared …"
        } else {
            "no network yet"
        };
        spans.push(Span::styled(format!(" · {why}"), theme.muted));
        return put_line(buf, area, 0, 0, &Line::from(spans));
    };
    let accepted = similarity.accepted_at(state.verify.threshold);
    let right = accepted == pair.same;
    let verdict = match (accepted, right) {
        (true, true) => "accepted",
        (false, true) => "rejected",
        (true, false) => "false match",
        (false, false) => "false non-match",
    };
    spans.push(Span::styled(
        format!(" · similarity {:.2}", similarity.0),
        theme.text,
    ));
    if pairs.marked(index) {
        spans.push(Span::styled(" ⊘", theme.warning));
    }
    put_line(buf, area, 0, 0, &Line::from(spans));
    let mark = if right { "✓" } else { "✗" };
    let style = if right { theme.accept } else { theme.error };
    let used = put(buf, area, 0, 1, &format!("{mark} {verdict}"), style);
    let crossings = pairs.crossings(index, state.verify.threshold);
    if let Some(last) = crossings.last() {
        let text = match crossings.len() {
            _ if area.width < 50 => format!(" since {last}"),
            1 => format!(" since epoch {last}"),
            n => format!(" since epoch {last}, {n} flips"),
        };
        put(buf, area, used, 1, &text, theme.muted);
    }
}

fn draw_history(
    buf: &mut Canvas<'_>,
    area: Rect,
    state: &State,
    history: &[(f64, f64)],
    theme: &Theme,
) {
    if history.len() < 2 {
        let why = match (history.is_empty(), state.train.active()) {
            (true, _) => "",
            (false, true) => "score per epoch: after the next epoch",
            (false, false) => "score per epoch: while a network trains",
        };
        return centred(buf, area, &[(why.into(), theme.muted)]);
    }
    let first = history[0].0;
    let last = history[history.len() - 1].0;
    let plot = Plot {
        curves: vec![Curve {
            points: history.to_vec(),
            look: Look::Solid,
            style: theme.accent,
        }],
        x: (first, last),
        y: (0.0, 1.0),
        log: false,
        label: &|v| format!("{v:.1}"),
        marks: state
            .pairs
            .epoch()
            .and_then(|epoch| history.iter().find(|(x, _)| *x == f64::from(epoch.0)))
            .map(|&(x, y)| (x, y, "◆", theme.best))
            .into_iter()
            .collect(),
        crosshair: None,
        level: Some((f64::from(state.verify.threshold.0), theme.threshold)),
        borders: Vec::new(),
        x_name: Some("epoch"),
    };
    plot.draw(buf, area, theme);
}
