//! The whole screen: header, panes, message line and footer.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

use super::glyphs;
use super::panes;
use super::widgets::frame::{centred, part, put, put_line, wrap};
use super::widgets::numbers::span;
use super::{Canvas, Picture, Theme};
use crate::app::action::{Action, Context};
use crate::app::data::{Phase as DataPhase, Progress};
use crate::app::geometry::{self, SMALLEST, WIDE};
use crate::app::message::{Level, Message};
use crate::app::model::BUILT_IN;
use crate::app::screen::Screen;
use crate::app::state::State;
use crate::app::tour::STOPS;
use crate::app::train::Phase;

/// Draws the whole screen and returns the pictures to print over the cells, if the theme uses pixels.
///
/// ```text
///  twinsight  1 Data ▐2 Train▌ 3 Pairs  4 Verify  5 Map  6 Network     ▶ epoch 12/40 · 0:41 left
/// ┌───────────────────────────────────────────────────────────────────────────────────────────┐
/// │                                 the panes of the screen                                    │
/// └───────────────────────────────────────────────────────────────────────────────────────────┘
///  the newest message
///  space pause  . step  w save  x stop                                        t train  ? help  q quit
/// ```
pub fn draw(frame: &mut Frame<'_>, state: &State, theme: &Theme) -> Vec<Picture> {
    let area = frame.area();
    let mut canvas = Canvas::new(frame.buffer_mut());
    canvas.set_style(area, theme.background);
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        draw_too_small(&mut canvas, area, state, theme);
    } else {
        draw_screen(&mut canvas, area, state, theme);
    }
    glyphs::fit(&mut canvas, theme.glyphs);
    canvas.finish()
}

fn draw_screen(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let row = |y| Rect {
        y: area.y + y,
        height: 1,
        ..area
    };
    let main = Rect {
        y: area.y + 1,
        height: area.height - 3,
        ..area
    };
    draw_header(buf, row(0), state, theme);
    let tour = state.tour_rows();
    let above = part(main, 0, 0, main.width, main.height - tour);
    panes::draw(buf, above, state, theme);
    if state.tour.active {
        let below = part(main, 0, main.height - tour, main.width, tour);
        panes::tour::draw(buf, below, state, theme);
    }
    if let Some(overlay) = &state.overlay {
        panes::overlay::draw(buf, main, state, overlay, theme);
    }
    draw_message(buf, area, state, theme);
    draw_footer(buf, row(area.height - 1), state, theme);
}

fn draw_too_small(buf: &mut Buffer, area: Rect, state: &State, theme: &Theme) {
    let quit = state
        .keymap
        .first_shown(Action::Quit)
        .unwrap_or_else(|| "^C".into());
    let (columns, rows) = SMALLEST;
    let lines = [
        (
            format!(
                "{columns}×{rows} needed, {}×{} here",
                area.width, area.height
            ),
            theme.warning,
        ),
        (format!("{quit} quits"), theme.text),
    ];
    centred(buf, area, &lines);
}

fn draw_header(buf: &mut Buffer, area: Rect, state: &State, theme: &Theme) {
    if geometry::header_start(area.width) > 0 {
        put(buf, area, 1, 0, "◐◑ twinsight", theme.accent);
    }
    let mut x = 0;
    for (screen, at, width) in geometry::tabs(area.width) {
        let style = if screen == state.screen {
            theme.selection
        } else {
            theme.muted
        };
        let text = format!(" {} {} ", screen.digit(), screen.name());
        put(buf, area, at, 0, &text, style);
        x = at + width;
    }
    let (text, style) = run_state(state, area.width, theme);
    let width = Span::raw(text.as_str()).width() as u16;
    put(
        buf,
        area,
        (area.width.saturating_sub(width + 1)).max(x + 1),
        0,
        &text,
        style,
    );
}

