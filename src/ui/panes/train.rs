//! The Train screen: charts, and one line about the current batch.

use super::charts::draw_chart;
use super::overlaid;
use crate::app::action::Action;
use crate::app::state::State;
use crate::app::train::{Phase, Settings, TestResult, TrainView};
use crate::model::loss::LossSpec;
use crate::train::Recipe;
use crate::train::recipe::{Sampling, Schedule};
use crate::ui::widgets::frame::{centred, framed, part, put, put_line};
use crate::ui::widgets::numbers::{percent, plain, short};
use crate::ui::widgets::scale;
use crate::ui::{Canvas, Theme};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// ```text
/// ┌ loss ── train 0.21 ╌╌ valid 0.35 ─────┐┌ validation EER 8.1 % ────────────────┐
/// │0.69⢇                                  ││40 %⢣                                 │
/// │0.21 ⠈⠢⢄⣀⡀⠤⠤⠤⠤                          ││ 0 % ⠈⠢⣀ ◆                            │
/// └───────────────────────────────────────┘└──────────────────────────────────────┘
/// ┌ accuracy ─────────────────────────────┐┌ similarity ──────────────────────────┐
/// │100%     ⣀⣀⠤⠤⠒⠒⠉⠉                      ││ different ▁▂▅██▇▅▃▂▁▁                │
/// │ 50%⣀⣀⠤⠤⠒                              ││         0 ········│0.58·········· 1  │
/// └───────────────────────────────────────┘└──────────────────────────────────────┘
///  batch 27/42 ━━━━━━━━━━━━━━━━━━━━━━━━━━╸··········  1.3 k pairs/s  loss 0.214  lr 6.1e-4
/// ```
pub(in crate::ui) fn draw(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let train = &state.train;
    let legend = overlaid::legend_rows(train, area.width, theme);
    let charts = part(area, 0, 0, area.width, area.height - 2 - legend);
    let others = part(area, 0, charts.height, area.width, legend);
    let settings = part(area, 0, area.height - 2, area.width, 1);
    let line = part(area, 0, area.height - 1, area.width, 1);
    let nothing = train.epochs.is_empty() && train.overlaid.is_empty();
    if matches!(train.phase, Phase::Idle) && nothing {
        return draw_plan(buf, area, state, theme);
    }
    if train.zoomed {
        draw_chart(buf, charts, state, train.focus, theme);
    } else {
        draw_charts(buf, charts, state, theme);
    }
    if legend > 0 {
        overlaid::draw_legend(buf, others, train, theme);
    }
    draw_settings(buf, settings, state, theme);
    match train.phase {
        Phase::Finished { .. } => draw_result(buf, line, state, theme),
        _ => draw_batch(buf, line, state, theme),
    }
}

/// `compact · supervised contrastive · batch 120 · lr 2.0e-3, cosine · seed 42 · people: 30 train, 5 valid, 5 test`
fn draw_settings(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let (train, settings) = (&state.train, &state.train.settings);
    let mut parts = match &train.recipe {
        Some(recipe) => in_words(recipe),
        None => vec![
            settings.preset.clone(),
            format!("batch {}", settings.batch),
            format!("lr {:.1e}", settings.learning_rate),
            format!("seed {}", settings.seed),
        ],
    };
    if let Some(started) = &train.started {
        let split = &started.split;
        parts.push(match split.validation.is_empty() {
            true => format!("people: {}", split.train.len()),
            false => format!(
                "people: {} train, {} valid, {} test",
                split.train.len(),
                split.validation.len(),
                split.test.len()
            ),
        });
        parts.push(format!("{} weights", short(started.parameters as f64)));
    }
    // What does not fit is left out as a whole.
    let room = usize::from(area.width.saturating_sub(2));
    let mut line = String::new();
    for text in parts.into_iter().filter(|part| !part.is_empty()) {
        let next = match line.is_empty() {
            true => text,
            false => format!("{line} · {text}"),
        };
        if next.chars().count() > room {
            break;
        }
        line = next;
    }
    put(buf, area, 1, 0, &line, theme.muted);
}

/// The hyper-parameters of a recipe, the most important first.
fn in_words(recipe: &Recipe) -> Vec<String> {
    let loss = match recipe.loss {
        LossSpec::PairCrossEntropy => "pair cross-entropy",
        LossSpec::Contrastive { .. } => "contrastive loss",
        LossSpec::Triplet { .. } => "triplet loss",
        LossSpec::SupervisedContrastive { .. } => "supervised contrastive",
    };
    let batch = match recipe.sampling {
        Sampling::Pairs { batch } => format!("batch {batch} pairs"),
        Sampling::Identities {
            people, pictures, ..
        } => format!("batch {people}×{pictures}"),
    };
    let schedule = match recipe.schedule {
        Schedule::Constant => "",
        Schedule::Cosine => " cosine",
    };
    vec![
        recipe.preset.clone(),
        loss.to_owned(),
        batch,
        format!("lr {:.1e}{schedule}", recipe.learning_rate),
        format!("seed {}", recipe.seed),
    ]
}

