//! The figures as an SVG: DET curve, histograms of similarities, and validation EER over time.
//!

pub(crate) mod chart;

use std::fmt::Write;

use chart::{COLOURS, Chart, MARGIN, SIZE};

use super::FoldResult;
use super::figures::{log_odds, pooled, similarities as sigmoids};
use crate::metrics::{Scores, Tally, histogram};

/// The rates at the axes of the DET curve.
const DECADES: [f64; 4] = [0.001, 0.01, 0.1, 1.0];
/// Bars of a histogram.
const BINS: usize = 40;

/// Draws the folds of each method.
pub fn draw(methods: &[Vec<FoldResult>]) -> String {
    let width = 3.0 * (SIZE.0 + MARGIN.0) + MARGIN.0 / 2.0;
    let mut svg = chart::begin(width, SIZE.1 + 2.0 * MARGIN.1);
    let place = |index: f64| MARGIN.0 + index * (SIZE.0 + MARGIN.0);
    // Writing to a string does not fail.
    let _ = det(&mut svg, place(0.0), methods);
    let _ = similarities(&mut svg, place(1.0), &methods[0]);
    let _ = curve(&mut svg, place(2.0), methods);
    chart::end(svg)
}

/// FNMR against FMR, both on logarithmic axes from 0.1 % to 100 %.
fn det(svg: &mut String, left: f64, methods: &[Vec<FoldResult>]) -> std::fmt::Result {
    let chart = Chart::at(left, MARGIN.1);
    let share = |rate: f64| (rate.max(DECADES[0]).log10() + 3.0) / 3.0;
    for rate in DECADES {
        let label = format!("{}%", 100.0 * rate);
        chart.tick(svg, share(rate), &label, false)?;
        chart.tick(svg, share(rate), &label, true)?;
    }
    for (row, (results, colour)) in methods.iter().zip(COLOURS.iter().cycle()).enumerate() {
        let tally = Tally::new(&Scores::of(&pooled(results)));
        let mut points: Vec<(f64, f64)> = tally
            .points()
            .iter()
            .map(|p| (share(p.fmr), share(p.fnmr)))
            .collect();
        // Points on one pixel are drawn once.
        points.dedup_by_key(|p| ((p.0 * SIZE.0) as i64, (p.1 * SIZE.1) as i64));
        chart.line(svg, &points, colour)?;
        let label = format!(
            "{} (EER {:.1} %)",
            results[0].method,
            100.0 * tally.eer().rate
        );
        chart.legend(svg, row, colour, &label)?;
    }
    chart.frame(
        svg,
        "Errors on unseen people",
        "false match rate",
        "false non-match rate",
    )
}

/// Two histograms of the first method's similarities, each as high as its highest bar.
fn similarities(svg: &mut String, left: f64, results: &[FoldResult]) -> std::fmt::Result {
    let chart = Chart::at(left, MARGIN.1);
    for share in [0.0, 0.5, 1.0] {
        chart.tick(svg, share, &share.to_string(), false)?;
    }
    let counted = histogram(&sigmoids(&log_odds(results)), BINS);
    let kinds = [
        ("different people", counted.non_mated, COLOURS[1]),
        ("same person", counted.mated, COLOURS[0]),
    ];
    for (row, (label, bars, colour)) in kinds.into_iter().enumerate() {
        let highest = bars.iter().copied().max().unwrap_or(1).max(1) as f64;
        for (index, &count) in bars.iter().enumerate() {
            // Square roots, so that rare similarities are visible.
            let height = (count as f64 / highest).sqrt();
            let (x, y) = (chart.x(index as f64 / BINS as f64), chart.y(height));
            let (width, height) = (SIZE.0 / BINS as f64 - 1.0, chart.y(0.0) - y);
            writeln!(
                svg,
                "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{colour}\" fill-opacity=\"0.6\"/>"
            )?;
        }
        chart.legend(svg, row, colour, label)?;
    }
    let title = format!("Similarities: {}", results[0].method);
    chart.frame(svg, &title, "similarity (calibrated)", "√ of the share")
}

/// Mean validation EER against mean seconds, epoch by epoch.
fn curve(svg: &mut String, left: f64, methods: &[Vec<FoldResult>]) -> std::fmt::Result {
    let chart = Chart::at(left, MARGIN.1);
    let curves: Vec<(&str, Vec<(f64, f64)>)> = methods
        .iter()
        .map(|results| (results[0].method.as_str(), mean_curve(results)))
        .filter(|(_, curve)| !curve.is_empty())
        .collect();
    let points = || curves.iter().flat_map(|c| &c.1);
    let longest = points().map(|p| p.0).fold(1.0, f64::max);
    let highest = points().map(|p| p.1).fold(0.01, f64::max);
    for share in [0.0, 0.5, 1.0] {
        chart.tick(svg, share, &format!("{:.0} s", share * longest), false)?;
        chart.tick(
            svg,
            share,
            &format!("{:.0}%", 100.0 * share * highest),
            true,
        )?;
    }
    for (row, ((method, curve), colour)) in curves.iter().zip(COLOURS).enumerate() {
        let shares: Vec<(f64, f64)> = curve
            .iter()
            .map(|(x, y)| (x / longest, y / highest))
            .collect();
        chart.line(svg, &shares, colour)?;
        chart.legend(svg, row, colour, method)?;
    }
    chart.frame(
        svg,
        "During training",
        "seconds",
        "EER on validation people",
    )
}

/// The mean of each epoch, over the folds that reached it.
pub(super) fn mean_curve(results: &[FoldResult]) -> Vec<(f64, f64)> {
    let longest = results.iter().map(|p| p.curve.len()).max().unwrap_or(0);
    (0..longest)
        .map(|epoch| {
            let there: Vec<_> = results.iter().filter_map(|p| p.curve.get(epoch)).collect();
            let count = there.len() as f64;
            let sum = |of: fn(&(f64, f64)) -> f64| there.iter().map(|p| of(p)).sum::<f64>();
            (sum(|p| p.0) / count, sum(|p| p.1) / count)
        })
        .collect()
}
