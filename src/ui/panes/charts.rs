//! The charts of the Train screen.

use super::curves::{
    alone_legend, chart_frame, crosshair, curve, legend, marks, past_curve, read, read_validated,
    share_plot, trained_and_validated, x_limits, ys,
};
use crate::app::state::State;
use crate::app::train::{Chart, Phase, TrainView};
use crate::train::events::ValidationMetrics;
use crate::ui::widgets::frame::centred;
use crate::ui::widgets::histogram;
use crate::ui::widgets::numbers::{axis, percent, plain, short, thousands};
use crate::ui::widgets::plot::{Curve, Look, Plot, limits};
use crate::ui::{Canvas, Theme};
use ratatui::layout::Rect;
use ratatui::text::Span;

pub(super) fn draw_chart(
    buf: &mut Canvas<'_>,
    area: Rect,
    state: &State,
    chart: Chart,
    theme: &Theme,
) {
    match chart {
        Chart::Loss => draw_loss(buf, area, state, theme),
        Chart::Eer => draw_eer(buf, area, state, theme),
        Chart::Accuracy => draw_accuracy(buf, area, state, theme),
        Chart::Similarity => draw_similarity(buf, area, state, theme),
        Chart::Auc => draw_auc(buf, area, state, theme),
        Chart::Speed => draw_speed(buf, area, state, theme),
    }
}

