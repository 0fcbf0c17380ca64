//! The browser of runs.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::compared;
use crate::app::Action;
use crate::app::geometry::{RUN_DETAILS, WIDE};
use crate::app::popups::{RunEdit, RunEditKind};
use crate::app::state::State;
use crate::text::fitting_columns;
use crate::train::run_dir::{RunColumn, RunOverview};
use crate::ui::widgets::frame::{centred, part, put, put_line, shorten, wrap};
use crate::ui::widgets::hints::hints;
use crate::ui::widgets::list::visible;
use crate::ui::widgets::popup;
use crate::ui::{Canvas, Theme};

/// Columns before the first text: the cursor and the mark.
const BEFORE: u16 = 3;
/// Between two columns.
const GAP: usize = 2;
/// The fewest columns of the name, where others need the room.
const LEAST_NAME: usize = 13;
/// The most columns of the name of a data set, and of a note.
const MOST: [(usize, usize); 2] = [(RunColumn::DATA, 12), (RunColumn::NOTE, 30)];

/// ```text
/// ┏ runs · 12 · 2 marked ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
/// ┃   RUN           BEGAN       DATA  EPOCHS      EER (95 %)  STATE            ┃
/// ┃▌✓ 0012-compact  2026-11-24  orl    30/30  4.2 % (1.1–9.8)  finished        ┃
/// ┃   0011-compact  2026-11-24  orl     3/30    did not learn  unfinished      ┃
/// ┃                                                                            ┃
/// ┃ 0012-compact · orl · compact · 30/30 epochs · EER 4.2 % (1.1–9.8) …        ┃
/// ┃ more light                                                                 ┃
/// ┗ ↓ ↑ move   Esc close ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
/// ```
pub(super) fn draw(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let runs = &state.runs;
    let move_keys: &[Action] = match runs.compared {
        None => &[Action::Up, Action::Down],
        Some(_) => &[Action::Up, Action::Down, Action::Left, Action::Right],
    };
    let typed = [
        (&[Action::Confirm][..], "accept"),
        (&[Action::Cancel][..], "cancel"),
    ];
    let moved = (move_keys, "move");
    let close = (&[Action::Back][..], "close");
    let delete = (&[Action::DeleteRun][..], "delete");
    let undo = (&[Action::RestoreRun][..], "undo");
    let clear = (&[Action::ClearRuns][..], "clear");
    let keys = match runs.compared {
        _ if runs.typing() => hints(&state.keymap, &typed),
        Some(_) => hints(&state.keymap, &[moved, close]),
        None => hints(&state.keymap, &[moved, delete, undo, clear, close]),
    };
    let inner = popup(
        buf,
        area,
        theme,
        (area.width, area.height),
        &title(state),
        &keys,
    );
    if runs.compared.is_some() {
        return compared::draw(buf, inner, state, theme);
    }
    if runs.list.get().is_none() {
        return centred(
            buf,
            inner,
            &[("reading the runs …".to_owned(), theme.muted)],
        );
    }
    let list = part(inner, 0, 0, inner.width, inner.height - RUN_DETAILS);
    let line = part(inner, 0, list.height, inner.width, 1);
    let below = part(inner, 0, list.height + 1, inner.width, RUN_DETAILS - 1);
    draw_list(buf, list, state, theme);
    draw_typed(buf, line, state, theme);
    if let Some(run) = runs.current() {
        draw_details(buf, below, state, run, theme);
    }
}

fn title(state: &State) -> String {
    let runs = &state.runs;
    let mut title = match runs.filter.text.is_empty() {
        true => format!("runs · {}", runs.count()),
        false => format!("runs · {} of {}", runs.shown().len(), runs.count()),
    };
    match runs.marked.len() {
        0 => {}
        marked => title.push_str(&format!(" · {marked} marked")),
    }
    title
}