/// The state of the training in a few words, shown on every screen.
fn run_state(state: &State, columns: u16, theme: &Theme) -> (String, Style) {
    let train = &state.train;
    let epochs = train.epochs_planned();
    let at = train
        .last_batch
        .map_or(train.epochs_done() + 1, |batch| batch.epoch.0);
    let roomy = columns >= WIDE;
    let epoch = format!(
        "{}{}/{epochs}",
        if roomy { "epoch " } else { "" },
        at.min(epochs)
    );
    let left = train.last_batch.map_or(String::new(), |batch| {
        format!(" · {} left", span(batch.remaining))
    });
    let eer = train.best_epoch().map_or(String::new(), |p| {
        let eer = p.validated(|v| v.eer);
        format!(" · EER {:.1} %", eer * 100.0)
    });
    match &train.phase {
        Phase::Starting if state.data.phase == DataPhase::Loading => {
            (faces_text(state), theme.accent)
        }
        Phase::Running => (format!("▶ {epoch}{left}"), theme.accent),
        Phase::Paused => (format!("‖ {epoch} · paused"), theme.warning),
        Phase::Starting => ("▶ building the network".into(), theme.accent),
        Phase::Stopping => (format!("■ {epoch} · stopping"), theme.warning),
        Phase::Finished { stopped } => {
            let (mark, how) = if *stopped {
                ("■", "stopped")
            } else {
                ("✓", "trained")
            };
            let done = train.epochs_done();
            let tail = if roomy { eer } else { String::new() };
            (
                format!("{mark} {how} · {done}/{epochs}{tail}"),
                theme.accent,
            )
        }
        Phase::Failed(_) => ("✗ training failed".into(), theme.error),
        Phase::Idle => idle(state, roomy, theme),
    }
}

/// How far the reading of the faces is: `○ faces 120/400`.
fn faces_text(state: &State) -> String {
    match &state.data.progress {
        Some(Progress { done, all, .. }) if *all > 0 => format!("○ faces {done}/{all}"),
        _ => "○ loading faces".into(),
    }
}

/// The state while nothing is trained: the loaded model, or that there is none.
fn idle(state: &State, roomy: bool, theme: &Theme) -> (String, Style) {
    if let Some(model) = &state.model {
        let text = match &*model.origin {
            BUILT_IN => format!("◆ {BUILT_IN}"),
            origin if roomy => format!("◆ {origin} · epoch {}", model.epoch),
            _ => format!("◆ epoch {}", model.epoch),
        };
        return (text, theme.accent);
    }
    match &state.data.phase {
        DataPhase::Loading => (faces_text(state), theme.muted),
        DataPhase::Failed(_) => ("✗ no faces".into(), theme.error),
        DataPhase::Ready => {
            let key = state
                .keymap
                .first_shown(Action::StartTraining)
                .unwrap_or_default();
            (format!("○ untrained · {key} trains"), theme.muted)
        }
    }
}

/// The most lines of a message.
const MESSAGE_LINES: usize = 3;

/// Draws the message above the footer. A long one takes more lines, over the panes, so that nothing of it is lost.
fn draw_message(buf: &mut Buffer, area: Rect, state: &State, theme: &Theme) {
    let last = area.height - 2;
    if let Some(find) = &state.find {
        let line = Line::from(vec![
            Span::styled("find: ", theme.title),
            Span::styled(find.line.text.clone(), theme.text),
            Span::styled("▏", theme.threshold),
            Span::styled(format!("  {} found", state.found()), theme.muted),
        ]);
        return put_line(buf, area, 1, last, &line);
    }
    if state.screen == Screen::Data && state.data.filtering && state.overlay.is_none() {
        let line = Line::from(vec![
            Span::styled("filter: ", theme.title),
            Span::styled(state.data.filter.text.clone(), theme.text),
            Span::styled("▏", theme.threshold),
        ]);
        return put_line(buf, area, 1, last, &line);
    }
    let Some((text, style)) = message(state, theme) else {
        return;
    };
    let mut lines = wrap(&text, usize::from(area.width - 2));
    if lines.len() > MESSAGE_LINES {
        let rest = lines.split_off(MESSAGE_LINES - 1);
        lines.push(rest.join(" "));
    }
    let first = last + 1 - lines.len() as u16;
    for (y, line) in (first..).zip(&lines) {
        let row = part(area, 0, y, area.width, 1);
        Clear.render(row, buf);
        buf.set_style(row, theme.background);
        put(buf, row, 1, 0, line, style);
    }
}