fn draw_loss(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let train = &state.train;
    let point = read(train);
    let measured = read_validated(train);
    let mut title = vec![Span::styled(
        match train.log {
            // A narrow chart has no room for both words.
            true if area.width < 50 => "log",
            true => "loss (log)",
            false => "loss",
        },
        theme.title,
    )];
    let batch = train.last_batch.map(|b| plain(f64::from(b.loss)));
    title.extend(legend(
        "──",
        "train",
        point.map(|p| plain(f64::from(p.train_loss))).or(batch),
        theme.train,
    ));
    title.extend(legend(
        "╌╌",
        "valid",
        measured.map(|v| plain(f64::from(v.loss))),
        theme.valid,
    ));
    let inner = chart_frame(buf, area, state, Chart::Loss, title, theme);
    let curves = trained_and_validated(train, |b| b.loss, (|p| p.train_loss, |v| v.loss), theme);
    let Some((low, high)) = limits(ys(&curves)) else {
        return draw_waiting(buf, inner, state, theme);
    };
    let y = if train.log {
        (low.max(1e-6), high.max(1e-5))
    } else {
        (0.0_f64.min(low), high)
    };
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

fn draw_eer(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let train = &state.train;
    let newest = read_validated(train).map(|p| percent(p.eer));
    let mut title = validation_title("EER", newest, (train, area.width), theme);
    if let Some(best) = train.best_epoch() {
        title.push(Span::styled(
            format!("  ◆ {} @{}", percent(best.validated(|v| v.eer)), best.epoch),
            theme.best,
        ));
    }
    title.extend(alone_legend(train, |v| percent(v.eer), area.width, theme));
    let inner = chart_frame(buf, area, state, Chart::Eer, title, theme);
    let mut curves: Vec<Curve> = past_curve(train, |p| p.validated(|v| v.eer), theme.past)
        .into_iter()
        .collect();
    curves.push(curve(
        train,
        |p| p.validated(|v| v.eer),
        Look::Solid,
        theme.valid,
    ));
    let Some((_, high)) = limits(ys(&curves)) else {
        return draw_waiting(buf, inner, state, theme);
    };
    let plot = Plot {
        curves,
        x: x_limits(train),
        y: (0.0, high.max(0.05)),
        log: false,
        label: &|v| format!("{:.0} %", v * 100.0),
        marks: marks(train, |p| p.validated(|v| v.eer), theme),
        crosshair: crosshair(train),
        level: None,
    };
    plot.draw(buf, inner, theme);
}

fn draw_accuracy(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let train = &state.train;
    let point = read(train);
    let measured = read_validated(train);
    let mut title = vec![Span::styled("accuracy", theme.title)];
    let narrow = area.width < 50;
    let shown = |value: f32| {
        let share = f64::from(value);
        if narrow {
            format!("{:.0}%", share * 100.0)
        } else {
            percent(share)
        }
    };
    title.extend(legend(
        "──",
        "train",
        point.map(|p| shown(p.train_accuracy)),
        theme.train,
    ));
    title.extend(legend(
        "╌╌",
        "valid",
        measured.map(|v| shown(v.accuracy)),
        theme.valid,
    ));
    let inner = chart_frame(buf, area, state, Chart::Accuracy, title, theme);
    let curves = trained_and_validated(
        train,
        |b| b.accuracy,
        (|p| p.train_accuracy, |v| v.accuracy),
        theme,
    );
    let Some((low, _)) = limits(ys(&curves)) else {
        return draw_waiting(buf, inner, state, theme);
    };
    share_plot(train, curves, low, Vec::new()).draw(buf, inner, theme);
}

fn draw_auc(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let train = &state.train;
    let newest = read_validated(train).map(|p| format!("{:.4}", p.auc));
    let mut title = validation_title("AUC", newest, (train, area.width), theme);
    let alone = |v: &ValidationMetrics| format!("{:.4}", v.auc);
    title.extend(alone_legend(train, alone, area.width, theme));
    let inner = chart_frame(buf, area, state, Chart::Auc, title, theme);
    let mut curves: Vec<Curve> = past_curve(train, |p| p.validated(|v| v.auc), theme.past)
        .into_iter()
        .collect();
    curves.push(curve(
        train,
        |p| p.validated(|v| v.auc),
        Look::Solid,
        theme.valid,
    ));
    let Some((low, _)) = limits(ys(&curves)) else {
        return draw_waiting(buf, inner, state, theme);
    };
    let best = marks(train, |p| p.validated(|v| v.auc), theme);
    share_plot(train, curves, low, best).draw(buf, inner, theme);
}

fn draw_speed(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let train = &state.train;
    let mut title = vec![Span::styled("speed", theme.title)];
    let newest = train
        .last_batch
        .map(|b| short(f64::from(b.pairs_per_second)));
    title.extend(legend("──", "comparisons/s", newest, theme.train));
    let inner = chart_frame(buf, area, state, Chart::Speed, title, theme);
    let points = train
        .batches
        .iter()
        .map(|(x, b)| (*x, f64::from(b.pairs_per_second)))
        .collect();
    let curves = vec![Curve {
        points,
        look: Look::Solid,
        style: theme.train,
    }];
    let Some((_, high)) = limits(ys(&curves)) else {
        return draw_waiting(buf, inner, state, theme);
    };
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

fn draw_similarity(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    // Without a training, show the validation scores of the loaded model.
    let answering = state.model.as_ref().and_then(|model| model.scores.as_ref());
    let idle = matches!(state.train.phase, Phase::Idle);
    let scores = state.train.scores.as_ref();
    let scores = scores.or(answering.filter(|_| idle));
    let counts = scores.map_or(String::new(), |s| {
        format!(
            "  {} + {} comparisons",
            thousands(s.mated.len() as u64),
            thousands(s.non_mated.len() as u64)
        )
    });
    let title = vec![
        Span::styled("similarity", theme.title),
        Span::styled(counts, theme.muted),
    ];
    let inner = chart_frame(buf, area, state, Chart::Similarity, title, theme);
    match scores.filter(|scores| !scores.mated.is_empty()) {
        Some(scores) => histogram::draw(buf, inner, scores, state.verify.threshold, theme),
        None => draw_waiting(buf, inner, state, theme),
    }
}

/// The title of a chart with one validation metric: its name, where there is room on whom, and the newest value. The value of
/// a backbone alone, which follows, takes room too.
fn validation_title(
    metric: &str,
    value: Option<String>,
    (train, width): (&TrainView, u16),
    theme: &Theme,
) -> Vec<Span<'static>> {
    let name = match (train.backbone_alone().is_some(), width) {
        (true, 0..60) => metric.to_owned(),
        (false, 60..) | (true, 90..) => format!("validation {metric} (unseen people)"),
        _ => format!("validation {metric}"),
    };
    let value = value.map_or(String::new(), |value| format!(" {value}"));
    vec![
        Span::styled(name, theme.title),
        Span::styled(value, theme.valid),
    ]
}

/// Says why a chart is still empty.
fn draw_waiting(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let (text, style) = match &state.train.phase {
        Phase::Failed(why) => (why.as_str(), theme.error),
        Phase::Starting => ("building the network …", theme.muted),
        _ if !state.train.epochs.is_empty() => ("no people held out for validation", theme.muted),
        Phase::Finished { .. } => ("no epoch was completed", theme.muted),
        _ => ("after the first epoch", theme.muted),
    };
    centred(buf, area, &[(text.to_owned(), style)]);
}
