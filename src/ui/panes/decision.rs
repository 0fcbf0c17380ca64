//! From the embeddings of two faces to the verdict: their numbers, the distance, the sigmoid, the threshold.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::network::Activations;
use crate::app::state::State;
use crate::recognition::shown_threshold;
use crate::ui::widgets::frame::{framed, part, put, put_line};
use crate::ui::widgets::plot::{Curve, Look, Plot};
use crate::ui::{Canvas, Theme};

/// Draws both embeddings; the steps from them to the verdict stand in the title or, where there is room, below.
pub(super) fn draw(
    buf: &mut Canvas<'_>,
    area: Rect,
    state: &State,
    activations: &Activations,
    theme: &Theme,
) {
    let accepted = activations.similarity >= state.verify.threshold.0;
    let right = accepted == activations.pair.same;
    let label = if activations.pair.same {
        "one person"
    } else {
        "different people"
    };
    let verdict = match (accepted, right) {
        (true, true) => "✓ accepted",
        (false, true) => "✓ rejected",
        (true, false) => "✗ false match",
        (false, false) => "✗ false non-match",
    };
    let brief = area.height < 8;
    let mut title = vec![
        Span::styled(
            format!("{} numbers each", activations.left.len()),
            theme.title,
        ),
        Span::styled(format!(" · {label}"), theme.pair(activations.pair.same)),
    ];
    if brief {
        let text = format!(
            " · distance {:.2} → similarity {:.2} ",
            activations.distance, activations.similarity
        );
        title.push(Span::styled(text, theme.text));
        let style = if right { theme.accept } else { theme.error };
        title.push(Span::styled(verdict, style));
    }
    let inner = framed(buf, area, theme, false, Line::from(title), Line::default());
    draw_numbers(buf, inner, activations, theme);
    if !brief {
        let below = part(inner, 0, 4, inner.width, inner.height - 4);
        draw_decision(buf, below, state, activations, (verdict, right), theme);
    }
}

/// Both embeddings and their difference, a bar for each number.
fn draw_numbers(buf: &mut Canvas<'_>, inner: Rect, activations: &Activations, theme: &Theme) {
    let pairs = activations.left.iter().zip(&activations.right);
    let difference: Vec<f32> = pairs.map(|(a, b)| (a - b).abs()).collect();
    let both = activations.left.iter().chain(&activations.right);
    let most = both.fold(1e-9_f32, |m, v| m.max(v.abs()));
    let rows = [
        ("left", &activations.left, theme.train),
        ("right", &activations.right, theme.train),
        ("|l−r|", &difference, theme.valid),
    ];
    for (y, (name, values, style)) in rows.into_iter().enumerate() {
        put(buf, inner, 0, y as u16, name, theme.muted);
        let bars = bars(values, most, usize::from(inner.width.saturating_sub(7)));
        put_line(buf, inner, 6, y as u16, &Line::styled(bars, style));
    }
}

/// The last steps: the distance, the sigmoid with the point where this pair is, and the verdict.
///
/// ```text
/// distance    √Σ(l−r)² = 0.31       1.0│⠒⠒⠤⣀◆
///    ▼                              ┄┄┄│┄┄┄┄┄┄⠑⢄┄┄┄┄┄  threshold 0.50
/// similarity  sigmoid = 0.94        0.0│        ⠑⠒⠤⠤⠤
///    ▼                             dist.0       1      2
/// ✓ accepted  0.94 ≥ 0.50
/// ```
fn draw_decision(
    buf: &mut Canvas<'_>,
    area: Rect,
    state: &State,
    activations: &Activations,
    (verdict, right): (&str, bool),
    theme: &Theme,
) {
    let threshold = state.verify.threshold;
    let (distance, similarity) = (activations.distance, activations.similarity);
    let sign = if similarity >= threshold.0 {
        "≥"
    } else {
        "<"
    };
    let style = if right { theme.accept } else { theme.error };
    let steps = [
        (format!("distance    √Σ(l−r)² = {distance:.3}"), theme.text),
        ("   ▼".to_owned(), theme.muted),
        (
            format!("similarity  sigmoid(w·d + b) = {similarity:.3}"),
            theme.text,
        ),
        ("   ▼".to_owned(), theme.muted),
        (
            format!(
                "{verdict}  {similarity:.3} {sign} {}",
                shown_threshold(threshold)
            ),
            style,
        ),
    ];
    let top = area.height.saturating_sub(steps.len() as u16) / 2;
    for (y, (text, style)) in (top..).zip(&steps) {
        put(buf, area, 1, y, text, *style);
    }
    let words = 42;
    let last = activations.sigmoid.last().map_or(1.0, |point| point.0);
    let plot = Plot {
        curves: vec![Curve {
            points: activations.sigmoid.clone(),
            look: Look::Solid,
            style: theme.accent,
        }],
        x: (0.0, last),
        y: (0.0, 1.0),
        log: false,
        label: &|v| format!("{v:.1}"),
        marks: vec![(f64::from(distance), f64::from(similarity), "◆", style)],
        crosshair: None,
        level: Some((f64::from(threshold.0), theme.threshold)),
        borders: Vec::new(),
        x_name: Some("dist."),
    };
    let field = part(
        area,
        words,
        0,
        area.width.saturating_sub(words),
        area.height,
    );
    plot.draw(buf, field, theme);
}

/// Absolute values as bars of eight heights. If there are more values than columns, a bar shows the largest of several.
fn bars(values: &[f32], most: f32, width: usize) -> String {
    const EIGHTHS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let each = values.len().div_ceil(width.max(1)).max(1);
    let strongest = |chunk: &[f32]| chunk.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
    values
        .chunks(each)
        .map(|chunk| EIGHTHS[((strongest(chunk) / most) * 7.0).round().clamp(0.0, 7.0) as usize])
        .collect()
}
