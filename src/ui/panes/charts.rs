//! The charts of the Train screen.

use super::curves::{
    alone_legend, chart_frame, curve, in_percent, legend, marks, plot_over_epochs, read,
    read_validated, share_plot, trained, validated, ys,
};
use super::overlaid;
use crate::app::state::State;
use crate::app::train::{Chart, Phase, TrainView};
use crate::train::events::ValidationMetrics;
use crate::ui::widgets::frame::{centred, part};
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
    let note = match train.one_loss() {
        true => String::new(),
        false => "two kinds of loss: not comparable".to_owned(),
    };
    let inner = chart_frame(buf, area, state, Chart::Loss, (title, note), theme);
    let trained = trained(train, |b| b.loss, |p| p.train_loss, theme);
    let validated = validated(train, |v| v.loss, theme);
    if limits(ys(&trained).chain(ys(&validated))).is_none() {
        return draw_waiting(buf, inner, state, theme);
    }
    if train.one_loss() {
        let curves = trained.into_iter().chain(validated).collect();
        return loss_plot(train, area.width, curves, theme, true).draw(buf, inner, theme);
    }
    let upper = inner.height / 2;
    let above = part(inner, 0, 0, inner.width, upper);
    loss_plot(train, area.width, trained, theme, false).draw(buf, above, theme);
    let below = part(inner, 0, upper, inner.width, inner.height - upper);
    let mut plot = loss_plot(train, area.width, validated, theme, true);
    plot.marks = marks(train, |p| p.validated(|v| v.loss), theme);
    plot.draw(buf, below, theme);
}

/// Curves of one kind of loss, over an axis of their own.
fn loss_plot<'a>(
    train: &TrainView,
    width: u16,
    curves: Vec<Curve>,
    theme: &Theme,
    with_x_axis: bool,
) -> Plot<'a> {
    let (low, high) = limits(ys(&curves)).unwrap_or((0.0, 1.0));
    let y = if train.log {
        (low.max(1e-6), high.max(1e-5))
    } else {
        (0.0_f64.min(low), high)
    };
    let both = with_x_axis && train.one_loss();
    let plot = plot_over_epochs(train, width, y, &axis);
    Plot {
        marks: match both {
            true => marks(train, |p| p.validated(|v| v.loss), theme),
            false => Vec::new(),
        },
        curves,
        log: train.log,
        x_name: plot.x_name.filter(|_| with_x_axis),
        ..plot
    }
}

fn draw_eer(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let train = &state.train;
    let newest = read_validated(train).map(|p| percent(p.eer));
    let mut title = validation_title("EER", newest, (train, area.width), theme);
    title.extend(alone_legend(train, |v| percent(v.eer), area.width, theme));
    let kept = train.best_epoch().map_or(String::new(), |best| {
        let eer = percent(best.validated(|v| v.eer));
        format!("◆ kept: epoch {}, {eer}", best.epoch)
    });
    let inner = chart_frame(buf, area, state, Chart::Eer, (title, kept), theme);
    let mut curves = overlaid::curves(train, |p| p.validated(|v| v.eer), theme);
    curves.push(curve(
        train,
        |p| p.validated(|v| v.eer),
        Look::Solid,
        theme.valid,
    ));
    let Some((_, high)) = limits(ys(&curves)) else {
        return draw_waiting(buf, inner, state, theme);
    };
    // A round end, so that the labels are the values where they stand.
    let end = [0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8]
        .into_iter()
        .find(|end| *end >= high);
    let y = (0.0, end.unwrap_or(1.0));
    let plot = Plot {
        curves,
        marks: marks(train, |p| p.validated(|v| v.eer), theme),
        ..plot_over_epochs(train, area.width, y, &in_percent)
    };
    plot.draw(buf, inner, theme);
}

