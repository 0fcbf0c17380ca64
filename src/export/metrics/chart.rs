//! The figures as charts in SVG: loss, accuracy and EER by epoch.
//!
//! Training and validation loss share a chart only where they are the same loss; otherwise each has its own axis. One run is
//! drawn with the epoch whose network is kept and the epochs at which further members of an ensemble begin. Several runs have
//! one colour each.

use std::fmt::{Result, Write};

use super::RunMetrics;
use crate::evaluate::svg::chart::{self, COLOURS, Chart, MARGIN, SIZE};
use crate::train::EpochMetrics;

/// Height of one line of the legend, in pixels.
const LINE: f64 = 18.0;
/// Ticks of an axis, about.
const TICKS: f64 = 5.0;

/// The value of a figure in a row, NaN where there is none.
type Figure = fn(&EpochMetrics) -> f64;

/// A line of a chart: what it shows, and whether it is dashed.
type Line = (Figure, bool);

/// A chart, its axis and its lines.
struct Panel {
    title: &'static str,
    unit: &'static str,
    /// As shares of 1, written in percent.
    percent: bool,
    /// The axis ends at 100 %, not at the largest value.
    whole: bool,
    lines: Vec<Line>,
    /// Whether the epoch whose network is kept is marked here.
    marks_best: bool,
}

fn panels(runs: &[RunMetrics]) -> Vec<Panel> {
    let loss = |title, unit, lines| Panel {
        title,
        unit,
        percent: false,
        whole: false,
        lines,
        marks_best: false,
    };
    let train_loss: Line = (|row| f64::from(row.train_loss), false);
    let val_loss: Line = (|row| row.validated(|v| v.loss), true);
    let mut panels = match runs.iter().all(|run| run.same_loss) {
        true => vec![loss("Loss", "cross-entropy", vec![train_loss, val_loss])],
        false => vec![
            loss("Training loss", "loss that is minimised", vec![train_loss]),
            loss("Validation loss", "cross-entropy", vec![val_loss]),
        ],
    };
    panels.push(Panel {
        title: "Accuracy",
        unit: "pairs that are right",
        percent: true,
        whole: true,
        lines: vec![
            (|row| f64::from(row.train_accuracy), false),
            (|row| row.validated(|v| v.accuracy), true),
        ],
        marks_best: false,
    });
    panels.push(Panel {
        title: "Validation EER",
        unit: "equal error rate",
        percent: true,
        whole: false,
        lines: vec![(|row| row.validated(|v| v.eer), true)],
        marks_best: true,
    });
    panels
}

/// Draws the charts of these runs, two in a row, with a legend below.
pub fn draw(runs: &[RunMetrics]) -> String {
    let panels = panels(runs);
    let row_height = SIZE.1 + 2.0 * MARGIN.1;
    let rows = panels.len().div_ceil(2) as f64;
    let width = 2.0 * (SIZE.0 + MARGIN.0) + MARGIN.0 / 2.0;
    let legend = rows * row_height;
    let lines = runs.len() as f64 + 2.5;
    let mut svg = chart::begin(width, legend + lines * LINE);
    for (index, panel) in panels.iter().enumerate() {
        let left = MARGIN.0 + (index % 2) as f64 * (SIZE.0 + MARGIN.0);
        let top = MARGIN.1 + (index / 2) as f64 * row_height;
        // Writing to a string does not fail.
        let _ = draw_panel(&mut svg, &Chart::at(left, top), panel, runs);
    }
    let _ = draw_legend(&mut svg, legend, runs);
    chart::end(svg)
}

fn draw_panel(svg: &mut String, chart: &Chart, panel: &Panel, runs: &[RunMetrics]) -> Result {
    let epochs = runs.iter().flat_map(|run| &run.rows).map(|row| row.epoch.0);
    let last = f64::from(epochs.max().unwrap_or(1).max(1));
    let values = runs.iter().flat_map(|run| {
        let of_line = |&(figure, _): &Line| run.rows.iter().map(figure);
        panel.lines.iter().flat_map(of_line)
    });
    let largest = values.filter(|v| v.is_finite()).fold(0.0, f64::max);
    let top = match (panel.whole, largest > 0.0) {
        (true, _) | (false, false) => 1.0,
        (false, true) => above(largest),
    };
    axis(svg, chart, last, false, false)?;
    axis(svg, chart, top, true, panel.percent)?;
    if let [run] = runs {
        marks(svg, chart, panel, run, [last, top])?;
    }
    for (run, colour) in runs.iter().zip(COLOURS.iter().cycle()) {
        for &(figure, is_dashed) in &panel.lines {
            let there = run.rows.iter().filter(|row| figure(row).is_finite());
            let points = there.map(|row| (f64::from(row.epoch.0) / last, figure(row) / top));
            let points: Vec<(f64, f64)> = points.collect();
            match is_dashed {
                true => chart.dashed(svg, &points, colour)?,
                false => chart.line(svg, &points, colour)?,
            }
        }
    }
    chart.frame(svg, panel.title, "epoch", panel.unit)
}

