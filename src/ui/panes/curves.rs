//! Shared parts of the training charts: frames, legends, axis limits, curves.

use super::overlaid;
use crate::app::state::State;
use crate::app::train::{Chart, TrainView};
use crate::train::events::{BatchReport, EpochMetrics, ValidationMetrics};
use crate::ui::widgets::frame::framed;
use crate::ui::widgets::plot::{Curve, Look, Plot, smooth};
use crate::ui::{Canvas, Theme};
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// Draws the frame of a chart and returns the area inside. The title holds the newest values, or those under the
/// crosshair; the note below says what they are measured on.
pub(super) fn chart_frame(
    buf: &mut Canvas<'_>,
    area: Rect,
    state: &State,
    chart: Chart,
    (title, note): (Vec<Span<'static>>, String),
    theme: &Theme,
) -> Rect {
    let focused = state.train.focus == chart;
    let below = match state.train.read_epoch().filter(|_| focused) {
        Some(point) => Line::styled(state.epoch_name(point.epoch), theme.threshold),
        None => Line::styled(note, theme.muted),
    };
    framed(buf, area, theme, focused, Line::from(title), below)
}

/// One legend entry: `── train 0.21`.
pub(super) fn legend(
    mark: &'static str,
    name: &'static str,
    value: Option<String>,
    style: Style,
) -> Vec<Span<'static>> {
    let value = value.map_or(String::new(), |v| format!(" {v}"));
    vec![Span::styled(format!("  {mark} {name}{value}"), style)]
}

/// The legend of epoch 0, if there is one: `○ backbone 0.1 %`.
pub(super) fn alone_legend(
    train: &TrainView,
    value: impl Fn(&ValidationMetrics) -> String,
    width: u16,
    theme: &Theme,
) -> Option<Span<'static>> {
    let validation = train.backbone_alone()?.validation?;
    let name = match width {
        0..60 => "○",
        60..90 => "○ backbone",
        _ => "○ backbone alone",
    };
    let text = format!("  {name} {}", value(&validation));
    Some(Span::styled(text, theme.accent))
}

/// The epoch whose values the titles show: the one under the crosshair, or the newest.
pub(super) fn read(train: &TrainView) -> Option<&EpochMetrics> {
    train.read_epoch().or(train.epochs.last())
}

/// The same for figures of validation, if there were any: without a crosshair, of the newest epoch that was validated.
pub(super) fn read_validated(train: &TrainView) -> Option<ValidationMetrics> {
    match train.read_epoch() {
        Some(epoch) => epoch.validation,
        None => train.epochs.iter().rev().find_map(|e| e.validation),
    }
}

/// One metric of the current run over its epochs, smoothed as the user chose. Epochs that were not validated are left out, so
/// that a line joins those before and after them.
pub(super) fn curve(
    train: &TrainView,
    value: impl Fn(&EpochMetrics) -> f64,
    look: Look,
    style: Style,
) -> Curve {
    let points: Vec<_> = train
        .epochs
        .iter()
        .map(|p| (f64::from(p.epoch.0), value(p)))
        .filter(|(_, value)| !value.is_nan())
        .collect();
    let keep = [0.0, 0.6, 0.85][usize::from(train.smoothing.min(2))];
    Curve {
        points: smooth(&points, keep),
        look,
        style,
    }
}

/// Reads a figure of an epoch.
type Figure<T> = fn(&T) -> f32;

/// The curves of one metric on what is trained on: batches as dots, and the mean of each epoch.
pub(super) fn trained(
    train: &TrainView,
    of_batch: fn(&BatchReport) -> f32,
    figure: Figure<EpochMetrics>,
    theme: &Theme,
) -> Vec<Curve> {
    let batches = train.batches.iter();
    let dots = Curve {
        points: batches.map(|(x, b)| (*x, f64::from(of_batch(b)))).collect(),
        look: Look::Dots,
        style: theme.batch,
    };
    let mut line = curve(train, |p| f64::from(figure(p)), Look::Solid, theme.train);
    // Each member of an ensemble has a line of its own.
    for &before in train.member_starts().iter().rev() {
        let at = line
            .points
            .partition_point(|&(x, _)| x <= f64::from(before));
        if at > 0 {
            line.points.insert(at, (f64::from(before), f64::NAN));
        }
    }
    vec![dots, line]
}

/// The curves of one metric on the validation people: other runs, then this one.
pub(super) fn validated(
    train: &TrainView,
    figure: Figure<ValidationMetrics>,
    theme: &Theme,
) -> Vec<Curve> {
    let of_validation = move |p: &EpochMetrics| p.validated(figure);
    let others = overlaid::curves(train, of_validation, theme);
    let own = curve(train, of_validation, Look::Dashed, theme.valid);
    others.into_iter().chain([own]).collect()
}

/// Where the members of an ensemble begin, labelled.
pub(super) fn borders(train: &TrainView, width: u16) -> Vec<(f64, String)> {
    let label = |(i, &before): (usize, &u32)| {
        let name = if width < 70 { "" } else { "member " };
        (f64::from(before) + 0.5, format!("{name}{}", i + 2))
    };
    train
        .member_starts()
        .iter()
        .enumerate()
        .map(label)
        .collect()
}

/// All y values of some curves.
pub(super) fn ys(curves: &[Curve]) -> impl Iterator<Item = f64> {
    curves
        .iter()
        .flat_map(|curve| curve.points.iter().map(|point| point.1))
}

/// The marks of the best epoch, and of a backbone before any training; and the letters of other runs.
pub(super) fn marks(
    train: &TrainView,
    value: impl Fn(&EpochMetrics) -> f64,
    theme: &Theme,
) -> Vec<(f64, f64, &'static str, Style)> {
    let alone = train.backbone_alone();
    let alone = alone.map(|p| (0.0, value(p), "○", theme.accent));
    let best = train.best_epoch();
    let best = best.map(|p| (f64::from(p.epoch.0), value(p), "◆", theme.best));
    let others = overlaid::letters(train, &value, theme);
    others.into_iter().chain(alone).chain(best).collect()
}

/// The x position of the crosshair, in epochs.
pub(super) fn crosshair(train: &TrainView) -> Option<f64> {
    train.read_epoch().map(|point| f64::from(point.epoch.0))
}

/// A plot over the epochs of the training, without curves yet.
pub(super) fn plot_over_epochs<'a>(
    train: &TrainView,
    width: u16,
    y: (f64, f64),
    label: &'a dyn Fn(f64) -> String,
) -> Plot<'a> {
    Plot {
        curves: Vec::new(),
        x: train.x_limits(),
        y,
        log: false,
        label,
        marks: Vec::new(),
        crosshair: crosshair(train),
        level: None,
        borders: borders(train, width),
        x_name: Some("epoch"),
    }
}

/// A plot whose y axis ends at 100 % and starts at 0, 50 or 90 %, depending on the lowest value.
pub(super) fn share_plot(train: &TrainView, width: u16, low: f64) -> Plot<'static> {
    let bottom = if low >= 0.9 {
        0.9
    } else if low >= 0.5 {
        0.5
    } else {
        0.0
    };
    plot_over_epochs(train, width, (bottom, 1.0), &in_percent)
}

/// `50 %`, `2.5 %`
pub(super) fn in_percent(share: f64) -> String {
    let tenths = (share * 1000.0).round();
    match tenths % 10.0 == 0.0 {
        true => format!("{:.0} %", tenths / 10.0),
        false => format!("{:.1} %", tenths / 10.0),
    }
}