/// `◆ kept: epoch 11, validation EER 8.0 % · test EER 7.1 % (95 %: 2.0–15.1 %) on 5 people`
fn draw_result(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let train = &state.train;
    let kept = train.best_epoch().map(|best| {
        let eer = percent(best.validated(|v| v.eer));
        format!("◆ kept: epoch {}, validation EER {eer}", best.epoch)
    });
    let used = put(buf, area, 1, 0, &kept.unwrap_or_default(), theme.best);
    let text = match train.tested.get() {
        Some(result) => test_in_words(result),
        None if train.tested.waiting() => "testing …".to_owned(),
        None => return,
    };
    put(buf, area, used + 2, 0, &format!("· {text}"), theme.text);
}

fn test_in_words(result: &TestResult) -> String {
    let people = result.people;
    match (result.eer.value, result.eer.ci95) {
        (Some(eer), Some(ends)) => {
            let [low, high] = [ends.low, ends.high].map(|end| format!("{:.1}", 100.0 * end));
            let eer = percent(eer);
            format!("test EER {eer} ({low}–{high}) on {people} people")
        }
        (Some(eer), None) => format!("test EER {} on {people} people", percent(eer)),
        (None, _) => format!("test EER n/a: {people} people are too few"),
    }
}

fn draw_charts(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let shown = TrainView::charts(area.width);
    let across = TrainView::across(area.width) as u16;
    let down = (shown.len() as u16).div_ceil(across);
    for (i, &chart) in shown.iter().enumerate() {
        let (column, row) = (i as u16 % across, i as u16 / across);
        let x = column * area.width / across;
        let y = row * area.height / down;
        let width = (column + 1) * area.width / across - x;
        let height = (row + 1) * area.height / down - y;
        draw_chart(buf, part(area, x, y, width, height), state, chart, theme);
    }
}

/// Draws the settings of the next training, before one has started.
fn draw_plan(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let settings = &state.train.settings;
    let inner = framed(
        buf,
        area,
        theme,
        true,
        Line::styled("training", theme.title),
        Line::default(),
    );
    let key = |action| state.keymap.first_shown(action).unwrap_or_default();
    let lines = [
        ("Nothing is being trained.".to_owned(), theme.title),
        (String::new(), theme.text),
        (plan_in_words(settings), theme.accent),
        (
            format!(
                "{} epochs · batch {} · learning rate {} · seed {} · {} threads",
                settings.epochs, settings.batch, settings.learning_rate, settings.seed, settings.threads
            ),
            theme.text,
        ),
        (String::new(), theme.text),
        (format!("{}  starts the training", key(Action::StartTraining)), theme.key),
        (format!("{}  changes these settings first", key(Action::EditSettings)), theme.key),
        (format!("{}  lists the runs there are", key(Action::ShowRuns)), theme.key),
        (String::new(), theme.text),
        (
            "The network learns from pairs: the embeddings of one person should be close, those of two people far \
             apart. Training runs in the background, and you can use the other screens meanwhile."
                .to_owned(),
            theme.muted,
        ),
    ];
    centred(buf, inner, &lines);
}

/// `tutorial on orl, as in the article: a tenth of the pairs is held out`
fn plan_in_words(settings: &Settings) -> String {
    let name = format!("{} on {}", settings.preset, settings.data);
    match (settings.is_article(), settings.by_pairs) {
        (true, _) => format!("{name}, as in the article: a tenth of the pairs is held out"),
        (false, true) => format!("{name}; a tenth of the pairs is held out"),
        (false, false) => name,
    }
}

/// `batch 27/42 ━━━━━━━━·······  1.3 k pairs/s  loss 0.214  lr 6.1e-4`
fn draw_batch(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let train = &state.train;
    let Some(batch) = train.last_batch else {
        return;
    };
    let member = match train.started.as_ref().filter(|s| s.members.len() > 1) {
        Some(started) => format!(
            "member {}/{}  ",
            started.member(batch.epoch),
            started.members.len()
        ),
        None => String::new(),
    };
    let head = format!("{member}batch {}/{}", batch.batch, batch.batches);
    let x = put(buf, area, 1, 0, &head, theme.text) + 2;
    let loss = if batch.loss.is_finite() {
        plain(f64::from(batch.loss))
    } else {
        "is NaN".into()
    };
    let loss_style = if batch.loss.is_finite() {
        theme.text
    } else {
        theme.error
    };
    let saved = match &train.saved {
        Some((_, epoch)) if area.width >= 100 => format!("  saved epoch {epoch}"),
        _ => String::new(),
    };
    let tail = Line::from(vec![
        Span::styled(
            format!("  {:>7}", short(f64::from(batch.pairs_per_second))),
            theme.text,
        ),
        Span::styled(" pairs/s", theme.muted),
        Span::styled("  loss ", theme.muted),
        Span::styled(loss, loss_style),
        Span::styled("  lr ", theme.muted),
        Span::styled(format!("{:.1e}", batch.learning_rate), theme.text),
        Span::styled(saved, theme.muted),
    ]);
    let width = area.width.saturating_sub(x + tail.width() as u16 + 1);
    let share = batch.batch as f64 / batch.batches.max(1) as f64;
    scale::draw_bar(
        buf,
        area,
        (x, 0, width),
        share,
        (theme.accent, theme.border),
    );
    put_line(buf, area, x + width, 0, &tail);
}
