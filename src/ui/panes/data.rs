//! The Data screen: the list of people, their pictures as thumbnails, or one picture enlarged.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::picture;
use super::reading::{loading, read_so_far};
use crate::app::Action;
use crate::app::data::{Band, DataView, Focus, Listed, ListedPicture, Part, Phase};
use crate::app::geometry::{self, Grid};
use crate::app::state::State;
use crate::data::PreviewFace;
use crate::ui::raster::Bitmap;
use crate::ui::widgets::frame::{centred, framed, part, put, put_line};
use crate::ui::widgets::list::visible;
use crate::ui::widgets::numbers::count;
use crate::ui::widgets::{face, pane};
use crate::ui::{Canvas, Theme};
use crate::units::PersonId;

/// ```text
/// ┌ people (40) ───────────┐┌ s07 · 10 pictures · train ─────────────────────────┐
/// │▌s07          10 train  ││ ▄▄▄▄▄▄  ▄▄▄▄▄▄  ▄▄▄▄▄▄  ▄▄▄▄▄▄  ▄▄▄▄▄▄             │
/// │ s08          10 train  ││ ██face  ██face  ██face  ██face  ██face             │
/// │ s09          10 test   ││  1       2       3       4       5                 │
/// └ 400 pictures ──────────┘└────────────────────────────────────────────────────┘
/// ```
pub(in crate::ui) fn draw(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let data = &state.data;
    let width = geometry::people_width(area.width);
    let list = part(area, 0, 0, width, area.height);
    let rest = part(area, width, 0, area.width - width, area.height);
    draw_people(buf, list, state, theme);
    match (&data.phase, data.list()) {
        (Phase::Failed(why), _) => draw_nothing(buf, rest, "no faces", &[why], theme),
        (_, None) => draw_nothing(buf, rest, "pictures", &[&loading(data)], theme),
        (_, Some(_)) if data.shown.is_empty() => {
            draw_nothing(
                buf,
                rest,
                "pictures",
                &["no person matches the filter", "Esc clears the filter"],
                theme,
            );
        }
        (_, Some(Listed::Dataset(dataset))) if data.enlarged => {
            picture::draw(buf, rest, data, dataset, theme);
        }
        (_, Some(list)) => draw_pictures(buf, rest, (state, list), theme),
    }
}

fn draw_nothing(buf: &mut Canvas<'_>, area: Rect, title: &str, lines: &[&str], theme: &Theme) {
    let inner = pane(
        buf,
        area,
        theme,
        false,
        Line::styled(title.to_owned(), theme.title),
    );
    let lines: Vec<_> = lines
        .iter()
        .map(|line| ((*line).to_owned(), theme.muted))
        .collect();
    centred(buf, inner, &lines);
}

fn draw_people(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let data = &state.data;
    let focused = data.focus == Focus::People && !data.enlarged;
    let mut title = vec![Span::styled(
        format!("people ({})", data.shown.len()),
        theme.title,
    )];
    if !data.filter.text.is_empty() {
        title.push(Span::styled(format!(" /{}", data.filter.text), theme.key));
    }
    let below = data.list().map_or(String::new(), |list| {
        let refused = data.dataset.as_ref().map_or(0, |d| d.refused.len());
        let more = match (refused, state.pairs.left_out.len()) {
            (0, 0) => String::new(),
            (n, 0) => format!(", {n} refused"),
            (_, n) => format!(", ⊘ {n}"),
        };
        format!("{}{more}", count(list.pictures(), "picture", "pictures"))
    });
    let inner = framed(
        buf,
        area,
        theme,
        focused,
        Line::from(title),
        Line::styled(below, theme.muted),
    );
    let Some(list) = data.list() else { return };
    for (y, i, &person) in visible(&data.shown, data.person, inner.height) {
        let row = part(inner, 0, y, inner.width, 1);
        draw_person(buf, row, (data, list), (person, i == data.person), theme);
    }
}

