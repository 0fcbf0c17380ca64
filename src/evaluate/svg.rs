//! The figures as an SVG: DET curve, histograms of similarities, and validation EER over time.
//!
//! It is written by hand, because there are only axes, lines and bars; a plotting crate would bring fonts and rasterisers.

use std::fmt::Write;

use super::FoldResult;
use super::figures::{log_odds, pooled, similarities as sigmoids};
use crate::metrics::{Scores, Tally, histogram};

/// Width and height of one chart's plotting area, in pixels.
const SIZE: (f64, f64) = (320.0, 260.0);
/// Space around it for labels.
const MARGIN: (f64, f64) = (60.0, 50.0);
/// Colours for all kinds of colour vision (Okabe and Ito 2008).
const COLOURS: [&str; 6] = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9",
];
/// The rates at the axes of the DET curve.
const DECADES: [f64; 4] = [0.001, 0.01, 0.1, 1.0];
/// Bars of a histogram.
const BINS: usize = 40;

/// Draws the folds of each method.
pub fn draw(methods: &[Vec<FoldResult>]) -> String {
    let width = 3.0 * (SIZE.0 + MARGIN.0) + MARGIN.0 / 2.0;
    let height = SIZE.1 + 2.0 * MARGIN.1;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         font-family=\"DejaVu Sans,Helvetica,Arial,sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    let place = |index: f64| MARGIN.0 + index * (SIZE.0 + MARGIN.0);
    // Writing to a string does not fail.
    let _ = det(&mut svg, place(0.0), methods);
    let _ = similarities(&mut svg, place(1.0), &methods[0]);
    let _ = curve(&mut svg, place(2.0), methods);
    svg.push_str("</svg>\n");
    svg
}

/// One chart: its place, and the map from shares of the axes to pixels.
struct Chart {
    left: f64,
}

impl Chart {
    fn x(&self, share: f64) -> f64 {
        self.left + share.clamp(0.0, 1.0) * SIZE.0
    }

    fn y(&self, share: f64) -> f64 {
        MARGIN.1 + (1.0 - share.clamp(0.0, 1.0)) * SIZE.1
    }

    fn frame(&self, svg: &mut String, title: &str, x: &str, y: &str) -> std::fmt::Result {
        let (left, top, (width, height)) = (self.left, MARGIN.1, SIZE);
        writeln!(
            svg,
            "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" fill=\"none\" stroke=\"#888\"/>"
        )?;
        let middle = left + width / 2.0;
        text(
            svg,
            middle,
            top - 12.0,
            "middle",
            &format!("<tspan font-weight=\"bold\">{title}</tspan>"),
        )?;
        text(svg, middle, top + height + 36.0, "middle", x)?;
        text(svg, left, top - 30.0, "start", y)
    }

    /// A tick with its label on the horizontal axis, or on the vertical one.
    fn tick(&self, svg: &mut String, share: f64, label: &str, vertical: bool) -> std::fmt::Result {
        let ((x1, y1), (x2, y2)) = match vertical {
            true => ((self.x(0.0), self.y(share)), (self.x(1.0), self.y(share))),
            false => ((self.x(share), self.y(0.0)), (self.x(share), self.y(1.0))),
        };
        writeln!(
            svg,
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"#eee\"/>"
        )?;
        match vertical {
            true => text(svg, x1 - 6.0, y1 + 4.0, "end", label),
            false => text(svg, x1, y1 + 16.0, "middle", label),
        }
    }

    fn line(&self, svg: &mut String, points: &[(f64, f64)], colour: &str) -> std::fmt::Result {
        write!(
            svg,
            "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\" points=\""
        )?;
        for &(x, y) in points {
            write!(svg, "{:.1},{:.1} ", self.x(x), self.y(y))?;
        }
        writeln!(svg, "\"/>")
    }

    fn legend(&self, svg: &mut String, row: usize, colour: &str, label: &str) -> std::fmt::Result {
        let (x, y) = (
            self.left + SIZE.0 - 8.0,
            MARGIN.1 + 18.0 + 16.0 * row as f64,
        );
        writeln!(
            svg,
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"end\" fill=\"{colour}\">{label}</text>"
        )
    }
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, text: &str) -> std::fmt::Result {
    writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"#222\">{text}</text>"
    )
}

/// FNMR against FMR, both on logarithmic axes from 0.1 % to 100 %.
fn det(svg: &mut String, left: f64, methods: &[Vec<FoldResult>]) -> std::fmt::Result {
    let chart = Chart { left };
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
    let chart = Chart { left };
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
    let chart = Chart { left };
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
