//! Popups: help, quit, themes, prompts, the file picker.

use ratatui::layout::Rect;

use super::{check, help, models, palette, runs, settings};
use crate::app::action::Action;
use crate::app::popups::{FilePicker, Overlay, Prompt, Purpose};
use crate::app::state::State;
use crate::app::text::clean;
use crate::files::shown;
use crate::ui::raster::Bitmap;
use crate::ui::widgets::frame::{centred, part, put};
use crate::ui::widgets::hints::hints;
use crate::ui::widgets::list::visible;
use crate::ui::widgets::{face, popup};
use crate::ui::{Canvas, Theme};

/// Draws the open popup over the screen.
pub(in crate::ui) fn draw(
    buf: &mut Canvas<'_>,
    area: Rect,
    state: &State,
    overlay: &Overlay,
    theme: &Theme,
) {
    let yes_no = [(&[Action::Select][..], "yes"), (&[Action::Back][..], "no")];
    let yes_no = hints(&state.keymap, &yes_no);
    match overlay {
        Overlay::Help(view) => help::draw(buf, area, state, view, theme),
        Overlay::Quit => {
            let stop = (&[Action::Select][..], "stop and quit");
            let keep = (&[Action::KeepTraining][..], "keep training");
            let cancel = (&[Action::Back][..], "cancel");
            let (text, keys) = match cfg!(unix) {
                true => (
                    "A training is running. Keep training in the background?",
                    hints(&state.keymap, &[stop, keep, cancel]),
                ),
                // Training in the background needs Unix.
                false => (
                    "A training is running.",
                    hints(&state.keymap, &[stop, cancel]),
                ),
            };
            let saved = "Otherwise it stops after this batch and is saved.";
            draw_question(buf, area, ("quit?", &keys), &[text, saved], theme);
        }
        Overlay::EnrollMiddle(_) => {
            let text = "No face was found in this photo. Enroll its middle all the same?";
            draw_question(buf, area, ("confirm", &yes_no), &[text], theme)
        }
        Overlay::Confirm { question, .. } => {
            let title = ("confirm", &*yes_no);
            draw_question(buf, area, title, &[question.as_str()], theme)
        }
        Overlay::Settings(form) => settings::draw(buf, area, state, form, theme),
        Overlay::Models(picker) => models::draw(buf, area, state, picker, theme),
        Overlay::Themes { selected, .. } => draw_themes(buf, area, state, *selected, theme),
        Overlay::Runs => runs::draw(buf, area, state, theme),
        Overlay::Check { selected } => check::draw(buf, area, state, *selected, theme),
        Overlay::Palette(palette) => palette::draw(buf, area, state, palette, theme),
        Overlay::Prompt(prompt) => draw_prompt(buf, area, state, prompt, theme),
        Overlay::Files(picker) => draw_files(buf, area, state, picker, theme),
    }
}

fn draw_question(
    buf: &mut Canvas<'_>,
    area: Rect,
    (title, keys): (&str, &str),
    text: &[&str],
    theme: &Theme,
) {
    let inner = popup(buf, area, theme, (66, text.len() as u16 + 4), title, keys);
    let lines: Vec<_> = text
        .iter()
        .map(|line| ((*line).to_owned(), theme.text))
        .collect();
    centred(buf, inner, &lines);
}

fn draw_themes(buf: &mut Canvas<'_>, area: Rect, state: &State, selected: usize, theme: &Theme) {
    let height = state.themes.len() as u16 + 2;
    let keys = [
        (&[Action::Select][..], "apply"),
        (&[Action::Back][..], "cancel"),
    ];
    let keys = hints(&state.keymap, &keys);
    let inner = popup(buf, area, theme, (44, height), "theme", &keys);
    for (i, name) in state.themes.iter().enumerate() {
        let row = part(inner, 0, i as u16, inner.width, 1);
        let style = if i == selected {
            theme.selection
        } else {
            theme.text
        };
        put(
            buf,
            row,
            0,
            0,
            &format!("{} {name:<18}", if i == selected { "▌" } else { " " }),
            style,
        );
        let swatches = [
            theme.train,
            theme.valid,
            theme.positive_pair,
            theme.negative_pair,
            theme.accept,
            theme.reject,
        ];
        if i == selected {
            for (x, style) in swatches.into_iter().enumerate() {
                put(buf, row, 22 + 3 * x as u16, 0, "━━", style);
            }
        }
    }
}

