//! The Network screen: the activations of two faces in the two branches (towers), which share one set of weights.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::reading::waiting;
use super::{decision, picture};
use crate::app::action::Action;
use crate::app::geometry::WIDE;
use crate::app::network::{Activations, LayerView};
use crate::app::state::State;
use crate::data::Dataset;
use crate::ui::raster::Bitmap;
use crate::ui::widgets::face;
use crate::ui::widgets::frame::{empty, framed, part, put};
use crate::ui::widgets::numbers::short;
use crate::ui::{Canvas, Theme};
use crate::units::ImageId;

/// ```text
/// ┌ s07/3 ─────────┐┌ one tower, used twice · epoch 12 ───────────┐┌ s07/9 ─────────┐
/// │  ▄▄▄▄▄▄▄▄▄▄▄   ││ ▄▄▄▄▄▄ ▄▄▄▄▄▄  conv 16 @ 3×3  ▄▄▄▄▄▄ ▄▄▄▄▄▄ ││  ▄▄▄▄▄▄▄▄▄▄▄   │
/// │  ██ face ███   ││ ██████ ██████  32×32×16 · 5 % ██████ ██████ ││  ██ face ███   │
/// │                ││ ▄▄▄▄▄▄ ▄▄▄▄▄▄  conv 32 @ 3×3  ▄▄▄▄▄▄ ▄▄▄▄▄▄ ││                │
/// └────────────────┘└ 585 k weights · 12.9 M mult-adds ───────────┘└ same weights ──┘
/// ┌ 128 numbers each · one person · distance 0.31 → similarity 0.94 ✓ accepted ─────┐
/// │ left   ▁▃▂▇▁▂▅▁▂▃▁▂▇▁▂▃                                                         │
/// │ right  ▁▃▂▆▁▂▅▁▁▃▁▂▇▁▂▄                                                         │
/// │ |l−r|  ▁▁▁▂▁▁▁▁▁▁▁▁▁▁▁▁                                                         │
/// └─────────────────────────────────────────────────────────────────────────────────┘
/// ```
pub(in crate::ui) fn draw(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let (Some(dataset), Some(activations)) = (&state.data.dataset, state.network.activations.get())
    else {
        return draw_empty(buf, area, state, theme);
    };
    let below = match area.height {
        0..TALL => 5,
        _ => 15,
    };
    let upper = part(area, 0, 0, area.width, area.height - below);
    let tower = if area.width < WIDE {
        19
    } else {
        area.width / 4
    };
    let middle = area.width - 2 * tower;
    let left = part(upper, 0, 0, tower, upper.height);
    let right = part(upper, tower + middle, 0, tower, upper.height);
    draw_face(buf, left, (state, dataset, activations.pair.a), "", theme);
    draw_layers(
        buf,
        part(upper, tower, 0, middle, upper.height),
        state,
        activations,
        theme,
    );
    draw_face(
        buf,
        right,
        (state, dataset, activations.pair.b),
        "same weights",
        theme,
    );
    decision::draw(
        buf,
        part(area, 0, area.height - below, area.width, below),
        state,
        activations,
        theme,
    );
}

/// From this height on, the way from the embeddings to the verdict is drawn step by step.
const TALL: u16 = 34;

fn draw_empty(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let key = state
        .keymap
        .first_shown(Action::StartTraining)
        .unwrap_or_default();
    let text = if state.network.activations.waiting() {
        "sending two faces through …".to_owned()
    } else {
        format!(
            "No network yet: {key} trains one. This screen then shows, layer by layer, what it computes from two faces."
        )
    };
    empty(buf, area, theme, "network", &waiting(state).unwrap_or(text));
}

fn draw_face(
    buf: &mut Canvas<'_>,
    area: Rect,
    (state, dataset, image): (&State, &Dataset, ImageId),
    below: &'static str,
    theme: &Theme,
) {
    let picture = dataset.picture(image);
    let title = picture::label(picture, state, theme);
    let inner = framed(
        buf,
        area,
        theme,
        false,
        title,
        Line::styled(below, theme.muted),
    );
    face::draw(buf, inner, Bitmap::face(&picture.face), theme);
}

/// Width of the text about a layer, in columns.
const WORDS: u16 = 20;

