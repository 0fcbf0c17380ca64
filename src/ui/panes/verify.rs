//! The Verify screen: the probe with the steps of its preparation, and the people it is compared with.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::reading::waiting;
use super::{people, probe};
use crate::app::action::Action;
use crate::app::geometry;
use crate::app::state::State;
use crate::app::verify::Compare;
use crate::metrics::{fmr_at, fnmr_at};
use crate::recognition::shown_threshold;
use crate::ui::widgets::frame::{centred, framed, part};
use crate::ui::widgets::numbers::percent;
use crate::ui::widgets::scale;
use crate::ui::{Canvas, Theme};

/// ```text
/// ┌ probe s07/3 ──────────┐┌ 41 people · one picture each ─ threshold 0.58 ────────┐
/// │  photo                ││ 0 ··╷·╷╷··╷···▲····┃·······┃·· 1                      │
/// │                       ││ ▄▄▄▄▄▄  ▄▄▄▄▄▄  ▄▄▄▄▄▄  ▄▄▄▄▄▄  ▄▄▄▄▄▄  ▄▄▄▄▄▄        │
/// │  aligned ▸ 64×64      ││ ██████  ██████  ██████  ██████  ██████  ██████        │
/// │                       ││ ✓ 0.94  ✓ 0.61  ✗ 0.41  ✗ 0.33  ✗ 0.30  ✗ 0.22        │
/// │ ✓ anna 0.94           ││ anna    s13     s02     s31     s25     s07           │
/// └───────────────────────┘└ at 0.58: FMR 1.0 %  FNMR 9.1 % (validation) ──────────┘
/// ```
pub(in crate::ui) fn draw(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let width = geometry::probe_width(area.width);
    probe::draw(buf, part(area, 0, 0, width, area.height), state, theme);
    draw_people(
        buf,
        part(area, width, 0, area.width - width, area.height),
        state,
        theme,
    );
}

fn draw_people(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let verify = &state.verify;
    let how = if verify.compare == Compare::All {
        "mean of all"
    } else {
        "one picture each"
    };
    let mut title = vec![Span::styled(
        format!("{} people", verify.candidates.len()),
        theme.title,
    )];
    match verify.walk {
        Some(walk) => title.push(Span::styled(
            format!(" · one by one: {} · ", walk.reached),
            theme.accent,
        )),
        None => title.push(Span::styled(format!(" · {how} · "), theme.muted)),
    }
    title.push(Span::styled(
        format!("threshold {}", shown_threshold(verify.threshold)),
        theme.threshold,
    ));
    if let (Some(epoch), true) = (verify.epoch, area.width >= 70) {
        title.push(Span::styled(
            format!(" · {}", state.epoch_name(epoch)),
            theme.muted,
        ));
    }
    let below = match verify.has_old_people() {
        true => "☆ enrolled by 0.1.0: needs a new photo".to_owned(),
        false => rates(state),
    };
    let below = Line::styled(below, theme.muted);
    let inner = framed(buf, area, theme, true, Line::from(title), below);
    if verify.candidates.is_empty() {
        return draw_no_candidates(buf, inner, state, theme);
    }
    if verify.answered {
        let met = match verify.walk {
            Some(walk) => &verify.candidates[..walk.reached.min(verify.candidates.len())],
            None => &verify.candidates[..],
        };
        scale::strip(buf, inner, 0, met, verify.threshold, theme);
    }
    let below = part(inner, 0, 1, inner.width, inner.height - 1);
    if verify.tiles {
        people::draw_tiles(buf, below, state, theme);
    } else {
        people::draw_rows(buf, below, state, theme);
    }
}

/// FMR and FNMR at the threshold, measured on the validation people of the loaded model.
fn rates(state: &State) -> String {
    let Some(scores) = state.model.as_ref().and_then(|model| model.scores.as_ref()) else {
        return String::new();
    };
    if scores.mated.is_empty() || scores.non_mated.is_empty() {
        return "no people held out: FMR and FNMR not measured".to_owned();
    }
    let threshold = state.verify.threshold;
    let (fmr, fnmr) = (
        percent(fmr_at(scores, threshold)),
        percent(fnmr_at(scores, threshold)),
    );
    let on = match state.data.calibrated_only {
        true => "calibration",
        false => "validation",
    };
    format!(
        "at {}: FMR {fmr}  FNMR {fnmr} ({on})",
        shown_threshold(threshold)
    )
}

fn draw_no_candidates(buf: &mut Canvas<'_>, inner: Rect, state: &State, theme: &Theme) {
    let key = |action| state.keymap.first_shown(action).unwrap_or_default();
    let lines = if let Some(text) = waiting(state) {
        vec![(text, theme.muted)]
    } else if state.model.is_none() {
        vec![
            ("No network yet.".to_owned(), theme.title),
            (String::new(), theme.text),
            (
                format!(
                    "{}  trains one; after its first epoch it answers here",
                    key(Action::StartTraining)
                ),
                theme.key,
            ),
        ]
    } else if state.verify.waiting() {
        vec![("comparing …".to_owned(), theme.muted)]
    } else {
        vec![(
            format!("{}  chooses a photo", key(Action::OpenPhoto)),
            theme.key,
        )]
    };
    centred(buf, inner, &lines);
}
