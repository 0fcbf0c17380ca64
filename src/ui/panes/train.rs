//! The Train screen: charts, and the line of the batch.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::action::Action;
use crate::app::state::State;
use crate::app::train::{Chart, Phase, TrainView};
use crate::train::events::EpochMetrics;
use crate::ui::Theme;
use crate::ui::widgets::frame::{centred, framed, part, put, put_line};
use crate::ui::widgets::numbers::{axis, percent, plain, short, thousands};
use crate::ui::widgets::plot::{Curve, Look, Plot, limits, smooth};
use crate::ui::widgets::{histogram, scale};

/// ```text
/// ┌ loss ── train 0.21 ╌╌ valid 0.35 ─────┐┌ EER on strangers 8.1 % ──────────────┐
/// │0.69⢇                                  ││40 %⢣                                 │
/// │0.21 ⠈⠢⢄⣀⡀⠤⠤⠤⠤                          ││ 0 % ⠈⠢⣀ ◆                            │
/// └───────────────────────────────────────┘└──────────────────────────────────────┘
/// ┌ accuracy ─────────────────────────────┐┌ similarity ──────────────────────────┐
/// │100%     ⣀⣀⠤⠤⠒⠒⠉⠉                      ││ different ▁▂▅██▇▅▃▂▁▁                │
/// │ 50%⣀⣀⠤⠤⠒                              ││         0 ········│0.58·········· 1  │
/// └───────────────────────────────────────┘└──────────────────────────────────────┘
///  batch 27/42 ███████████████████░░░░░░░░  1,312 pairs/s  loss 0.214  rate 6.1e-4
/// ```
pub(in crate::ui) fn draw(buf: &mut Buffer, area: Rect, state: &State, theme: &Theme) {
    let train = &state.train;
    let charts = part(area, 0, 0, area.width, area.height - 1);
    let line = part(area, 0, area.height - 1, area.width, 1);
    if matches!(train.phase, Phase::Idle) && train.epochs.is_empty() {
        draw_plan(buf, charts, state, theme);
    } else if train.zoomed {
        draw_chart(buf, charts, state, train.focus, theme);
    } else {
        draw_charts(buf, charts, state, theme);
    }
    draw_batch(buf, line, state, theme);
}

fn draw_charts(buf: &mut Buffer, area: Rect, state: &State, theme: &Theme) {
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

/// What is going to happen, before it does.
fn draw_plan(buf: &mut Buffer, area: Rect, state: &State, theme: &Theme) {
    let settings = &state.train.settings;
    let inner = framed(buf, area, theme, true, Line::styled("training", theme.title), Line::default());
    let key = |action| state.keymap.first_shown(action).unwrap_or_default();
    let lines = [
        ("Nothing trained yet.".to_owned(), theme.title),
        (String::new(), theme.text),
        (format!("{} on {}", settings.preset, settings.data), theme.accent),
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
        (String::new(), theme.text),
        (
            "The network learns from pairs: two photographs of one person shall be near, of two people far apart. It \
             runs in the background; the other screens stay alive meanwhile."
                .to_owned(),
            theme.muted,
        ),
    ];
    centred(buf, inner, &lines);
}

fn draw_chart(buf: &mut Buffer, area: Rect, state: &State, chart: Chart, theme: &Theme) {
    match chart {
        Chart::Loss => draw_loss(buf, area, state, theme),
        Chart::Eer => draw_eer(buf, area, state, theme),
        Chart::Accuracy => draw_accuracy(buf, area, state, theme),
        Chart::Similarity => draw_similarity(buf, area, state, theme),
        Chart::Auc => draw_auc(buf, area, state, theme),
        Chart::Speed => draw_speed(buf, area, state, theme),
    }
}

/// The frame of a chart: its name, then the newest value of each curve, or that under the crosshair.
fn chart_frame(buf: &mut Buffer, area: Rect, state: &State, chart: Chart, title: Vec<Span<'static>>, theme: &Theme) -> Rect {
    let focused = state.train.focus == chart;
    let below = match state.train.read_epoch().filter(|_| focused) {
        Some(point) => Line::styled(format!("epoch {}", point.epoch), theme.threshold),
        None => Line::default(),
    };
    framed(buf, area, theme, focused, Line::from(title), below)
}

/// Curve, value: `── train 0.21`.
fn legend(mark: &'static str, name: &'static str, value: Option<String>, style: Style) -> Vec<Span<'static>> {
    let value = value.map_or(String::new(), |v| format!(" {v}"));
    vec![Span::styled(format!("  {mark} {name}{value}"), style)]
}

