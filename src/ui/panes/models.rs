//! The model picker: the networks that could answer, and why the one does that answers.

use ratatui::layout::Rect;

use crate::app::Action;
use crate::app::model::{ModelChoice, ModelResult};
use crate::app::popups::ModelPicker;
use crate::app::state::State;
use crate::ui::widgets::frame::{centred, part, put, wrap};
use crate::ui::widgets::hints::hints;
use crate::ui::widgets::list::visible;
use crate::ui::widgets::numbers::percent;
use crate::ui::widgets::popup;
use crate::ui::{Canvas, Theme};

/// Columns of the list: number, name, preset, people; the EER follows.
const COLUMNS: [u16; 4] = [2, 7, 31, 42];

/// ```text
/// ┏ which network answers ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
/// ┃      name                    preset     people  validation EER (95 %)  ┃
/// ┃▌✓    built-in model          transfer       40  0.7 % (0.2–1.9 %)      ┃
/// ┃    3 0003-compact            compact         5  did not learn          ┃
/// ┃                                                                        ┃
/// ┃ no model was trained here yet, so the built-in model answers           ┃
/// ┗ ⏎ use   Esc close ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
/// ```
pub(super) fn draw(
    buf: &mut Canvas<'_>,
    area: Rect,
    state: &State,
    picker: &ModelPicker,
    theme: &Theme,
) {
    let why = state.model.as_ref().map_or("", |model| &*model.why);
    let width = area.width.min(88);
    let why = wrap(why, usize::from(width.saturating_sub(6)));
    let choices = picker.choices.get();
    let count = choices.map_or(1, Vec::len) as u16;
    // Two for the frame, the heading, an empty line before the reason.
    let height = (count + why.len() as u16 + 4).min(area.height);
    let keys = hints(
        &state.keymap,
        &[
            (&[Action::Select], "use"),
            (&[Action::Up, Action::Down], "move"),
            (&[Action::Back], "close"),
        ],
    );
    let inner = popup(
        buf,
        area,
        theme,
        (width, height),
        "which network answers",
        &keys,
    );
    let Some(choices) = choices else {
        let text = "reading the runs …".to_owned();
        return centred(buf, inner, &[(text, theme.muted)]);
    };
    for (x, heading) in COLUMNS.into_iter().zip(["", "name", "preset", "people"]) {
        put(buf, inner, x, 0, heading, theme.muted);
    }
    let heading = "validation EER (95 %)";
    put(buf, inner, COLUMNS[3] + 8, 0, heading, theme.muted);
    let rows = inner.height.saturating_sub(why.len() as u16 + 2);
    let list = part(inner, 0, 1, inner.width, rows);
    for (y, i, choice) in visible(choices, picker.selected, list.height) {
        let row = part(list, 0, y, list.width, 1);
        draw_choice(buf, row, state, (choice, i == picker.selected), theme);
    }
    for (y, line) in (rows + 2..).zip(&why) {
        put(buf, inner, 0, y, line, theme.text);
    }
}

fn draw_choice(
    buf: &mut Canvas<'_>,
    row: Rect,
    state: &State,
    (choice, selected): (&ModelChoice, bool),
    theme: &Theme,
) {
    let pick = |style| if selected { theme.selection } else { style };
    if selected {
        buf.set_style(row, theme.selection);
        put(buf, row, 0, 0, "▌", theme.selection);
    }
    if state.answers(choice) {
        put(buf, row, 1, 0, "✓", pick(theme.accept));
    }
    let number = choice.number.map_or(String::new(), |n| n.to_string());
    let number = format!("{number:>4}");
    put(buf, row, COLUMNS[0], 0, &number, pick(theme.muted));
    let cell = |x: u16, end: u16| part(row, x, 0, end - x - 1, 1);
    let name = cell(COLUMNS[1], COLUMNS[2]);
    put(buf, name, 0, 0, &choice.name, pick(theme.text));
    let preset = cell(COLUMNS[2], COLUMNS[3]);
    put(buf, preset, 0, 0, &choice.preset, pick(theme.muted));
    if choice.people > 0 {
        let people = format!("{:>6}", choice.people);
        put(buf, row, COLUMNS[3], 0, &people, pick(theme.muted));
    }
    let (text, style) = match &choice.result {
        ModelResult::Eer { rate, interval } => {
            let interval = match interval {
                Some(ends) => format!(" ({:.1}–{})", 100.0 * ends.low, percent(ends.high)),
                None => " (n/a)".to_owned(),
            };
            (format!("{}{interval}", percent(*rate)), theme.text)
        }
        ModelResult::NotLearned => ("did not learn".to_owned(), theme.warning),
        ModelResult::NotValidated => ("nobody held out".to_owned(), theme.muted),
        ModelResult::Unusable(why) => (why.clone(), theme.warning),
    };
    put(buf, row, COLUMNS[3] + 8, 0, &text, pick(style));
}
