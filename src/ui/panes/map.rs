//! The Map screen: all embeddings in two dimensions, and the picture under the cursor with its nearest neighbours.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::picture;
use super::points::{self, HELD_OUT, TRAINED};
use super::reading::waiting;
use crate::app::action::Action;
use crate::app::geometry;
use crate::app::map::{Axes, Projection};
use crate::app::state::State;
use crate::data::Dataset;
use crate::ui::raster::Bitmap;
use crate::ui::widgets::face;
use crate::ui::widgets::frame::{empty, framed, part, put};
use crate::ui::widgets::numbers::thousands;
use crate::ui::{Canvas, Theme};
use crate::units::{ImageId, PersonId};

/// ```text
/// ┌ PCA, 59 % of variance · 400 pictures ─────────────────┐┌ s07/3 ───────────────┐
/// │      •s02 •               ••s11                       ││ ▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄     │
/// │       ••        ○○s36       •                         ││ ██████ face ████     │
/// │                 ○                                     ││ nearest              │
/// │  •s07                                                 ││ ▄▄▄▄▄▄ s07/1         │
/// └───────────────────────────────────────────────────────┘└ • trained ○ held out ┘
/// ```
pub(in crate::ui) fn draw(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let width = geometry::map_side(area.width);
    let field = part(area, 0, 0, area.width - width, area.height);
    let side = part(area, area.width - width, 0, width, area.height);
    let (Some(projection), Some(dataset)) = (state.map.projection.get(), &state.data.dataset)
    else {
        return draw_empty(buf, area, state, theme);
    };
    let (title, below) = titles(state, projection, theme);
    let inner = framed(buf, field, theme, true, title, below);
    points::draw(buf, inner, state, (projection, dataset), theme);
    draw_side(buf, side, state, (projection, dataset), theme);
}

/// What the two dimensions are, and what must not be read out of them.
fn titles(state: &State, projection: &Projection, theme: &Theme) -> (Line<'static>, Line<'static>) {
    let all = thousands(projection.points.len() as u64);
    let (name, pictures, below) = match projection.axes {
        Axes::Components { share: (x, y) } => (
            format!("PCA, {:.0} % of variance", (x + y) * 100.0),
            format!("{all} pictures"),
            "",
        ),
        Axes::Neighbourhoods { perplexity, placed } => (
            format!("t-SNE, perplexity {perplexity:.0}"),
            match placed < projection.points.len() {
                true => format!("{} of {all} pictures", thousands(placed as u64)),
                false => format!("{all} pictures"),
            },
            "distances between groups mean nothing",
        ),
    };
    let waits = state.map.projection.waiting() && projection.axes.kind() != state.map.kind;
    let below = match waits {
        true => Line::styled("placing the pictures …", theme.warning),
        false => Line::styled(below, theme.muted),
    };
    let title = Line::from(vec![
        Span::styled(name, theme.title),
        Span::styled(format!(" · {pictures}"), theme.muted),
        Span::styled(
            format!(" · {}", state.epoch_name(projection.epoch)),
            theme.accent,
        ),
    ]);
    (title, below)
}

fn draw_empty(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let key = state
        .keymap
        .first_shown(Action::StartTraining)
        .unwrap_or_default();
    let text = match (&state.model, state.map.projection.waiting()) {
        (_, true) => "projecting the embeddings …".to_owned(),
        (None, _) => format!(
            "No network yet: {key} trains one. This map then shows the embedding of every picture after each epoch."
        ),
        (Some(_), false) => "no embeddings".to_owned(),
    };
    empty(buf, area, theme, "map", &waiting(state).unwrap_or(text));
}

fn draw_side(
    buf: &mut Canvas<'_>,
    area: Rect,
    state: &State,
    (projection, dataset): (&Projection, &Dataset),
    theme: &Theme,
) {
    let current = state.map.current();
    let Some(picture) = dataset.images.get(current.0) else {
        return;
    };
    let title = picture::label(picture, state, theme);
    let legend = match state.data.split {
        Some(_) => format!("{TRAINED} trained {HELD_OUT} held out"),
        None => String::new(),
    };
    let inner = framed(
        buf,
        area,
        theme,
        false,
        title,
        Line::styled(legend, theme.muted),
    );
    let rows = (inner.width / 2).min(inner.height / 2);
    face::draw(
        buf,
        part(inner, 0, 0, inner.width, rows),
        Bitmap::face(&picture.face),
        theme,
    );
    put(buf, inner, 0, rows, "nearest", theme.muted);
    let neighbours = projection
        .neighbours
        .get(current.0)
        .map_or(&[][..], Vec::as_slice);
    let height = 4;
    for (i, &(image, distance)) in neighbours.iter().enumerate() {
        let y = rows + 1 + i as u16 * (height + 1);
        if y + height > inner.height {
            break;
        }
        draw_neighbour(
            buf,
            part(inner, 0, y, inner.width, height),
            dataset,
            (picture.person, image, distance),
            theme,
        );
    }
}

fn draw_neighbour(
    buf: &mut Canvas<'_>,
    area: Rect,
    dataset: &Dataset,
    (person, image, distance): (PersonId, ImageId, f32),
    theme: &Theme,
) {
    let other = dataset.picture(image);
    face::draw(
        buf,
        part(area, 0, 0, 8, area.height),
        Bitmap::face(&other.face),
        theme,
    );
    let same = other.person == person;
    put(buf, area, 9, 0, &other.label, theme.text);
    put(
        buf,
        area,
        9,
        1,
        &format!("distance {distance:.2}"),
        theme.muted,
    );
    let (mark, text) = if same {
        ("✓", "same person")
    } else {
        ("✗", "other person")
    };
    put(
        buf,
        area,
        9,
        2,
        &format!("{mark} {text}"),
        theme.verdict(same),
    );
}
