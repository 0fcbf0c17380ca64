//! The list of what was found in the files: refused ones, copies, pictures without a face, people with one picture.

use ratatui::layout::Rect;

use crate::app::Action;
use crate::app::data::{Finding, FindingLine, Findings};
use crate::app::state::State;
use crate::files::shown;
use crate::ui::raster::Bitmap;
use crate::ui::widgets::frame::{centred, part, put, wrap};
use crate::ui::widgets::hints::hints;
use crate::ui::widgets::list::visible;
use crate::ui::widgets::{face, popup};
use crate::ui::{Canvas, Theme};

/// Rows for a picture beside the list, with its reason.
const ROWS: u16 = 21;

/// ```text
/// ┏ 60 pictures, 2 refused · 3 no face ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
/// ┃ 2 refused                                   ▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄           ┃
/// ┃   anna/notes.heic                           ██████ face ████           ┃
/// ┃ 3 no face                                   anna/cup.jpg               ┃
/// ┃▌  anna/cup.jpg                              no face was found, so the  ┃
/// ┃   bela/4.jpg                                middle of the photo is used┃
/// ┗ ⏎ to the picture   ↑ ↓ move   Esc close ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
/// ```
pub(super) fn draw(
    buf: &mut Canvas<'_>,
    area: Rect,
    state: &State,
    selected: usize,
    theme: &Theme,
) {
    let findings = &state.data.findings;
    let keys = [
        (&[Action::Select][..], "to the picture"),
        (&[Action::Up, Action::Down], "move"),
        (&[Action::Back], "close"),
    ];
    let keys = hints(&state.keymap, &keys);
    let lines = findings.lines();
    let height = (lines.len() as u16 + 2).clamp(ROWS, area.height.max(ROWS));
    let size = (area.width.min(116), height);
    let title = title(state);
    let inner = popup(buf, area, theme, size, &title, &keys);
    if lines.is_empty() {
        let text = match state.data.checking {
            true => "comparing all photos …",
            false => "Every file can be used, and nothing is doubtful.",
        };
        return centred(buf, inner, &[(text.to_owned(), theme.text)]);
    }
    let half = inner.width * 5 / 9;
    draw_lines(
        buf,
        part(inner, 0, 0, half, inner.height),
        &lines,
        selected,
        theme,
    );
    let side = part(inner, half + 1, 0, inner.width - half - 1, inner.height);
    match findings.entries().nth(selected) {
        Some(entry) => draw_entry(buf, side, state, entry, theme),
        None => draw_whole(buf, side, findings, theme),
    }
}

fn title(state: &State) -> String {
    let images = state.data.dataset.as_ref().map_or(0, |d| d.images.len());
    let checking = match state.data.checking {
        true => " · comparing all photos …",
        false => "",
    };
    let kinds = state.data.findings.kinds.iter();
    let kinds = kinds.map(|(kind, count)| format!("{count} {}", plural(kind, *count)));
    match kinds.collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => format!("{images} pictures{checking}"),
        kinds => format!("{kinds}{checking}"),
    }
}

fn plural(noun: &str, count: usize) -> String {
    format!("{noun}{}", if count == 1 { "" } else { "s" })
}

fn draw_lines(
    buf: &mut Canvas<'_>,
    area: Rect,
    lines: &[FindingLine<'_>],
    selected: usize,
    theme: &Theme,
) {
    let at = lines
        .iter()
        .position(|line| matches!(line, FindingLine::Entry(i, _) if *i == selected));
    for (y, _, line) in visible(lines, at.unwrap_or(0), area.height) {
        let row = part(area, 0, y, area.width, 1);
        match line {
            FindingLine::Heading(group) => {
                let text = match group.entries.len() {
                    0 => group.kind.clone(),
                    count => format!("{count} {}", group.kind),
                };
                put(buf, row, 1, 0, &text, theme.title);
            }
            FindingLine::Entry(i, entry) => {
                let (mark, style) = match *i == selected {
                    true => ("▌", theme.selection),
                    false => (" ", theme.text),
                };
                if *i == selected {
                    buf.set_style(row, theme.selection);
                }
                let path = tail(&shown(&entry.path).to_string());
                put(buf, row, 0, 0, &format!("{mark}  {path}"), style);
            }
        }
    }
}

/// The last two parts of a path: the person and the file.
fn tail(path: &str) -> String {
    let mut parts: Vec<&str> = path.rsplit('/').take(2).collect();
    parts.reverse();
    parts.join("/")
}

/// The picture of an entry, its path, and the reason.
fn draw_entry(buf: &mut Canvas<'_>, area: Rect, state: &State, entry: &Finding, theme: &Theme) {
    let path = wrap_path(&shown(&entry.path).to_string(), usize::from(area.width));
    let why = wrap(&entry.why, usize::from(area.width));
    let below = (path.len() + why.len() + 1) as u16;
    let dataset = state.data.dataset.as_ref();
    let picture = entry
        .image
        .zip(dataset)
        .map(|(image, dataset)| dataset.picture(image));
    let mut y = 0;
    if let Some(picture) = picture {
        let rows = area.height.saturating_sub(below + 1).min(area.width / 2);
        let place = part(area, 0, 0, area.width, rows);
        face::draw(buf, place, Bitmap::face(&picture.face), theme);
        y = rows + 1;
    }
    let lines = path.iter().map(|line| (line, theme.title));
    let lines = lines.chain(why.iter().map(|line| (line, theme.text)));
    for (y, (line, style)) in (y..area.height).zip(lines) {
        put(buf, area, 0, y, line, style);
    }
}

/// The reasons that are about the whole data set, where there is nothing else.
fn draw_whole(buf: &mut Canvas<'_>, area: Rect, findings: &Findings, theme: &Theme) {
    let reasons = findings
        .groups
        .iter()
        .flat_map(|group| wrap(&group.why, usize::from(area.width)));
    for (y, line) in (0..area.height).zip(reasons) {
        put(buf, area, 0, y, &line, theme.text);
    }
}

/// A path in lines of `width` columns.
fn wrap_path(path: &str, width: usize) -> Vec<String> {
    let letters: Vec<char> = path.chars().collect();
    letters
        .chunks(width.max(1))
        .map(|line| line.iter().collect())
        .collect()
}
