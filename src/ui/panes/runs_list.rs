//! The list in the browser of runs: as many columns as there is room for.

use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use crate::app::Action;
use crate::app::geometry::WIDE;
use crate::app::state::State;
use crate::text::fitting_columns;
use crate::train::run_dir::{RunColumn, RunOverview};
use crate::ui::widgets::frame::{centred, part, put, shorten};
use crate::ui::widgets::list::visible;
use crate::ui::{Canvas, Theme};

/// Columns before the first text: the cursor and the mark.
const BEFORE: u16 = 3;
/// Between two columns, on a narrow screen and on others.
const GAP: [usize; 2] = [1, 2];
/// The fewest columns of the name, where others need the room.
const LEAST_NAME: usize = 13;
/// The most columns of the name of a data set, and of a note.
const MOST: [(usize, usize); 2] = [(RunColumn::DATA, 12), (RunColumn::NOTE, 30)];

/// Draws titles and rows.
pub(super) fn draw(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let shown = state.runs.shown();
    if shown.is_empty() {
        let key = state
            .keymap
            .first_shown(Action::StartTraining)
            .unwrap_or_default();
        let text = match state.runs.filter.text.is_empty() {
            true => format!("there is no run yet; {key} on the Train screen starts one"),
            false => "no run has these words".to_owned(),
        };
        return centred(buf, area, &[(text, theme.muted)]);
    }
    let cells: Vec<_> = shown
        .iter()
        .map(|run| texts(state, run, area.width))
        .collect();
    let columns = Columns::new(&cells, area.width);
    for place in &columns.places {
        let title = heading(place.column);
        let cell = part(area, place.x, 0, place.width, 1);
        put_aligned(buf, cell, place.column, title, theme.muted);
    }
    let list = part(area, 0, 1, area.width, area.height - 1);
    for (y, i, run) in visible(&shown, state.runs.selected, list.height) {
        let row = part(list, 0, y, list.width, 1);
        let selected = i == state.runs.selected;
        let pick = |style| if selected { theme.selection } else { style };
        if selected {
            buf.set_style(row, theme.selection);
            put(buf, row, 0, 0, "▌", theme.selection);
        }
        if state.runs.is_marked(&run.path) {
            put(buf, row, 1, 0, "✓", pick(theme.accept));
        }
        for place in &columns.places {
            let style = pick(style(place.column, run, theme));
            let cell = part(row, place.x, 0, place.width, 1);
            put_aligned(buf, cell, place.column, &cells[i][place.column], style);
        }
        if run.figures.is_none() {
            // Why it cannot be read takes the room of the figures, which there are none of.
            let name = columns
                .places
                .first()
                .map_or(0, |place| place.x + place.width);
            let rest = part(row, name + gap(area.width) as u16, 0, row.width, 1);
            let why = format!(
                "{:<1$}",
                cells[i][RunColumn::STATE],
                usize::from(rest.width)
            );
            put(buf, rest, 0, 0, &why, pick(theme.warning));
        }
    }
}

/// The texts of a run, as short as the list needs them.
fn texts(state: &State, run: &RunOverview, width: u16) -> [String; RunColumn::COUNT] {
    let mut cells = state.run_cells(run);
    if width < WIDE {
        // The number tells the order within a day.
        let date = cells[RunColumn::BEGAN].get(..10).map(str::to_owned);
        cells[RunColumn::BEGAN] = date.unwrap_or_default();
    }
    for (column, most) in MOST {
        cells[column] = shorten(&cells[column], most);
    }
    cells
}

fn heading(column: usize) -> &'static str {
    match column {
        RunColumn::EER => "EER (95 %)",
        RunColumn::BEGAN => "BEGAN",
        _ => RunColumn::ALL[column].title,
    }
}

fn style(column: usize, run: &RunOverview, theme: &Theme) -> Style {
    let figures = run.figures.as_ref();
    let learned = figures.is_some_and(|figures| figures.not_learned.is_none());
    match column {
        RunColumn::NAME => theme.text,
        RunColumn::EER if learned => theme.text,
        RunColumn::EER => theme.warning,
        _ => theme.muted,
    }
}

/// Text at the left or, for numbers, at the right edge of a cell.
fn put_aligned(buf: &mut Canvas<'_>, cell: Rect, column: usize, text: &str, style: Style) {
    let before = match RunColumn::ALL[column].right {
        true => usize::from(cell.width).saturating_sub(text.width()),
        false => 0,
    };
    put(buf, cell, before as u16, 0, text, style);
}

/// Columns between two texts.
fn gap(width: u16) -> usize {
    GAP[usize::from(width >= WIDE - 4)]
}

/// Where the columns of the list are.
struct Columns {
    places: Vec<Place>,
}

/// Where one column is.
struct Place {
    /// Index into [`RunColumn::ALL`].
    column: usize,
    x: u16,
    width: u16,
}

impl Columns {
    /// As many columns as fit, each as wide as its widest text; the name takes what is left, up to its own width.
    fn new(cells: &[[String; RunColumn::COUNT]], width: u16) -> Self {
        let widest = |column: usize| {
            let readable = cells
                .iter()
                .filter(|cells| !cells[RunColumn::EER].is_empty());
            let texts = readable.map(|cells| cells[column].width());
            texts.max().unwrap_or(0).max(heading(column).width())
        };
        let mut widths: Vec<usize> = (0..RunColumn::COUNT).map(widest).collect();
        let names = cells.iter().map(|cells| cells[RunColumn::NAME].width());
        let name = names.max().unwrap_or(0).max(LEAST_NAME);
        widths[RunColumn::NAME] = LEAST_NAME;
        let (gap, room) = (gap(width), usize::from(width.saturating_sub(BEFORE)));
        let shown = fitting_columns(&widths, |at| RunColumn::ALL[at].dispensable, gap, room);
        let used: usize = shown.iter().map(|&at| widths[at] + gap).sum();
        let left = (room + gap).saturating_sub(used);
        widths[RunColumn::NAME] = name.min(LEAST_NAME + left);
        let mut x = BEFORE;
        let place = |column: usize| {
            let width = widths[column] as u16;
            x += width + gap as u16;
            Place {
                column,
                x: x - width - gap as u16,
                width,
            }
        };
        Self {
            places: shown.into_iter().map(place).collect(),
        }
    }
}
