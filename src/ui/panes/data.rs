//! The Data screen: the list of people, their pictures as thumbnails, or one picture enlarged.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::picture;
use crate::app::Action;
use crate::app::data::{DataView, Focus, Part, Phase};
use crate::app::geometry::{self, Grid};
use crate::app::state::State;
use crate::data::{Dataset, Picture};
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
    match (&data.phase, &data.dataset) {
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
        (_, Some(dataset)) if data.enlarged => picture::draw(buf, rest, data, dataset, theme),
        (_, Some(dataset)) => draw_pictures(buf, rest, state, dataset, theme),
    }
}

/// `loading /home/anna/faces … 120/400`
fn loading(data: &DataView) -> String {
    let progress = data.progress.filter(|(_, all)| *all > 0);
    let progress = progress.map_or(String::new(), |(done, all)| format!(" {done}/{all}"));
    format!("loading {} …{progress}", data.source)
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
    let below = data.dataset.as_ref().map_or(String::new(), |dataset| {
        let more = match (dataset.refused.len(), state.pairs.left_out.len()) {
            (0, 0) => String::new(),
            (n, 0) => format!(", {n} refused"),
            (_, n) => format!(", ⊘ {n}"),
        };
        format!(
            "{}{more}",
            count(dataset.images.len(), "picture", "pictures")
        )
    });
    let inner = framed(
        buf,
        area,
        theme,
        focused,
        Line::from(title),
        Line::styled(below, theme.muted),
    );
    let Some(dataset) = &data.dataset else { return };
    for (y, i, &person) in visible(&data.shown, data.person, inner.height) {
        let row = part(inner, 0, y, inner.width, 1);
        draw_person(buf, row, data, dataset, (person, i == data.person), theme);
    }
}

fn draw_person(
    buf: &mut Canvas<'_>,
    row: Rect,
    data: &DataView,
    dataset: &Dataset,
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
    let known = dataset.person(person);
    let number = known.images.len().to_string();
    let use_of = data.part(person).map_or("", Part::name);
    let tail = if use_of.is_empty() { 0 } else { 11 };
    let names = part(row, 1, 0, row.width.saturating_sub(tail + 5), 1);
    put(buf, names, 0, 0, &known.name, style);
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
    state: &State,
    dataset: &Dataset,
    theme: &Theme,
) {
    let data = &state.data;
    let focused = data.focus == Focus::Pictures;
    let title = data.current_image().map_or(String::new(), |image| {
        let picture = dataset.picture(image);
        if focused {
            picture.label.clone()
        } else {
            dataset.person(picture.person).name.clone()
        }
    });
    let found = match data.findings.summary() {
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
        Line::styled(found, theme.warning),
    );
    let grid = geometry::data_grid(state.room());
    let mut top = -(data.scroll as i64);
    for (index, &person) in data.shown.iter().enumerate() {
        let lines = data.lines_of(index, grid) as i64;
        if top + lines > 0 {
            draw_person_pictures(
                buf,
                inner,
                (state, dataset),
                (index, person, top),
                grid,
                theme,
            );
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
    (state, dataset): (&State, &Dataset),
    (index, person, top): (usize, PersonId, i64),
    grid: Grid,
    theme: &Theme,
) {
    let data = &state.data;
    let known = dataset.person(person);
    let current = index == data.person;
    if top >= 0 {
        let part_name = data
            .part(person)
            .map_or(String::new(), |p| format!(" · {}", p.name()));
        let line = Line::from(vec![
            Span::styled(
                known.name.clone(),
                if current { theme.accent } else { theme.title },
            ),
            Span::styled(
                format!(
                    " · {}{part_name}",
                    count(known.images.len(), "picture", "pictures")
                ),
                theme.muted,
            ),
        ]);
        put_line(buf, inner, 0, top as u16, &line);
    }
    for (i, &image) in known.images.iter().enumerate() {
        let y = top + 1 + (i / grid.columns) as i64 * i64::from(grid.row_height());
        if y + i64::from(grid.row_height()) <= 0 || y >= i64::from(inner.height) {
            continue;
        }
        let x = (i % grid.columns) as u16 * (grid.width + 1);
        let picture = dataset.picture(image);
        face::draw_clipped(
            buf,
            inner,
            (x, y),
            (grid.width, grid.height),
            Bitmap::face(&picture.face),
            theme,
        );
        let selected = current && data.focus == Focus::Pictures && i == data.picture;
        if let Ok(below) = u16::try_from(y + i64::from(grid.height)) {
            draw_caption(
                buf,
                part(inner, x, below, grid.width, 1),
                picture,
                selected,
                match () {
                    () if state.pairs.left_out.contains(&image) => "⊘ ",
                    () if !data.findings.of(image).is_empty() => "! ",
                    () => "",
                },
                theme,
            );
        }
    }
}

fn draw_caption(
    buf: &mut Canvas<'_>,
    area: Rect,
    picture: &Picture,
    selected: bool,
    mark: &str,
    theme: &Theme,
) {
    let name = picture.label.rsplit('/').next().unwrap_or(&picture.label);
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