/// Where members begin, and the epoch whose network is kept.
fn marks(
    svg: &mut String,
    chart: &Chart,
    panel: &Panel,
    run: &RunMetrics,
    [last, top]: [f64; 2],
) -> Result {
    for (index, &epoch) in run.members_begin.iter().enumerate() {
        let share = f64::from(epoch) / last;
        if share < 1.0 {
            chart.line(svg, &[(share, 0.0), (share, 1.0)], "#bbb")?;
            let (x, y) = (chart.x(share) + 3.0, chart.y(0.0) - 4.0);
            let label = format!("member {}", index + 2);
            writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"8\" fill=\"#666\">{label}</text>"
            )?;
        }
    }
    let kept = run.rows.iter().find(|row| Some(row.epoch) == run.best);
    let kept = kept.filter(|row| panel.marks_best && row.validation.is_some());
    if let Some(row) = kept {
        let (x, y) = (
            chart.x(f64::from(row.epoch.0) / last),
            chart.y(row.validated(|v| v.eer) / top),
        );
        let colour = COLOURS[0];
        writeln!(
            svg,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{colour}\"/>"
        )?;
    }
    Ok(())
}

/// Ticks at round numbers from 0 to `top`.
fn axis(svg: &mut String, chart: &Chart, top: f64, vertical: bool, percent: bool) -> Result {
    let factor = if percent { 100.0 } else { 1.0 };
    let step = match vertical {
        true => round_step(factor * top / TICKS),
        // Epochs are whole.
        false => round_step(top / TICKS).max(1.0),
    };
    let count = (factor * top / step + 1e-9) as usize;
    for tick in 0..=count {
        let value = tick as f64 * step;
        let decimals = (-step.log10().floor()).max(0.0) as usize;
        let unit = if percent { " %" } else { "" };
        let label = format!("{value:.decimals$}{unit}");
        chart.tick(svg, value / (factor * top), &label, vertical)?;
    }
    Ok(())
}

/// The lowest tick that is not below `largest`.
fn above(largest: f64) -> f64 {
    let step = round_step(largest / TICKS);
    step * (largest / step - 1e-9).ceil()
}

/// The smallest of 1, 2 and 5 times a power of ten that is not below `least`.
fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
    let enough = steps.into_iter().find(|step| *step >= least * (1.0 - 1e-9));
    enough.unwrap_or(10.0 * power)
}

/// The kinds of lines, then the runs in their colours.
fn draw_legend(svg: &mut String, top: f64, runs: &[RunMetrics]) -> Result {
    let left = MARGIN.0;
    let sample = |svg: &mut String, y: f64, x: f64, style: &str, label: &str| {
        writeln!(
            svg,
            "<line x1=\"{x}\" y1=\"{y}\" x2=\"{}\" y2=\"{y}\" stroke-width=\"1.5\" {style}/>",
            x + 28.0
        )?;
        chart::text(svg, x + 36.0, y + 4.0, "start", label)
    };
    let grey = "stroke=\"#444\"";
    sample(svg, top, left, grey, "training")?;
    let dashes = format!("{grey} stroke-dasharray=\"5 3\"");
    sample(svg, top, left + 130.0, &dashes, "validation")?;
    for (index, (run, colour)) in runs.iter().zip(COLOURS.iter().cycle()).enumerate() {
        let y = top + (index as f64 + 1.0) * LINE;
        let kept = match (runs.len(), run.best) {
            (1, Some(epoch)) => format!(" (dot: epoch {epoch}, whose network is kept)"),
            _ => String::new(),
        };
        let label = format!("{}{kept}", chart::escaped(&run.name));
        sample(svg, y, left, &format!("stroke=\"{colour}\""), &label)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
