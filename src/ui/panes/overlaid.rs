//! Other runs in the charts of Train: each has a letter, a pattern and a colour, so that they can be told apart in any theme.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::train::{Chart, MOST_OVERLAID, PastRun, TrainView};
use crate::train::events::EpochMetrics;
use crate::ui::widgets::frame::{put_line, shorten};
use crate::ui::widgets::numbers::{percent, plain};
use crate::ui::widgets::plot::{Curve, Look, sample};
use crate::ui::{Canvas, Theme};

const LETTERS: [&str; MOST_OVERLAID] = ["a", "b", "c", "d", "e", "f"];
/// Which of twelve dots of a line are drawn, the first one in the lowest bit.
const PATTERNS: [u16; MOST_OVERLAID] = [
    0b0111_0111_0111,
    0b0101_0101_0101,
    0b0001_1111_1111,
    0b0011_0011_0011,
    0b0001_0011_1111,
    0b0001_0001_0001,
];
/// Columns of a name in the legend.
const NAME: usize = 20;

fn look(at: usize, theme: &Theme) -> (Look, Style) {
    let styles = [
        theme.run_a,
        theme.run_b,
        theme.run_c,
        theme.run_d,
        theme.run_e,
        theme.run_f,
    ];
    (Look::Pattern(PATTERNS[at]), styles[at])
}

fn points(run: &PastRun, value: impl Fn(&EpochMetrics) -> f64) -> Vec<(f64, f64)> {
    let point = |p: &EpochMetrics| (f64::from(p.epoch.0), value(p));
    let points = run.epochs.iter().map(point);
    points.filter(|(_, value)| !value.is_nan()).collect()
}

/// One metric of the other runs.
pub(super) fn curves(
    train: &TrainView,
    value: impl Fn(&EpochMetrics) -> f64,
    theme: &Theme,
) -> Vec<Curve> {
    let curve = |(at, run): (usize, &PastRun)| {
        let (look, style) = look(at, theme);
        Curve {
            points: points(run, &value),
            look,
            style,
        }
    };
    let runs = train.overlaid.iter().take(MOST_OVERLAID);
    runs.enumerate().map(curve).collect()
}

/// Their letters: at the end of each curve, and at a place within it where no other has its letter.
pub(super) fn letters(
    train: &TrainView,
    value: impl Fn(&EpochMetrics) -> f64,
    theme: &Theme,
) -> Vec<(f64, f64, &'static str, Style)> {
    let runs = train.overlaid.iter().take(MOST_OVERLAID);
    let mut marks = Vec::new();
    for (at, run) in runs.enumerate() {
        let points = points(run, &value);
        let within = points.len() * (at + 1) / (train.overlaid.len() + 1);
        let places = [points.last(), points.get(within)];
        let style = look(at, theme).1;
        let mark = |&(x, y): &(f64, f64)| (x, y, LETTERS[at], style);
        marks.extend(places.into_iter().flatten().map(mark));
    }
    marks
}

/// `a ⠒⠒⠒ 0003-compact 8.1 %`, with the value of the focused chart at the epoch that is read, or else the last one.
fn entry(train: &TrainView, at: usize, theme: &Theme) -> Vec<Span<'static>> {
    let run = &train.overlaid[at];
    let style = look(at, theme).1;
    let read = train.read_epoch().map(|p| p.epoch);
    let epoch = match read {
        Some(epoch) => run.epochs.iter().find(|p| p.epoch == epoch),
        None => run.epochs.iter().rev().find(|p| p.validation.is_some()),
    };
    let value = epoch.and_then(|p| p.validation).map(|v| match train.focus {
        Chart::Loss => plain(f64::from(v.loss)),
        Chart::Accuracy => percent(f64::from(v.accuracy)),
        Chart::Auc => format!("{:.4}", v.auc),
        Chart::Eer | Chart::Similarity | Chart::Speed => percent(v.eer),
    });
    let line = sample(PATTERNS[at]);
    vec![
        Span::styled(format!("{} {line} ", LETTERS[at]), style),
        Span::styled(shorten(&run.name, NAME), theme.text),
        Span::styled(format!(" {}   ", value.unwrap_or_default()), theme.muted),
    ]
}

/// The lines of the legend.
fn lines(train: &TrainView, width: u16, theme: &Theme) -> Vec<Line<'static>> {
    let what = match train.focus {
        Chart::Loss => "validation loss",
        Chart::Accuracy => "validation accuracy",
        Chart::Auc => "validation AUC",
        Chart::Eer | Chart::Similarity | Chart::Speed => "validation EER",
    };
    let mut lines = vec![Line::from(Span::styled(format!("{what}:  "), theme.muted))];
    for at in 0..train.overlaid.len().min(MOST_OVERLAID) {
        let entry = Line::from(entry(train, at, theme));
        match lines.last_mut() {
            Some(line) if line.width() + entry.width() <= usize::from(width) + 3 => {
                line.spans.extend(entry.spans);
            }
            _ => lines.push(entry),
        }
    }
    lines
}

/// Rows of the legend; none without other runs.
pub(super) fn legend_rows(train: &TrainView, width: u16, theme: &Theme) -> u16 {
    match train.overlaid.is_empty() {
        true => 0,
        false => lines(train, width - 2, theme).len() as u16,
    }
}

/// Draws the legend.
pub(super) fn draw_legend(buf: &mut Canvas<'_>, area: Rect, train: &TrainView, theme: &Theme) {
    for (y, line) in lines(train, area.width - 2, theme).iter().enumerate() {
        put_line(buf, area, 1, y as u16, line);
    }
}