fn draw_accuracy(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let train = &state.train;
    let point = read(train);
    let measured = read_validated(train);
    let mut title = vec![Span::styled("accuracy", theme.title)];
    let narrow = area.width < 50;
    let shown = |value: f32| match narrow {
        true => format!("{:.0} %", 100.0 * value),
        false => percent(f64::from(value)),
    };
    let trained_to = point.map(|p| shown(p.train_accuracy));
    let validated_to = measured.map(|v| shown(v.accuracy));
    match narrow {
        true => {
            let entry = |mark: &str, name: &str, value: Option<String>| {
                format!(" {mark} {name} {}", value.unwrap_or_default())
            };
            title.push(Span::styled(entry("─", "train", trained_to), theme.train));
            title.push(Span::styled(entry("╌", "valid", validated_to), theme.valid));
        }
        false => {
            title.extend(legend("──", "train", trained_to, theme.train));
            title.extend(legend("╌╌", "valid", validated_to, theme.valid));
        }
    }
    let note = sampled_pairs(state);
    let inner = chart_frame(buf, area, state, Chart::Accuracy, (title, note), theme);
    let trained = trained(train, |b| b.accuracy, |p| p.train_accuracy, theme);
    let validated = validated(train, |v| v.accuracy, theme);
    let Some((low, _)) = limits(ys(&trained).chain(ys(&validated))) else {
        return draw_waiting(buf, inner, state, theme);
    };
    let plot = Plot {
        curves: trained.into_iter().chain(validated).collect(),
        marks: marks(train, |p| p.validated(|v| v.accuracy), theme),
        ..share_plot(train, area.width, low)
    };
    plot.draw(buf, inner, theme);
}

/// On how many pairs the validation accuracy is measured: for each picture of these people one of the same person and one of
/// another, as in the tutorial.
fn sampled_pairs(state: &State) -> String {
    let (Some(started), Some(dataset)) = (&state.train.started, &state.data.dataset) else {
        return String::new();
    };
    let people = &started.split.validation;
    if people.is_empty() {
        return match started.validation.contains("pairs") {
            true => format!("valid: {}", started.validation),
            false => String::new(),
        };
    }
    let pictures = people.iter().map(|&p| dataset.person(p).images.len());
    let pairs: usize = pictures.filter(|&n| n > 1).map(|n| 2 * n).sum();
    let pairs = thousands(pairs as u64);
    format!("valid: {pairs} sampled pairs of {} people", people.len())
}

fn draw_auc(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let train = &state.train;
    let newest = read_validated(train).map(|p| format!("{:.4}", p.auc));
    let mut title = validation_title("AUC", newest, (train, area.width), theme);
    let alone = |v: &ValidationMetrics| format!("{:.4}", v.auc);
    title.extend(alone_legend(train, alone, area.width, theme));
    let kept = train.best_epoch().map_or(String::new(), |best| {
        let auc = best.validated(|v| v.auc);
        format!("◆ kept: epoch {}, {auc:.4}", best.epoch)
    });
    let inner = chart_frame(buf, area, state, Chart::Auc, (title, kept), theme);
    let mut curves = overlaid::curves(train, |p| p.validated(|v| v.auc), theme);
    curves.push(curve(
        train,
        |p| p.validated(|v| v.auc),
        Look::Solid,
        theme.valid,
    ));
    let Some((low, _)) = limits(ys(&curves)) else {
        return draw_waiting(buf, inner, state, theme);
    };
    let plot = Plot {
        curves,
        marks: marks(train, |p| p.validated(|v| v.auc), theme),
        label: &|v| format!("{v:.2}"),
        ..share_plot(train, area.width, low)
    };
    plot.draw(buf, inner, theme);
}

fn draw_speed(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let train = &state.train;
    let mut title = vec![Span::styled("speed", theme.title)];
    let newest = train
        .last_batch
        .map(|b| short(f64::from(b.pairs_per_second)));
    title.extend(legend("──", "comparisons/s", newest, theme.train));
    let note = (title, String::new());
    let inner = chart_frame(buf, area, state, Chart::Speed, note, theme);
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
    let label = |v: f64| short(v).replace(' ', "");
    let plot = Plot {
        curves,
        ..plot_over_epochs(train, area.width, (0.0, high), &label)
    };
    plot.draw(buf, inner, theme);
}

fn draw_similarity(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    // Without a training, show the validation scores of the loaded model.
    let answering = state.model.as_ref().and_then(|model| model.scores.as_ref());
    let idle = matches!(state.train.phase, Phase::Idle);
    let scores = state.train.scores.as_ref();
    let scores = scores.or(answering.filter(|_| idle));
    let title = vec![Span::styled(
        "similarity of validation comparisons",
        theme.title,
    )];
    let note = match scores.is_some() {
        true => "height: root of the count".to_owned(),
        false => String::new(),
    };
    let inner = chart_frame(buf, area, state, Chart::Similarity, (title, note), theme);
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
    let by_pairs = train
        .started
        .as_ref()
        .is_some_and(|s| s.split.validation.is_empty());
    let whom = if by_pairs {
        "people trained on"
    } else {
        "unseen people"
    };
    let name = match (train.backbone_alone().is_some(), width) {
        (true, 0..60) => metric.to_owned(),
        (false, 60..) | (true, 90..) => format!("validation {metric} ({whom})"),
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
