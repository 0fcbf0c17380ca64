//! The Map screen: all embeddings in two dimensions (PCA), and the picture under the cursor with its nearest neighbours.

use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};

use super::picture;
use crate::app::action::Action;
use crate::app::data::Part;
use crate::app::geometry::WIDE;
use crate::app::map::Projection;
use crate::app::state::State;
use crate::data::Dataset;
use crate::ui::raster::Bitmap;
use crate::ui::widgets::face;
use crate::ui::widgets::frame::{empty, framed, part, put};
use crate::ui::{Canvas, Theme};
use crate::units::{ImageId, PersonId};

/// ```text
/// ┌ 400 embeddings · PCA, 59 % of variance ───────────────┐┌ s07/3 ───────────────┐
/// │        a a                 b                          ││ ▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄     │
/// │       a a        C         bb b                       ││ ██████ face ████     │
/// │                 C C          b                        ││ nearest              │
/// │  d dd                                                 ││ ▄▄▄▄▄▄ s07/1         │
/// └ a: training person · A: unseen person ───────────────┘└──────────────────────┘
/// ```
pub(in crate::ui) fn draw(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let width = if area.width < WIDE { 26 } else { 36 };
    let field = part(area, 0, 0, area.width - width, area.height);
    let side = part(area, area.width - width, 0, width, area.height);
    let (Some(projection), Some(dataset)) = (state.map.projection.get(), &state.data.dataset)
    else {
        return draw_empty(buf, area, state, theme);
    };
    draw_points(buf, field, state, (projection, dataset), theme);
    draw_side(buf, side, state, (projection, dataset), theme);
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
    empty(buf, area, theme, "map", &text);
}

/// The letter and colour of a person: one of 26 letters, a capital for a person not trained on, and one of twelve hues.
fn look(person: PersonId, unseen: bool, theme: &Theme) -> (char, Style) {
    const LETTERS: &[u8; 26] = b"abcdefghijklmnopqrstuvwxyz";
    let letter = char::from(LETTERS[person.0 % LETTERS.len()]);
    let hue = (person.0 * 5 % 12) as f64 / 12.0;
    let value = if theme.light { 0.4 } else { 0.95 };
    let style = theme.depth.style(Style::new().fg(hsv(hue, 0.48, value)));
    let style = if theme.name == "mono" {
        theme.text
    } else {
        style
    };
    (
        if unseen {
            letter.to_ascii_uppercase()
        } else {
            letter
        },
        style,
    )
}

/// HSV to RGB; all three arguments from 0 to 1.
fn hsv(hue: f64, saturation: f64, value: f64) -> Color {
    let channel = |shift: f64| {
        let k = (shift + hue * 6.0) % 6.0;
        let level = value - value * saturation * k.min(4.0 - k).clamp(0.0, 1.0);
        (level * 255.0).round() as u8
    };
    Color::Rgb(channel(5.0), channel(3.0), channel(1.0))
}

fn draw_points(
    buf: &mut Canvas<'_>,
    area: Rect,
    state: &State,
    (projection, dataset): (&Projection, &Dataset),
    theme: &Theme,
) {
    let (x, y) = projection.share;
    let title = Line::from(vec![
        Span::styled(
            format!("{} embeddings", projection.points.len()),
            theme.title,
        ),
        Span::styled(
            format!(" · PCA, {:.0} % of variance", (x + y) * 100.0),
            theme.muted,
        ),
        Span::styled(
            format!(" · {}", state.epoch_name(projection.epoch)),
            theme.accent,
        ),
    ]);
    let below = Line::styled("a: training person · A: unseen person", theme.muted);
    let inner = framed(buf, area, theme, true, title, below);
    let current = state.map.current();
    let person = dataset.images.get(current.0).map(|picture| picture.person);
    let mut order: Vec<usize> = (0..projection.points.len().min(dataset.images.len())).collect();
    // The selected person is drawn last and so lies on top.
    order.sort_by_key(|&i| (Some(dataset.images[i].person) == person, i == current.0));
    let place = Placing::new(&projection.points, inner);
    for i in order {
        let of = dataset.images[i].person;
        let unseen = state.data.split.is_some() && state.data.part(of) != Some(Part::Train);
        let (letter, style) = look(of, unseen, theme);
        let faded = state.map.only_person && Some(of) != person;
        let style = if faded { theme.border } else { style };
        let style = if i == current.0 {
            theme.selection
        } else {
            style
        };
        let Some((x, y)) = place.cell(projection.points[i]) else {
            continue;
        };
        put(buf, inner, x, y, letter.encode_utf8(&mut [0; 4]), style);
    }
}

/// Maps points of the plane to cells: the bounding box of all points fills the pane.
struct Placing {
    low: (f32, f32),
    high: (f32, f32),
    inner: Rect,
}

impl Placing {
    fn new(points: &[(f32, f32)], inner: Rect) -> Self {
        let fold = |f: fn(f32, f32) -> f32, start: f32| {
            points
                .iter()
                .fold((start, start), |(x, y), p| (f(x, p.0), f(y, p.1)))
        };
        Self {
            low: fold(f32::min, f32::INFINITY),
            high: fold(f32::max, f32::NEG_INFINITY),
            inner,
        }
    }

    fn cell(&self, (x, y): (f32, f32)) -> Option<(u16, u16)> {
        let share = |v: f32, low: f32, high: f32| {
            if high > low {
                (v - low) / (high - low)
            } else {
                0.5
            }
        };
        let (across, up) = (
            share(x, self.low.0, self.high.0),
            share(y, self.low.1, self.high.1),
        );
        let usable = across.is_finite() && up.is_finite();
        let column = (across * f32::from(self.inner.width - 1)).round() as u16;
        let row = ((1.0 - up) * f32::from(self.inner.height - 1)).round() as u16;
        usable.then_some((column, row))
    }
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
    let inner = framed(buf, area, theme, false, title, Line::default());
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