/// What the message line says. An offer to resume a run stays until it is answered; only warnings and errors replace it. Where
/// nothing else is said, a note on the probe stays as long as the probe does.
fn message(state: &State, theme: &Theme) -> Option<(String, Style)> {
    // In a popup its keys mean something else.
    let offered = state.offer.is_some() && state.overlay.is_none();
    let urgent = |message: &&Message| !offered || message.level != Level::Info;
    let Some(message) = state.message.as_ref().filter(urgent) else {
        let note = || {
            let note = state
                .verify
                .note
                .as_ref()
                .filter(|_| state.screen == Screen::Verify);
            Some((format!("! {}", note?), theme.warning))
        };
        let tour = || Some((tour_offer(state)?, theme.muted));
        let offer = offer(state).filter(|_| offered);
        let offer = offer.map(|text| (text, theme.accent));
        return offer.or_else(note).or_else(tour);
    };
    let (mark, style) = match message.level {
        Level::Info => ("", theme.muted),
        Level::Warning => ("! ", theme.warning),
        Level::Error => ("✗ ", theme.error),
    };
    Some((format!("{mark}{}", message.text), style))
}

/// Where a new user finds the tour and the help, on the first screen.
fn tour_offer(state: &State) -> Option<String> {
    let key = |action| state.keymap.first_shown(action).unwrap_or_default();
    state.offers(Action::Tour).then(|| {
        format!(
            "{} starts a tour in {} stops · {} shows all keys · {} finds a command",
            key(Action::Tour),
            STOPS.len(),
            key(Action::Help),
            key(Action::Palette)
        )
    })
}

/// `run 0007-compact stopped at epoch 12 of 30: r resumes it, Esc does not`
fn offer(state: &State) -> Option<String> {
    let run = state.offer.as_ref()?;
    let key = |action| state.keymap.first_shown(action).unwrap_or_default();
    Some(format!(
        "run {} stopped at epoch {} of {}: {} resumes it, {} does not",
        run.name,
        run.epoch,
        run.epochs,
        key(Action::ResumeRun),
        key(Action::DropOffer)
    ))
}

/// Draws the keys that work now, taken from the key table.
fn draw_footer(buf: &mut Buffer, area: Rect, state: &State, theme: &Theme) {
    let offered = |context: Context| {
        let of = move |action: &&Action| action.context() == context && state.offers(**action);
        Action::ALL.iter().filter(of).copied().collect::<Vec<_>>()
    };
    let contexts = state.contexts();
    let everywhere = if state.typing() {
        Vec::new()
    } else {
        offered(Context::Global)
    };
    let tail: Vec<(String, &str)> = everywhere
        .iter()
        .filter_map(|&action| hint(state, action))
        .collect();
    let tail_width: u16 = tail.iter().map(|(key, label)| hint_width(key, label)).sum();
    let mut x = 1;
    let room = area.width.saturating_sub(tail_width);
    let special = contexts
        .into_iter()
        .filter(|&c| c != Context::Global)
        .flat_map(offered);
    for (key, label) in special.filter_map(|action| hint(state, action)) {
        if x + hint_width(&key, label) > room {
            break;
        }
        x = draw_hint(buf, area, x, &key, label, theme);
    }
    x = room.max(x);
    for (key, label) in &tail {
        x = draw_hint(buf, area, x, key, label, theme);
    }
}

/// The key (or the two keys) of an action and its label; `None` if it has no key or no label.
fn hint(state: &State, action: Action) -> Option<(String, &'static str)> {
    let label = state.label(action);
    let key = state
        .keymap
        .first_shown(action)
        .filter(|_| !label.is_empty())?;
    let other = action
        .partner()
        .and_then(|partner| state.keymap.first_shown(partner))
        .unwrap_or_default();
    // Words need something between them, single characters do not.
    let words = !other.is_empty() && (key.chars().count() > 1 || other.chars().count() > 1);
    let between = if words { "/" } else { "" };
    Some((format!("{key}{between}{other}"), label))
}

fn hint_width(key: &str, label: &str) -> u16 {
    (Span::raw(key).width() + Span::raw(label).width() + 3) as u16
}

fn draw_hint(buf: &mut Buffer, area: Rect, x: u16, key: &str, label: &str, theme: &Theme) -> u16 {
    let used = put(buf, area, x, 0, key, theme.key);
    let used = used + put(buf, area, x + used + 1, 0, label, theme.muted);
    x + used + 3
}