fn draw_prompt(buf: &mut Canvas<'_>, area: Rect, state: &State, prompt: &Prompt, theme: &Theme) {
    let (title, text) = match &prompt.purpose {
        Purpose::Enroll(_) => (
            "enroll",
            "Name of this person, who is added to the gallery:".to_owned(),
        ),
        Purpose::Rename(from) => ("rename", format!("New name of {from}:")),
    };
    let keys = [
        (&[Action::Confirm][..], "accept"),
        (&[Action::Cancel][..], "cancel"),
    ];
    let keys = hints(&state.keymap, &keys);
    let inner = popup(buf, area, theme, (60, 5), title, &keys);
    put(buf, inner, 0, 0, &text, theme.muted);
    put(
        buf,
        inner,
        0,
        1,
        &format!("{}▏", prompt.line.text),
        theme.title,
    );
}

/// ```text
/// ┏ choose a photo ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
/// ┃ /home/anna/pictures                                              ┃
/// ┃ > bea▏                                                           ┃
/// ┃▌beach.jpg                              ▄▄▄▄▄▄▄▄▄▄                ┃
/// ┃ bearded/                               ███ photo                 ┃
/// ┗ ⏎ choose   → open   ← up   Esc cancel ━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
/// ```
fn draw_files(buf: &mut Canvas<'_>, area: Rect, state: &State, picker: &FilePicker, theme: &Theme) {
    let keys = [
        (&[Action::Confirm][..], "choose"),
        (&[Action::Complete], "complete"),
        (&[Action::ChoiceRight], "open"),
        (&[Action::ChoiceLeft], "up"),
        (&[Action::Cancel], "cancel"),
    ];
    let below = hints(&state.keymap, &keys);
    let inner = popup(
        buf,
        area,
        theme,
        (area.width - 4, area.height - 1),
        "choose a photo",
        &below,
    );
    let folder = picker
        .listing
        .get()
        .map_or("…".into(), |listing| shown(&listing.path).to_string());
    put(buf, inner, 0, 0, &folder, theme.muted);
    put(
        buf,
        inner,
        0,
        1,
        &format!("> {}▏", picker.line.text),
        theme.title,
    );
    if picker.line.text.is_empty() {
        put(
            buf,
            inner,
            4,
            1,
            "type part of a name, or a path",
            theme.muted,
        );
    }
    let half = inner.width / 2;
    let list = part(inner, 0, 2, half, inner.height.saturating_sub(2));
    if let Some(why) = &picker.failure {
        return centred(buf, list, &[(why.clone(), theme.error)]);
    }
    let entries = picker.matching();
    if entries.is_empty() && picker.typed_path().is_none() {
        centred(buf, list, &[("no photo here".into(), theme.muted)]);
    }
    for (y, i, (name, is_folder)) in visible(&entries, picker.selected, list.height) {
        let selected = i == picker.selected;
        let style = if selected {
            theme.selection
        } else if *is_folder {
            theme.accent
        } else {
            theme.text
        };
        let mark = if selected { "▌" } else { " " };
        let slash = if *is_folder { "/" } else { "" };
        put(
            buf,
            list,
            0,
            y,
            &format!("{mark}{}{slash}", clean(name)),
            style,
        );
    }
    let preview = part(
        inner,
        half + 1,
        2,
        inner.width - half - 1,
        inner.height.saturating_sub(3),
    );
    if let Some(photo) = picker.preview.get() {
        let place = face::draw(buf, preview, Bitmap::photo(photo), theme);
        let y = (place.y + place.height).saturating_sub(inner.y);
        let size = format!("{}×{}", photo.original.0, photo.original.1);
        put(buf, inner, place.x - inner.x, y, &size, theme.muted);
    }
}
