//! The Data screen: the list of people, their pictures as thumbnails, or one picture enlarged.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::picture;
use crate::app::Action;
use crate::app::data::{DataView, Focus, Listed, ListedPicture, Part, Phase, Progress};
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

/// `loading /home/anna/faces … 120/400`
fn loading(data: &DataView) -> String {
    let progress = data.progress.as_ref().filter(|progress| progress.all > 0);
    let progress = progress.map_or(String::new(), |Progress { done, all, .. }| {
        format!(" {done}/{all}")
    });
    format!("loading {} …{progress}", data.source)
}

/// `13900 of 100000 read, 132 a second, 11 min left`
fn read_so_far(data: &DataView) -> String {
    let progress = data.progress.as_ref();
    progress.map_or(String::new(), |Progress { done, all, pace }| {
        match pace.is_empty() {
            true => format!("{done} of {all} read"),
            false => format!("{done} of {all} read, {pace}"),
        }
    })
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
    let mut top = -(data.scroll as i64);
    for (index, &person) in data.shown.iter().enumerate() {
        let lines = data.lines_of(index, grid) as i64;
        if top + lines > 0 {
            draw_person_pictures(buf, inner, (state, list), (index, person, top), grid, theme);
        }
        top += lines;
        if top >= i64::from(inner.height) {
            break;
        }
    }
}

/// Draws a heading, then rows of thumbnails with captions. `top` is the line of the heading; it is negative when the
/// heading is scrolled out.
fn draw_person_pictures(
    buf: &mut Canvas<'_>,
    inner: Rect,
    (state, list): (&State, Listed<'_>),
    (index, person, top): (usize, PersonId, i64),
    grid: Grid,
    theme: &Theme,
) {
    let data = &state.data;
    let pictures = list.pictures_of(person);
    let current = index == data.person;
    if top >= 0 {
        let part_name = data
            .part(person)
            .map_or(String::new(), |p| format!(" · {}", p.name()));
        let line = Line::from(vec![
            Span::styled(
                list.name(person).to_owned(),
                if current { theme.accent } else { theme.title },
            ),
            Span::styled(
                format!(" · {}{part_name}", count(pictures, "picture", "pictures")),
                theme.muted,
            ),
        ]);
        put_line(buf, inner, 0, top as u16, &line);
    }
    for i in 0..pictures {
        let y = top + 1 + (i / grid.columns) as i64 * i64::from(grid.row_height());
        if y + i64::from(grid.row_height()) <= 0 || y >= i64::from(inner.height) {
            continue;
        }
        let x = (i % grid.columns) as u16 * (grid.width + 1);
        let picture = list.picture(person, i);
        draw_face(buf, inner, (x, y), (grid, picture.face), theme);
        let selected = current && data.focus == Focus::Pictures && i == data.picture;
        if let Ok(below) = u16::try_from(y + i64::from(grid.height)) {
            draw_caption(
                buf,
                part(inner, x, below, grid.width, 1),
                picture.name,
                selected,
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