/// The epoch that titles read: under the crosshair, or the newest.
fn read(train: &TrainView) -> Option<&EpochMetrics> {
    train.read_epoch().or(train.epochs.last())
}

/// The axis grows in steps, so that a curve fills its chart early and does not creep all the time.
fn x_limits(train: &TrainView) -> (f64, f64) {
    let done = train.last_batch.map_or(0.0, |b| f64::from(b.epoch.0)).max(train.epochs.len() as f64);
    let done = done.max(train.past.as_ref().map_or(0.0, |past| past.epochs.len() as f64));
    let planned = f64::from(train.epochs_planned()).max(1.0);
    let mut end = planned;
    while end / 2.0 >= done.max(2.0) {
        end /= 2.0;
    }
    (0.0, end.max(done).ceil())
}

fn curve(train: &TrainView, value: impl Fn(&EpochMetrics) -> f64, look: Look, style: Style) -> Curve {
    let points: Vec<_> = train.epochs.iter().map(|p| (f64::from(p.epoch.0), value(p))).collect();
    let keep = [0.0, 0.6, 0.85][usize::from(train.smoothing.min(2))];
    Curve { points: smooth(&points, keep), look, style }
}

fn past_curve(train: &TrainView, value: impl Fn(&EpochMetrics) -> f64, style: Style) -> Option<Curve> {
    let past = train.past.as_ref()?;
    let points = past.epochs.iter().map(|p| (f64::from(p.epoch.0), value(p))).collect();
    Some(Curve { points, look: Look::Dashed, style })
}

fn ys(curves: &[Curve]) -> impl Iterator<Item = f64> {
    curves.iter().flat_map(|curve| curve.points.iter().map(|point| point.1))
}

fn marks(train: &TrainView, value: impl Fn(&EpochMetrics) -> f64, theme: &Theme) -> Vec<(f64, f64, &'static str, Style)> {
    let best = train.best.and_then(|i| train.epochs.get(i));
    best.map(|p| (f64::from(p.epoch.0), value(p), "◆", theme.best)).into_iter().collect()
}

fn crosshair(train: &TrainView) -> Option<f64> {
    train.read_epoch().map(|point| f64::from(point.epoch.0))
}

fn draw_loss(buf: &mut Buffer, area: Rect, state: &State, theme: &Theme) {
    let train = &state.train;
    let point = read(train);
    let mut title = vec![Span::styled(if train.log { "loss (log)" } else { "loss" }, theme.title)];
    let batch = train.last_batch.map(|b| plain(f64::from(b.loss)));
    title.extend(legend("──", "train", point.map(|p| plain(f64::from(p.train_loss))).or(batch), theme.train));
    title.extend(legend("╌╌", "valid", point.map(|p| plain(f64::from(p.val_loss))), theme.valid));
    let inner = chart_frame(buf, area, state, Chart::Loss, title, theme);
    let batches = train.batches.iter().map(|(x, b)| (*x, f64::from(b.loss))).collect();
    let mut curves = vec![Curve { points: batches, look: Look::Dots, style: theme.batch }];
    curves.extend(past_curve(train, |p| f64::from(p.val_loss), theme.past));
    curves.push(curve(train, |p| f64::from(p.train_loss), Look::Solid, theme.train));
    curves.push(curve(train, |p| f64::from(p.val_loss), Look::Dashed, theme.valid));
    let Some((low, high)) = limits(ys(&curves)) else { return draw_waiting(buf, inner, state, theme) };
    let y = if train.log { (low.max(1e-6), high.max(1e-5)) } else { (0.0_f64.min(low), high) };
    let plot = Plot {
        curves,
        x: x_limits(train),
        y,
        log: train.log,
        label: &axis,
        marks: Vec::new(),
        crosshair: crosshair(train),
        level: None,
    };
    plot.draw(buf, inner, theme);
}

