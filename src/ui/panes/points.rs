//! The points of the map: a mark for each picture, and the name of each person where there is room.
//!
//! ```text
//!       ••s02       ○○s36     • trained, ○ held out; the name stands for all marks beside it
//!        •          ○
//! ```
//! A letter for each person was rejected: there are more people than letters, and colours that tell two people with one letter
//! apart are equal for some users and missing on some terminals.

use std::collections::BTreeMap;

use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use unicode_width::UnicodeWidthStr;

use crate::app::data::Part;
use crate::app::map::{Placing, Projection};
use crate::app::state::State;
use crate::data::Dataset;
use crate::ui::widgets::frame::put;
use crate::ui::{Canvas, Theme};
use crate::units::PersonId;

/// The mark of a picture of a person that was trained on.
pub(super) const TRAINED: &str = "•";
/// That of a person who was held out.
pub(super) const HELD_OUT: &str = "○";
/// From this far away, in columns, a person's name is written again; a row counts as two columns.
const AGAIN: u16 = 16;

/// The colour of a person: one of twelve hues.
fn look(person: PersonId, theme: &Theme) -> Style {
    if matches!(theme.train.fg, None | Some(Color::Reset)) {
        return theme.text;
    }
    let hue = (person.0 * 5 % 12) as f64 / 12.0;
    let value = if theme.light { 0.4 } else { 0.95 };
    theme.depth.style(Style::new().fg(hsv(hue, 0.48, value)))
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

/// A cell of the pane.
type Cell = (u16, u16);

/// Draws all points of the pictures into the pane.
pub(super) fn draw(
    buf: &mut Canvas<'_>,
    area: Rect,
    state: &State,
    (projection, dataset): (&Projection, &Dataset),
    theme: &Theme,
) {
    let current = state.map.current();
    let person = dataset.images.get(current.0).map(|picture| picture.person);
    let placing = Placing::new(&projection.points, (area.width, area.height));
    let mut order: Vec<usize> = (0..projection.points.len().min(dataset.images.len())).collect();
    // The selected person is drawn last and so lies on top.
    order.sort_by_key(|&i| (Some(dataset.images[i].person) == person, i == current.0));
    let style_of = |of: PersonId| match state.map.only_person && Some(of) != person {
        true => theme.border,
        false => look(of, theme),
    };
    let mut marks: BTreeMap<Cell, PersonId> = BTreeMap::new();
    let mut cells: BTreeMap<PersonId, Vec<Cell>> = BTreeMap::new();
    for i in order {
        let Some(cell) = placing.cell(projection.points[i]) else {
            continue;
        };
        let of = dataset.images[i].person;
        let unseen = state.data.split.is_some() && state.data.part(of) != Some(Part::Train);
        let mark = if unseen { HELD_OUT } else { TRAINED };
        let selected = i == current.0;
        let style = if selected {
            theme.selection
        } else {
            style_of(of)
        };
        put(buf, area, cell.0, cell.1, mark, style);
        marks.insert(cell, of);
        // The first one is named first.
        let of_person = cells.entry(of).or_default();
        of_person.insert(if selected { 0 } else { of_person.len() }, cell);
    }
    let mut labels = Labels {
        size: (area.width, area.height),
        marks,
        taken: BTreeMap::new(),
    };
    let mut people: Vec<PersonId> = cells.keys().copied().collect();
    people.sort_by_key(|&of| Some(of) != person);
    for of in people {
        let faded = state.map.only_person && Some(of) != person;
        let Some(name) = state.map.names.get(of.0).filter(|_| !faded) else {
            continue;
        };
        for (x, y) in labels.place(of, &cells[&of], name.width() as u16) {
            let style = match Some(of) == person {
                true => theme.selection,
                false => style_of(of),
            };
            put(buf, area, x, y, name, style);
        }
    }
}

/// Where names are.
struct Labels {
    size: (u16, u16),
    marks: BTreeMap<Cell, PersonId>,
    taken: BTreeMap<Cell, PersonId>,
}

impl Labels {
    /// Places for the name of a person beside the person's marks: one for each group of marks, where there is room.
    fn place(&mut self, of: PersonId, marks: &[Cell], width: u16) -> Vec<Cell> {
        let mut placed: Vec<Cell> = Vec::new();
        for &(x, y) in marks {
            let near = |&(px, py): &Cell| px.abs_diff(x) + 2 * py.abs_diff(y) < AGAIN;
            if placed.iter().any(near) {
                continue;
            }
            let right = Some(x + 1).filter(|start| start + width <= self.size.0);
            let starts = [right, x.checked_sub(width)];
            let free = |start: &u16| self.is_free(of, (*start, y), width);
            if let Some(start) = starts.into_iter().flatten().find(free) {
                let cells = (start..start + width).map(|x| ((x, y), of));
                self.taken.extend(cells);
                placed.push((start, y));
            }
        }
        placed
    }

    /// Whether a name can stand there: over nothing but marks of the same person, and not against another name.
    fn is_free(&self, of: PersonId, (start, y): Cell, width: u16) -> bool {
        let own = |x: u16| self.marks.get(&(x, y)).is_none_or(|mark| *mark == of);
        let around = start.saturating_sub(1)..start + width + 1;
        (start..start + width).all(own)
            && around
                .into_iter()
                .all(|x| !self.taken.contains_key(&(x, y)))
    }
}
