//! The Network screen: two faces go down two towers with one set of weights.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::action::Action;
use crate::app::event::{Inside, LayerView};
use crate::app::geometry::WIDE;
use crate::app::state::State;
use crate::data::Dataset;
use crate::ui::Theme;
use crate::ui::widgets::face;
use crate::ui::widgets::frame::{centred, framed, part, put, put_line};
use crate::ui::widgets::numbers::short;
use crate::vision::blocks::Grey;

/// ```text
/// ┌ s07/3 ────────────┐┌ layers ─────────────────────────┐┌ s07/9 ────────────┐
/// │  ▄▄▄▄▄▄▄▄▄▄▄▄▄▄   ││ conv 16 @ 3×3    64×64×16   3 % ││  ▄▄▄▄▄▄▄▄▄▄▄▄▄▄   │
/// │  ██ face ██████   ││ conv 32 @ 3×3    32×32×32  38 % ││  ██ face ██████   │
/// │  ▄▄▄▄ ▄▄▄▄ ▄▄▄▄   ││ …                               ││  ▄▄▄▄ ▄▄▄▄ ▄▄▄▄   │
/// └───────────────────┘└─────────────────────────────────┘└ the same weights ─┘
/// ┌ embeddings ────────────────────────────────────────────────────────────────┐
/// │ ▁▃▂▇▁▂▅▁▂▃▁▂▇▁▂▃  −  ▁▃▂▆▁▂▅▁▁▃▁▂▇▁▂▄  →  distance 0.31 → similarity 0.94 ✓ │
/// └────────────────────────────────────────────────────────────────────────────┘
/// ```
pub(in crate::ui) fn draw(buf: &mut Buffer, area: Rect, state: &State, theme: &Theme) {
    let (Some(dataset), Some(inside)) = (&state.data.dataset, &state.network.inside) else {
        return draw_empty(buf, area, state, theme);
    };
    let below = 5;
    let upper = part(area, 0, 0, area.width, area.height - below);
    let tower = if area.width < WIDE { 22 } else { (area.width - 44) / 2 };
    let middle = area.width - 2 * tower;
    let left = part(upper, 0, 0, tower, upper.height);
    let right = part(upper, tower + middle, 0, tower, upper.height);
    draw_tower(buf, left, (state, dataset, inside), true, theme);
    draw_layers(buf, part(upper, tower, 0, middle, upper.height), state, inside, theme);
    draw_tower(buf, right, (state, dataset, inside), false, theme);
    draw_embeddings(buf, part(area, 0, area.height - below, area.width, below), state, inside, theme);
}

fn draw_empty(buf: &mut Buffer, area: Rect, state: &State, theme: &Theme) {
    let inner = framed(buf, area, theme, true, Line::styled("network", theme.title), Line::default());
    let key = state.keymap.first_shown(Action::StartTraining).unwrap_or_default();
    let text = if state.network.waiting {
        "sending two faces through …".to_owned()
    } else {
        format!("No network yet: {key} trains one. Then two faces go down its twin towers here, layer by layer.")
    };
    centred(buf, inner, &[(text, theme.muted)]);
}

/// A face, and below it the strongest feature maps of the layer under the cursor and of those after it.
fn draw_tower(
    buf: &mut Buffer,
    area: Rect,
    (state, dataset, inside): (&State, &Dataset, &Inside),
    left: bool,
    theme: &Theme,
) {
    let image = if left { inside.pair.a } else { inside.pair.b };
    let picture = dataset.picture(image);
    let title = Line::styled(picture.label.clone(), theme.title);
    let below = if left { Line::default() } else { Line::styled("the same weights", theme.muted) };
    let inner = framed(buf, area, theme, false, title, below);
    let rows = (inner.height / 2).min(inner.width / 2).max(4);
    face::draw(buf, part(inner, 0, 0, inner.width, rows), face::grey(&picture.face), theme);
    let mut y = rows;
    let spatial = inside.layers.iter().skip(state.network.scroll).filter(|layer| !layer.left.is_empty());
    for layer in spatial {
        if y + 4 > inner.height {
            break;
        }
        put(buf, inner, 0, y, &layer.name, theme.muted);
        draw_maps(buf, part(inner, 0, y + 1, inner.width, 3), layer, left, theme);
        y += 4;
    }
}