fn draw_person(
    buf: &mut Canvas<'_>,
    row: Rect,
    (data, list): (&DataView, Listed<'_>),
    (person, selected): (PersonId, bool),
    theme: &Theme,
) {
    let style = if selected {
        theme.selection
    } else {
        theme.text
    };
    if selected {
        buf.set_style(row, theme.selection);
        put(buf, row, 0, 0, "▌", theme.selection);
    }
    let number = list.pictures_of(person).to_string();
    let use_of = data.part(person).map_or("", Part::name);
    let tail = if use_of.is_empty() { 0 } else { 11 };
    let names = part(row, 1, 0, row.width.saturating_sub(tail + 5), 1);
    put(buf, names, 0, 0, list.name(person), style);
    let muted = if selected {
        theme.selection
    } else {
        theme.muted
    };
    let x = row.width.saturating_sub(tail + 1 + number.len() as u16);
    put(buf, row, x, 0, &number, muted);
    let colour = match data.part(person) {
        _ if selected => theme.selection,
        Some(Part::Train) => theme.train,
        Some(_) => theme.valid,
        None => theme.muted,
    };
    put(buf, row, row.width.saturating_sub(tail), 0, use_of, colour);
}

fn draw_pictures(
    buf: &mut Canvas<'_>,
    area: Rect,
    (state, list): (&State, Listed<'_>),
    theme: &Theme,
) {
    let data = &state.data;
    let focused = data.focus == Focus::Pictures;
    let title = data.current_person().map_or(String::new(), |person| {
        let name = list.name(person);
        match focused && data.picture < list.pictures_of(person) {
            true => format!("{name}/{}", list.picture(person, data.picture).name),
            false => name.to_owned(),
        }
    });
    let found = match data.findings.summary() {
        _ if data.dataset.is_none() => read_so_far(data),
        none if none.is_empty() => none,
        summary => {
            let key = state.keymap.first_shown(Action::ShowRefused);
            format!("{}: {summary}", key.unwrap_or_default())
        }
    };
    let inner = framed(
        buf,
        area,
        theme,
        focused,
        Line::styled(title, theme.title),
        Line::styled(
            found,
            match data.dataset {
                None => theme.muted,
                Some(_) => theme.warning,
            },
        ),
    );
    let grid = geometry::data_grid(state.room());
    let bottom = data.scroll + usize::from(inner.height);
    let below = data
        .bands(grid)
        .skip_while(|band| band.top + band.lines(grid) <= data.scroll);
    for band in below.take_while(|band| band.top < bottom) {
        let mut number = 0;
        for person in band.people.clone() {
            let place = Place {
                top: band.top as i64 - data.scroll as i64,
                first: number,
                grid,
            };
            draw_name(buf, inner, (state, list), (person, &band), &place, theme);
            draw_person_pictures(buf, inner, (state, list), person, &place, theme);
            number += list.pictures_of(data.shown[person]);
        }
    }
}

/// Where a person's pictures are drawn.
struct Place {
    /// The line of the names; negative when it is scrolled out.
    top: i64,
    /// The number of the first picture in its band.
    first: usize,
    grid: Grid,
}

impl Place {
    /// Column and line of the person's picture with this number.
    fn of(&self, picture: usize) -> (u16, i64) {
        let number = self.first + picture;
        let (row, column) = (number / self.grid.columns, number % self.grid.columns);
        (
            column as u16 * (self.grid.width + 1),
            self.top + 1 + row as i64 * i64::from(self.grid.row_height()),
        )
    }
}

/// Draws the name above a person's pictures, with more about the person where there is room.
fn draw_name(
    buf: &mut Canvas<'_>,
    inner: Rect,
    (state, list): (&State, Listed<'_>),
    (index, band): (usize, &Band),
    place: &Place,
    theme: &Theme,
) {
    let Ok(line) = u16::try_from(place.top) else {
        return;
    };
    let data = &state.data;
    let person = data.shown[index];
    let style = match index == data.person {
        true => theme.accent,
        false => theme.title,
    };
    let pictures = list.pictures_of(person);
    let (x, _) = place.of(0);
    let mut spans = vec![Span::styled(list.name(person).to_owned(), style)];
    let mut width = inner.width.saturating_sub(x);
    if band.is_shared() {
        width = width.min(pictures as u16 * (place.grid.width + 1) - 1);
    } else {
        let part_name = data.part(person).map_or("", Part::name);
        let dot = if part_name.is_empty() { "" } else { " · " };
        let pictures = count(pictures, "picture", "pictures");
        spans.push(Span::styled(
            format!(" · {pictures}{dot}{part_name}"),
            theme.muted,
        ));
    }
    put_line(
        buf,
        part(inner, x, line, width, 1),
        0,
        0,
        &Line::from(spans),
    );
}

/// Draws the pictures of a person with their captions.
fn draw_person_pictures(
    buf: &mut Canvas<'_>,
    inner: Rect,
    (state, list): (&State, Listed<'_>),
    index: usize,
    place: &Place,
    theme: &Theme,
) {
    let (data, grid) = (&state.data, place.grid);
    let person = data.shown[index];
    for i in 0..list.pictures_of(person) {
        let (x, y) = place.of(i);
        if y + i64::from(grid.row_height()) <= 0 || y >= i64::from(inner.height) {
            continue;
        }
        let picture = list.picture(person, i);
        draw_face(buf, inner, (x, y), (grid, picture.face), theme);
        let is_at_cursor = (index, i) == (data.person, data.picture);
        if let Ok(below) = u16::try_from(y + i64::from(grid.height)) {
            draw_caption(
                buf,
                part(inner, x, below, grid.width, 1),
                picture.name,
                is_at_cursor && data.focus == Focus::Pictures,
                mark(state, &picture),
                theme,
            );
        }
    }
}

/// Draws a face, or what is known instead, at column `x` and line `y`.
fn draw_face(
    buf: &mut Canvas<'_>,
    inner: Rect,
    (x, y): (u16, i64),
    (grid, face): (Grid, PreviewFace<'_>),
    theme: &Theme,
) {
    let (sign, style) = match face {
        PreviewFace::Made(face) => {
            let size = (grid.width, grid.height);
            return face::draw_clipped(buf, inner, (x, y), size, Bitmap::face(face), theme);
        }
        PreviewFace::Unread => ("…", theme.muted),
        PreviewFace::Refused => ("✗", theme.warning),
    };
    if let Ok(middle) = u16::try_from(y + i64::from(grid.height / 2)) {
        put(buf, inner, x + grid.width / 2, middle, sign, style);
    }
}

/// The sign before the name of a picture.
fn mark(state: &State, picture: &ListedPicture<'_>) -> &'static str {
    match picture.image {
        Some(image) if state.pairs.left_out.contains(&image) => "⊘ ",
        Some(image) if !state.data.findings.of(image).is_empty() => "! ",
        _ => "",
    }
}

fn draw_caption(
    buf: &mut Canvas<'_>,
    area: Rect,
    name: &str,
    selected: bool,
    mark: &str,
    theme: &Theme,
) {
    let name = &format!("{mark}{name}");
    if selected {
        buf.set_style(area, theme.selection);
        put(buf, area, 0, 0, &format!("▲ {name}"), theme.selection);
    } else {
        let style = match mark.is_empty() {
            true => theme.muted,
            false => theme.warning,
        };
        put(buf, area, 0, 0, name, style);
    }
}