fn draw_eer(buf: &mut Buffer, area: Rect, state: &State, theme: &Theme) {
    let train = &state.train;
    let mut title = vec![Span::styled("EER", theme.title)];
    let name = if area.width < 50 { "valid" } else { "on strangers" };
    title.extend(legend("──", name, read(train).map(|p| percent(p.val_eer)), theme.valid));
    if let Some(best) = train.best.and_then(|i| train.epochs.get(i)) {
        title.push(Span::styled(format!("  ◆ {} @ {}", percent(best.val_eer), best.epoch), theme.best));
    }
    let inner = chart_frame(buf, area, state, Chart::Eer, title, theme);
    let mut curves: Vec<Curve> = past_curve(train, |p| p.val_eer, theme.past).into_iter().collect();
    curves.push(curve(train, |p| p.val_eer, Look::Solid, theme.valid));
    let Some((_, high)) = limits(ys(&curves)) else { return draw_waiting(buf, inner, state, theme) };
    let plot = Plot {
        curves,
        x: x_limits(train),
        y: (0.0, high.max(0.05)),
        log: false,
        label: &|v| format!("{:.0} %", v * 100.0),
        marks: marks(train, |p| p.val_eer, theme),
        crosshair: crosshair(train),
        level: None,
    };
    plot.draw(buf, inner, theme);
}

fn draw_accuracy(buf: &mut Buffer, area: Rect, state: &State, theme: &Theme) {
    let train = &state.train;
    let point = read(train);
    let mut title = vec![Span::styled("accuracy", theme.title)];
    let narrow = area.width < 50;
    let shown = |value: f32| {
        let share = f64::from(value);
        if narrow { format!("{:.0}%", share * 100.0) } else { percent(share) }
    };
    title.extend(legend("──", "train", point.map(|p| shown(p.train_accuracy)), theme.train));
    title.extend(legend("╌╌", "valid", point.map(|p| shown(p.val_accuracy)), theme.valid));
    let inner = chart_frame(buf, area, state, Chart::Accuracy, title, theme);
    let batches = train.batches.iter().map(|(x, b)| (*x, f64::from(b.accuracy))).collect();
    let mut curves = vec![Curve { points: batches, look: Look::Dots, style: theme.batch }];
    curves.extend(past_curve(train, |p| f64::from(p.val_accuracy), theme.past));
    curves.push(curve(train, |p| f64::from(p.train_accuracy), Look::Solid, theme.train));
    curves.push(curve(train, |p| f64::from(p.val_accuracy), Look::Dashed, theme.valid));
    let Some((low, _)) = limits(ys(&curves)) else { return draw_waiting(buf, inner, state, theme) };
    share_plot(train, curves, low, theme, Vec::new()).draw(buf, inner, theme);
}

fn draw_auc(buf: &mut Buffer, area: Rect, state: &State, theme: &Theme) {
    let train = &state.train;
    let mut title = vec![Span::styled("AUC", theme.title)];
    title.extend(legend("──", "on strangers", read(train).map(|p| format!("{:.4}", p.val_auc)), theme.valid));
    let inner = chart_frame(buf, area, state, Chart::Auc, title, theme);
    let mut curves: Vec<Curve> = past_curve(train, |p| p.val_auc, theme.past).into_iter().collect();
    curves.push(curve(train, |p| p.val_auc, Look::Solid, theme.valid));
    let Some((low, _)) = limits(ys(&curves)) else { return draw_waiting(buf, inner, state, theme) };
    share_plot(train, curves, low, theme, marks(train, |p| p.val_auc, theme)).draw(buf, inner, theme);
}

/// A plot whose y axis ends at 100 %.
fn share_plot(
    train: &TrainView,
    curves: Vec<Curve>,
    low: f64,
    _theme: &Theme,
    marks: Vec<(f64, f64, &'static str, Style)>,
) -> Plot<'static> {
    let bottom = if low >= 0.9 { 0.9 } else if low >= 0.5 { 0.5 } else { 0.0 };
    Plot {
        curves,
        x: x_limits(train),
        y: (bottom, 1.0),
        log: false,
        label: &|v| format!("{:.0} %", v * 100.0),
        marks,
        crosshair: crosshair(train),
        level: None,
    }
}

