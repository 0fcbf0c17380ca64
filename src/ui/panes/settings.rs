//! The form with the settings of the next training.

use ratatui::layout::Rect;

use crate::app::Action;
use crate::app::popups::{Field, Form};
use crate::app::state::State;
use crate::ui::widgets::frame::{put, wrap};
use crate::ui::widgets::hints::hints;
use crate::ui::widgets::popup;
use crate::ui::{Canvas, Theme};

/// ```text
/// ┏ training ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
/// ┃ preset         ◀ compact ▶                        ┃
/// ┃▌epochs         40▏                                ┃
/// ┃ …                                                 ┃
/// ┃ passes over the training people's pairs           ┃
/// ┗ ⏎ train  Esc cancel ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
/// ```
pub(in crate::ui) fn draw(
    buf: &mut Canvas<'_>,
    area: Rect,
    state: &State,
    form: &Form,
    theme: &Theme,
) {
    let keys = [
        (&[Action::Confirm][..], "train"),
        (&[Action::NextField, Action::PreviousField], "field"),
        (&[Action::Cancel], "cancel"),
    ];
    let inner = popup(
        buf,
        area,
        theme,
        (72, 15),
        "training",
        &hints(&state.keymap, &keys),
    );
    for (i, field) in Field::ALL.into_iter().enumerate() {
        let y = i as u16 + 1;
        let selected = i == form.at;
        let text = &form.lines[i].text;
        let shown = match (field, selected) {
            (field, true) if field.is_choice() => format!("◀ {text} ▶"),
            (_, true) => format!("{text}▏"),
            _ => text.clone(),
        };
        let style = if selected {
            theme.selection
        } else {
            theme.text
        };
        put(
            buf,
            inner,
            0,
            y,
            field.name(),
            if selected { theme.title } else { theme.muted },
        );
        put(
            buf,
            inner,
            16,
            y,
            &format!("{:<width$}", shown, width = usize::from(inner.width) - 16),
            style,
        );
    }
    let y = Field::ALL.len() as u16 + 2;
    let (text, style) = match &form.mistake {
        Some(why) => (why.as_str(), theme.error),
        None => (form.field().hint(), theme.muted),
    };
    for (y, line) in (y..inner.height).zip(wrap(text, usize::from(inner.width))) {
        put(buf, inner, 0, y, &line, style);
    }
}