fn draw_maps(buf: &mut Buffer, area: Rect, layer: &LayerView, left: bool, theme: &Theme) {
    let maps = if left { &layer.left } else { &layer.right };
    for (i, (side, pixels)) in maps.iter().enumerate() {
        let x = i as u16 * 7;
        if x + 6 > area.width {
            break;
        }
        face::draw(buf, part(area, x, 0, 6, 3), Grey::new(*side, *side, pixels), theme);
    }
}

fn draw_layers(buf: &mut Buffer, area: Rect, state: &State, inside: &Inside, theme: &Theme) {
    let parameters: usize = inside.layers.iter().map(|layer| layer.parameters).sum();
    let work: u64 = inside.layers.iter().map(|layer| layer.multiply_adds).sum::<u64>().max(1);
    let title = Line::from(vec![
        Span::styled("one tower, used twice", theme.title),
        Span::styled(format!(" · epoch {}", inside.epoch), theme.accent),
    ]);
    let below = Line::styled(format!("{} weights · {} mult-adds", short(parameters as f64), short(work as f64)), theme.muted);
    let inner = framed(buf, area, theme, true, title, below);
    for (y, (i, layer)) in inside.layers.iter().enumerate().skip(state.network.scroll).enumerate() {
        let row = part(inner, 0, y as u16, inner.width, 1);
        let style = if i == state.network.scroll { theme.accent } else { theme.text };
        put(buf, part(row, 0, 0, 16, 1), 0, 0, &layer.name, style);
        let [h, w, c] = layer.output;
        let shape = if h * w > 1 { format!("{h}×{w}×{c}") } else { format!("{c}") };
        put(buf, row, 17, 0, &shape, theme.muted);
        let share = layer.multiply_adds as f64 / work as f64;
        if layer.multiply_adds > 0 {
            let text = format!("{:.0} %", share * 100.0);
            put(buf, row, row.width.saturating_sub(text.len() as u16), 0, &text, theme.muted);
        }
    }
}

fn draw_embeddings(buf: &mut Buffer, area: Rect, state: &State, inside: &Inside, theme: &Theme) {
    let accepted = inside.similarity >= state.verify.threshold.0;
    let right = accepted == inside.pair.same;
    let label = if inside.pair.same { "one person" } else { "different people" };
    let verdict = match (accepted, right) {
        (true, true) => "✓ one person",
        (false, true) => "✓ two people",
        (true, false) => "✗ taken for one person",
        (false, false) => "✗ taken for two people",
    };
    let title = Line::from(vec![
        Span::styled(format!("{} numbers each", inside.left.len()), theme.title),
        Span::styled(format!(" · {label} · "), theme.pair(inside.pair.same)),
        Span::styled(format!("distance {:.2} → similarity {:.2} ", inside.distance, inside.similarity), theme.text),
        Span::styled(verdict, if right { theme.accept } else { theme.error }),
    ]);
    let inner = framed(buf, area, theme, false, title, Line::default());
    let difference: Vec<f32> = inside.left.iter().zip(&inside.right).map(|(a, b)| (a - b).abs()).collect();
    let most = inside.left.iter().chain(&inside.right).fold(1e-9_f32, |m, v| m.max(v.abs()));
    let rows = [("left", &inside.left, theme.train), ("right", &inside.right, theme.train), ("|l−r|", &difference, theme.valid)];
    for (y, (name, values, style)) in rows.into_iter().enumerate() {
        put(buf, inner, 0, y as u16, name, theme.muted);
        let bars = bars(values, most, usize::from(inner.width.saturating_sub(7)));
        put_line(buf, inner, 6, y as u16, &Line::styled(bars, style));
    }
}

/// Magnitudes as bars, as many numbers in each as it takes to fit.
fn bars(values: &[f32], most: f32, width: usize) -> String {
    const EIGHTHS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let each = values.len().div_ceil(width.max(1)).max(1);
    let strongest = |chunk: &[f32]| chunk.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
    values.chunks(each).map(|chunk| EIGHTHS[((strongest(chunk) / most) * 7.0).round().clamp(0.0, 7.0) as usize]).collect()
}