fn draw_speed(buf: &mut Buffer, area: Rect, state: &State, theme: &Theme) {
    let train = &state.train;
    let mut title = vec![Span::styled("speed", theme.title)];
    let newest = train.last_batch.map(|b| short(f64::from(b.pairs_per_second)));
    title.extend(legend("──", "comparisons/s", newest, theme.train));
    let inner = chart_frame(buf, area, state, Chart::Speed, title, theme);
    let points = train.batches.iter().map(|(x, b)| (*x, f64::from(b.pairs_per_second))).collect();
    let curves = vec![Curve { points, look: Look::Solid, style: theme.train }];
    let Some((_, high)) = limits(ys(&curves)) else { return draw_waiting(buf, inner, state, theme) };
    let plot = Plot {
        curves,
        x: x_limits(train),
        y: (0.0, high),
        log: false,
        label: &|v| short(v).replace(' ', ""),
        marks: Vec::new(),
        crosshair: crosshair(train),
        level: None,
    };
    plot.draw(buf, inner, theme);
}

fn draw_similarity(buf: &mut Buffer, area: Rect, state: &State, theme: &Theme) {
    let scores = state.train.scores.as_ref();
    let counts = scores.map_or(String::new(), |s| {
        format!("  {} + {} comparisons", thousands(s.mated.len() as u64), thousands(s.non_mated.len() as u64))
    });
    let title = vec![Span::styled("similarity", theme.title), Span::styled(counts, theme.muted)];
    let inner = chart_frame(buf, area, state, Chart::Similarity, title, theme);
    match scores {
        Some(scores) => histogram::draw(buf, inner, scores, state.verify.threshold, theme),
        None => draw_waiting(buf, inner, state, theme),
    }
}

/// Why a chart is still empty.
fn draw_waiting(buf: &mut Buffer, area: Rect, state: &State, theme: &Theme) {
    let (text, style) = match &state.train.phase {
        Phase::Failed(why) => (why.as_str(), theme.error),
        Phase::Starting => ("building the network …", theme.muted),
        Phase::Finished { .. } => ("no epoch was completed", theme.muted),
        _ => ("after the first epoch", theme.muted),
    };
    centred(buf, area, &[(text.to_owned(), style)]);
}

/// `batch 27/42 ████████·······  1,312 pairs/s  loss 0.214  rate 6.1e-4`
fn draw_batch(buf: &mut Buffer, area: Rect, state: &State, theme: &Theme) {
    let train = &state.train;
    let Some(batch) = train.last_batch else { return };
    let head = format!("batch {}/{}", batch.batch, batch.batches);
    let x = put(buf, area, 1, 0, &head, theme.text) + 2;
    let loss = if batch.loss.is_finite() { plain(f64::from(batch.loss)) } else { "is NaN".into() };
    let loss_style = if batch.loss.is_finite() { theme.text } else { theme.error };
    let saved = match &train.saved {
        Some((_, epoch)) if area.width >= 100 => format!("  saved epoch {epoch}"),
        _ => String::new(),
    };
    let tail = Line::from(vec![
        Span::styled(format!("  {:>7}", short(f64::from(batch.pairs_per_second))), theme.text),
        Span::styled(" pairs/s", theme.muted),
        Span::styled("  loss ", theme.muted),
        Span::styled(loss, loss_style),
        Span::styled("  rate ", theme.muted),
        Span::styled(format!("{:.1e}", batch.learning_rate), theme.text),
        Span::styled(saved, theme.muted),
    ]);
    let width = area.width.saturating_sub(x + tail.width() as u16 + 1);
    let share = batch.batch as f64 / batch.batches.max(1) as f64;
    scale::draw_bar(buf, area, (x, 0, width), share, (theme.accent, theme.border));
    put_line(buf, area, x + width, 0, &tail);
}