/// The layers from the one under the cursor on: words in the middle, what each made of both faces beside them.
fn draw_layers(
    buf: &mut Canvas<'_>,
    area: Rect,
    state: &State,
    activations: &Activations,
    theme: &Theme,
) {
    let weights = |frozen: bool| -> usize {
        let layers = activations.layers.iter();
        let layers = layers.filter(|layer| layer.frozen.is_some() == frozen);
        layers.map(|layer| layer.parameters).sum()
    };
    let work: u64 = activations
        .layers
        .iter()
        .map(|layer| layer.multiply_adds)
        .sum::<u64>()
        .max(1);
    let which = match activations.members {
        1 => "one tower".to_owned(),
        members => format!("member {members} of {members}"),
    };
    let mut title = vec![Span::styled(format!("{which}, used twice"), theme.title)];
    title.push(Span::styled(
        format!(" · {}", state.epoch_name(activations.epoch)),
        theme.accent,
    ));
    let frozen = match weights(true) {
        0 => String::new(),
        n => format!(" + {} frozen", short(n as f64)),
    };
    let below = format!(
        "{} weights{frozen} · {} mult-adds",
        short(weights(false) as f64),
        short(work as f64)
    );
    let inner = framed(
        buf,
        area,
        theme,
        true,
        Line::from(title),
        Line::styled(below, theme.muted),
    );
    let beside = inner.width.saturating_sub(WORDS) / 2;
    let spatial = activations
        .layers
        .iter()
        .filter(|layer| !layer.left.is_empty())
        .count() as u16;
    let flat = activations.layers.iter().map(flat_rows).sum::<u16>();
    let rows = (inner.height.saturating_sub(flat) / spatial.max(1)).clamp(3, 9);
    let mut y = 0;
    for layer in activations.layers.iter().skip(state.network.scroll) {
        let height = match flat_rows(layer) {
            0 => rows,
            height => height,
        };
        if y + height > inner.height {
            break;
        }
        draw_maps(buf, part(inner, 0, y, beside, height), &layer.left, theme);
        draw_maps(
            buf,
            part(inner, inner.width - beside, y, beside, height),
            &layer.right,
            theme,
        );
        let words = part(inner, (inner.width - WORDS) / 2, y, WORDS, height);
        draw_words(buf, words, layer, work, theme);
        y += height;
    }
}

/// Rows of a layer that is described by words only; 0 for one with feature maps.
fn flat_rows(layer: &LayerView) -> u16 {
    match (&layer.frozen, layer.left.is_empty()) {
        (Some(_), _) => 6,
        (None, true) => 2,
        (None, false) => 0,
    }
}

/// ```text
/// ╭╌╌ frozen ╌╌╌╌╌╌╌╮
///       SFace
///    112×112×3 → 128
///   9.67 M · 100 %
/// ╰╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╯
/// ```
fn draw_frozen(
    buf: &mut Canvas<'_>,
    area: Rect,
    (layer, input): (&LayerView, [usize; 3]),
    work: u64,
    theme: &Theme,
) {
    let [h, w, c] = input;
    let share = match layer.multiply_adds {
        0 => String::new(),
        n => format!(" · {:.0} %", n as f64 / work as f64 * 100.0),
    };
    let edge = |left: &str, name: &str, right: &str| {
        let width = usize::from(WORDS) - 2;
        format!("{left}{name:╌^width$}{right}")
    };
    let lines = [
        (edge("╭", " frozen ", "╮"), theme.muted),
        (layer.name.clone(), theme.text),
        (format!("{h}×{w}×{c} → {}", layer.output[2]), theme.muted),
        (
            format!("{}{share}", short(layer.parameters as f64)),
            theme.muted,
        ),
        (edge("╰", "", "╯"), theme.muted),
    ];
    for (y, (line, style)) in lines.iter().enumerate() {
        let x = WORDS.saturating_sub(Span::raw(line.as_str()).width() as u16) / 2;
        put(buf, area, x, y as u16, line, *style);
    }
}

fn draw_words(buf: &mut Canvas<'_>, area: Rect, layer: &LayerView, work: u64, theme: &Theme) {
    if let Some(input) = layer.frozen {
        return draw_frozen(buf, area, (layer, input), work, theme);
    }
    let [h, w, c] = layer.output;
    let shape = if h * w > 1 {
        format!("{h}×{w}×{c}")
    } else {
        format!("{c} numbers")
    };
    let share = match layer.multiply_adds {
        0 => String::new(),
        n => format!(" · {:.0} %", n as f64 / work as f64 * 100.0),
    };
    let weights = format!("{} weights", short(layer.parameters as f64));
    let lines = [
        (layer.name.clone(), theme.text),
        (format!("{shape}{share}"), theme.muted),
        (weights, theme.muted),
    ];
    for (y, (line, style)) in lines.iter().enumerate() {
        let x = WORDS.saturating_sub(Span::raw(line.as_str()).width() as u16) / 2;
        put(buf, area, x, y as u16, line, *style);
    }
}

/// Draws as many activation maps as fit, centred.
fn draw_maps(buf: &mut Canvas<'_>, area: Rect, maps: &[(usize, Vec<f32>)], theme: &Theme) {
    // If there is room, leave one empty line between layers.
    let height = if area.height > 4 {
        area.height - 1
    } else {
        area.height
    };
    let width = 2 * height;
    let count = ((area.width + 1) / (width + 1)).min(maps.len() as u16);
    let start = area.width.saturating_sub(count * (width + 1)).div_ceil(2);
    for (i, (side, pixels)) in (0..count).zip(maps) {
        let place = part(area, start + i * (width + 1), 0, width, height);
        face::draw(buf, place, Bitmap::new(*side, *side, &**pixels), theme);
    }
}