fn draw_list(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
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
    let place = |at: usize| columns.places.iter().find(|place| place.column == at);
    for place in &columns.places {
        let title = heading(place.column);
        put_aligned(
            buf,
            part(area, place.x, 0, place.width, 1),
            place.column,
            title,
            theme.muted,
        );
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
        if run.figures.is_none() {
            // Why it cannot be read takes the room of the figures, which there are none of.
            let name = place(RunColumn::NAME).map_or(0, |place| place.x + place.width);
            put(
                buf,
                part(row, BEFORE, 0, name - BEFORE, 1),
                0,
                0,
                &run.name,
                pick(theme.muted),
            );
            let why = &cells[i][RunColumn::STATE];
            put(buf, row, name + GAP as u16, 0, why, pick(theme.warning));
            continue;
        }
        for place in &columns.places {
            let style = pick(style(place.column, run, theme));
            let cell = part(row, place.x, 0, place.width, 1);
            put_aligned(buf, cell, place.column, &cells[i][place.column], style);
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
        let room = usize::from(width.saturating_sub(BEFORE));
        let shown = fitting_columns(&widths, |at| RunColumn::ALL[at].dispensable, GAP, room);
        let used: usize = shown.iter().map(|&at| widths[at] + GAP).sum();
        let left = (room + GAP).saturating_sub(used);
        widths[RunColumn::NAME] = name.min(LEAST_NAME + left);
        let mut x = BEFORE;
        let place = |column: usize| {
            let width = widths[column] as u16;
            x += width + GAP as u16;
            Place {
                column,
                x: x - width - GAP as u16,
                width,
            }
        };
        Self {
            places: shown.into_iter().map(place).collect(),
        }
    }
}

/// The line that is typed, or the filter in effect.
fn draw_typed(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let runs = &state.runs;
    let (what, text, cursor) = match &runs.edit {
        Some(RunEdit { kind, line, .. }) => {
            let what = match kind {
                RunEditKind::Name => "new name: ",
                RunEditKind::Note => "note: ",
            };
            (what, &line.text, "▏")
        }
        None if runs.filtering => ("filter: ", &runs.filter.text, "▏"),
        None if !runs.filter.text.is_empty() => ("filter: ", &runs.filter.text, ""),
        None => return,
    };
    // The end of a long text is where it is typed.
    let room = usize::from(area.width).saturating_sub(what.width() + 1);
    let text = text.replace('\n', " ⏎ ");
    let skipped = text.chars().count().saturating_sub(room);
    let text: String = text.chars().skip(skipped).collect();
    let line = Line::from(vec![
        Span::styled(what, theme.title),
        Span::styled(text, theme.text),
        Span::styled(cursor, theme.threshold),
    ]);
    put_line(buf, area, 0, 0, &line);
}

/// All that is known of the run under the cursor, and the note on it.
fn draw_details(buf: &mut Canvas<'_>, area: Rect, state: &State, run: &RunOverview, theme: &Theme) {
    let cells = state.run_cells(run);
    let known = match &run.damaged {
        Some(why) => format!("{} cannot be read: {why}", run.name),
        None => in_words(&cells, run),
    };
    let width = usize::from(area.width);
    let note = run.note.as_deref().map(|note| note.replace('\n', " "));
    // The last line is that of the note.
    let room = usize::from(area.height) - usize::from(note.is_some());
    let mut lines = wrap(&known, width);
    if lines.len() > room {
        let rest = lines.split_off(room - 1).join(" ");
        lines.push(rest);
    }
    for (y, line) in lines.iter().enumerate() {
        put(buf, area, 0, y as u16, line, theme.text);
    }
    let note = note.unwrap_or_default();
    put(buf, area, 0, area.height - 1, &note, theme.accent);
}

/// `0012-compact · 2026-11-24 10:31 UTC · orl · compact · 30/30 epochs · EER 4.2 % (1.1–9.8), AUC 0.989 on 5 people, kept epoch 24
/// · finished, 33 s`
fn in_words(cells: &[String; RunColumn::COUNT], run: &RunOverview) -> String {
    let [
        name,
        began,
        data,
        preset,
        epochs,
        eer,
        auc,
        people,
        best,
        state,
        time,
        ..,
    ] = cells;
    let figures = run.figures.as_ref();
    let not_learned = figures.and_then(|figures| figures.not_learned.as_deref());
    let kept = figures.and_then(|figures| figures.best.as_ref());
    let kept = match (not_learned, kept.map(|kept| kept.reason)) {
        (Some(why), _) => why.to_owned(),
        (None, Some(Some(why))) => format!("EER {eer}: {why}"),
        (None, Some(None)) => {
            format!("EER {eer}, AUC {auc} on {people} people, kept epoch {best}")
        }
        (None, None) => "no epoch is complete".to_owned(),
    };
    format!("{name} · {began} UTC · {data} · {preset} · {epochs} epochs · {kept} · {state}, {time}")
}
