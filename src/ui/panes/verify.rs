//! The Verify screen: the probe with the steps of its preparation, and the people it is compared with.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::people;
use crate::app::action::Action;
use crate::app::geometry;
use crate::app::state::State;
use crate::app::verify::Compare;
use crate::app::verify::{ProbeView, VerifyView};
use crate::metrics::{fmr_at, fnmr_at};
use crate::ui::widgets::frame::{centred, framed, part, put, put_line};
use crate::ui::widgets::numbers::percent;
use crate::ui::widgets::{face, pane, scale};
use crate::ui::{Canvas, Theme};

/// ```text
/// ┌ probe s07/3 ──────────┐┌ 41 people · one picture each ─ threshold 0.58 ────────┐
/// │ photo 640×480 ▸ face  ││ 0 ··╷·╷╷··╷···▲····┃·······┃·· 1                      │
/// │ ▸ grey ▸ 64×64        ││ ▄▄▄▄▄▄  ▄▄▄▄▄▄  ▄▄▄▄▄▄  ▄▄▄▄▄▄  ▄▄▄▄▄▄  ▄▄▄▄▄▄        │
/// │  ▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄     ││ ██████  ██████  ██████  ██████  ██████  ██████        │
/// │  ██████ face ████     ││ ✓ 0.94  ✓ 0.61  ✗ 0.41  ✗ 0.33  ✗ 0.30  ✗ 0.22        │
/// │ ✓ anna 0.94           ││ anna    s13     s02     s31     s25     s07           │
/// └───────────────────────┘└ at 0.58: FMR 1.0 %  FNMR 9.1 % (validation) ──────────┘
/// ```
pub(in crate::ui) fn draw(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let width = geometry::probe_width(area.width);
    draw_probe(buf, part(area, 0, 0, width, area.height), state, theme);
    draw_people(
        buf,
        part(area, width, 0, area.width - width, area.height),
        state,
        theme,
    );
}

fn draw_probe(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let verify = &state.verify;
    let label = verify.view.get().map_or(String::new(), |view| {
        format!(" {}", view.probe.photo().label)
    });
    let title = Line::from(vec![
        Span::styled("probe", theme.title),
        Span::styled(label, theme.accent),
    ]);
    let inner = pane(buf, area, theme, false, title);
    let Some(view) = verify.view.get() else {
        let text = verify
            .failure
            .clone()
            .unwrap_or_else(|| "no probe yet".into());
        return centred(
            buf,
            inner,
            &[(
                text,
                if verify.failure.is_some() {
                    theme.error
                } else {
                    theme.muted
                },
            )],
        );
    };
    let used = draw_steps(buf, inner, state, view, theme);
    let rows = inner.height.saturating_sub(used + 4);
    let large = part(inner, 0, used, inner.width, rows);
    let place = face::draw(buf, large, face::grey(&view.probe.face().face), theme);
    let y = used + (place.y + place.height).saturating_sub(large.y);
    draw_answer(
        buf,
        part(inner, 1, y + 1, inner.width - 2, 3),
        verify,
        theme,
    );
}

/// Draws the photo as a thumbnail and the steps of its preparation; returns the number of rows used.
fn draw_steps(
    buf: &mut Canvas<'_>,
    inner: Rect,
    state: &State,
    view: &ProbeView,
    theme: &Theme,
) -> u16 {
    let rows = if inner.height >= 30 { 10 } else { 5 };
    let photo_area = part(inner, 1, 0, inner.width / 2 - 1, rows);
    let place = face::draw(buf, photo_area, face::photo(&view.photo), theme);
    let (width, height) = view.photo.original;
    let (cut, fallback) = (view.probe.face().area, view.probe.face().fallback);
    if cut.width < width || cut.height < height {
        face::outline(buf, place, cut, view.photo.original, theme.threshold);
    }
    let crop = state
        .data
        .dataset
        .as_ref()
        .map_or(String::new(), |d| d.preparation.crop.to_string());
    let found = if fallback { "no face" } else { crop.as_str() };
    let mut steps = vec![format!("{width}×{height}"), format!("▸ {found}")];
    if (cut.width, cut.height) != (width, height) {
        steps.push(format!("▸ {}×{}", cut.width, cut.height));
    }
    steps.extend(["▸ grey".to_owned(), "▸ 64×64".to_owned()]);
    if view.blurred {
        steps.push("▸ blurred".to_owned());
    }
    let x = inner.width / 2 + 1;
    for (y, step) in steps.iter().enumerate() {
        let doubtful = y == 1 && fallback || view.blurred && y + 1 == steps.len();
        let style = if doubtful { theme.warning } else { theme.muted };
        put(buf, inner, x, y as u16, step, style);
    }
    rows + 1
}

fn draw_answer(buf: &mut Canvas<'_>, area: Rect, verify: &VerifyView, theme: &Theme) {
    let Some(best) = verify.best() else { return };
    let accepted = best.similarity.accepted_at(verify.threshold);
    let (mark, text) = if accepted {
        ("✓", best.person.to_string())
    } else {
        ("✗", "no match".to_owned())
    };
    let line = Line::from(vec![
        Span::styled(format!("{mark} {text}"), theme.verdict(accepted)),
        Span::styled(format!("  {:.2}", best.similarity.0), theme.text),
    ]);
    put_line(buf, area, 0, 0, &line);
    let second = match (accepted, verify.accepted()) {
        (true, 1) => "the only match".to_owned(),
        (true, n) => format!("best of {n} matches"),
        (false, _) => format!("nearest: {}", best.person),
    };
    put(buf, area, 0, 1, &second, theme.muted);
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
    title.push(Span::styled(format!(" · {how} · "), theme.muted));
    title.push(Span::styled(
        format!("threshold {:.2}", verify.threshold.0),
        theme.threshold,
    ));
    if let (Some(epoch), true) = (verify.epoch, area.width >= 70) {
        title.push(Span::styled(format!(" · epoch {epoch}"), theme.muted));
    }
    let below = Line::styled(rates(state), theme.muted);
    let inner = framed(buf, area, theme, true, Line::from(title), below);
    if verify.candidates.is_empty() {
        return draw_no_candidates(buf, inner, state, theme);
    }
    scale::strip(buf, inner, 0, &verify.candidates, verify.threshold, theme);
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
    format!("at {:.2}: FMR {fmr}  FNMR {fnmr} (validation)", threshold.0)
}

fn draw_no_candidates(buf: &mut Canvas<'_>, inner: Rect, state: &State, theme: &Theme) {
    let key = |action| state.keymap.first_shown(action).unwrap_or_default();
    let lines = if state.model.is_none() {
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
