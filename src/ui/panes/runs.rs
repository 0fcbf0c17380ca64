//! The browser of runs.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::{compared, runs_list};
use crate::app::Action;
use crate::app::geometry::RUN_DETAILS;
use crate::app::popups::{RunEdit, RunEditKind};
use crate::app::state::State;
use crate::train::run_dir::{RunColumn, RunOverview};
use crate::ui::widgets::frame::{centred, part, put, put_line, wrap};
use crate::ui::widgets::hints::hints;
use crate::ui::widgets::popup;
use crate::ui::{Canvas, Theme};

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
    runs_list::draw(buf, list, state, theme);
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

/// `0012-compact · 2026-11-24 10:31 UTC · orl · compact · 30/30 epochs · EER 4.2 % (1.1–9.8), AUC 0.989 on 5 people, epoch 24
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
            format!("EER {eer}, AUC {auc} on {people} people, epoch {best}")
        }
        (None, None) => "no epoch is complete".to_owned(),
    };
    format!("{name} · {began} UTC · {data} · {preset} · {epochs} epochs · {kept} · {state}, {time}")
}
