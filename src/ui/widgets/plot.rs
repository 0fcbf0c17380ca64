//! Curves in Braille dots, with axes.
//!
//! ```text
//!  0.69⢇                        two dots across and four down in each cell;
//!      ⠣⡀                       a later curve covers an earlier one
//!       ⠈⠢⢄      ┃              crosshair
//!  0.21    ⠉⠒⠤⣀⡀ ◆              mark
//!      0        20        40
//! ```
//! ratatui's own chart was rejected: it hides its legend when space is short, has no crosshair, marks or logarithmic
//! axis, and gives no control over the place of its labels.

mod raster;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::frame::put;
use crate::ui::Theme;
use crate::vision::blocks::braille_bit;
use raster::Raster;

/// How a curve looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ui) enum Look {
    /// A line.
    Solid,
    /// A broken line, which differs from a solid one without colours too.
    Dashed,
    /// A line of which twelve dots repeat; those with a bit are drawn, the first one is the lowest bit.
    Pattern(u16),
    /// Single dots.
    Dots,
}

/// One curve.
pub(in crate::ui) struct Curve {
    /// Points `(x, y)` in data units, x ascending.
    pub(in crate::ui) points: Vec<(f64, f64)>,
    /// How it looks.
    pub(in crate::ui) look: Look,
    /// Its style.
    pub(in crate::ui) style: Style,
}

/// The content of one chart.
pub(in crate::ui) struct Plot<'a> {
    /// The curves, from back to front.
    pub(in crate::ui) curves: Vec<Curve>,
    /// Limits of x.
    pub(in crate::ui) x: (f64, f64),
    /// Limits of y, in data units (before the logarithm).
    pub(in crate::ui) y: (f64, f64),
    /// Whether y is logarithmic.
    pub(in crate::ui) log: bool,
    /// Formats a number of the y axis.
    pub(in crate::ui) label: &'a dyn Fn(f64) -> String,
    /// Marks: x, y, symbol, style.
    pub(in crate::ui) marks: Vec<(f64, f64, &'static str, Style)>,
    /// The x position of the crosshair.
    pub(in crate::ui) crosshair: Option<f64>,
    /// A horizontal line, such as a threshold: y and style.
    pub(in crate::ui) level: Option<(f64, Style)>,
    /// Vertical lines with their labels, such as where the next member of an ensemble begins.
    pub(in crate::ui) borders: Vec<(f64, String)>,
    /// The name of the x axis; `None` if another plot below has the same axis.
    pub(in crate::ui) x_name: Option<&'static str>,
}

/// Columns of the labels of the y axis.
const LABELS: u16 = 6;

impl Plot<'_> {
    /// Draws axes, curves, marks and crosshair.
    pub(in crate::ui) fn draw(&self, buf: &mut Buffer, area: Rect, theme: &Theme) {
        if area.width < LABELS + 4 || area.height < 3 {
            return;
        }
        let field = Rect {
            x: area.x + LABELS,
            y: area.y,
            width: area.width - LABELS,
            height: area.height - u16::from(self.x_name.is_some()),
        };
        self.draw_y_axis(buf, area, field, theme);
        if let Some(name) = self.x_name {
            self.draw_x_axis(buf, area, field, name, theme);
        }
        for (x, label) in &self.borders {
            self.draw_border(buf, field, *x, label, theme);
        }
        if let Some((level, style)) = self.level {
            self.draw_level(buf, field, level, style);
        }
        if let Some(x) = self.crosshair {
            self.draw_crosshair(buf, field, x, theme);
        }
        let mut raster = Raster::new(field);
        for curve in &self.curves {
            self.draw_curve(&mut raster, curve);
        }
        raster.draw(buf);
        for &(x, y, symbol, style) in &self.marks {
            if let Some((x, y)) = self.cell(field, x, y) {
                put(buf, field, x, y, symbol, style);
            }
        }
    }

    /// The height of a y value as a share from the bottom; `None` if it cannot be drawn.
    fn share(&self, y: f64) -> Option<f64> {
        let scaled = |v: f64| {
            if self.log {
                v.max(f64::MIN_POSITIVE).log10()
            } else {
                v
            }
        };
        let (low, high) = (scaled(self.y.0), scaled(self.y.1));
        let usable = y.is_finite() && (!self.log || y > 0.0) && high > low;
        usable.then(|| (scaled(y) - low) / (high - low))
    }

    /// The dot of a point: its column from the left and row from the top.
    fn dot(&self, raster: &Raster, (x, y): (f64, f64)) -> Option<(i32, i32)> {
        let across = (x - self.x.0) / (self.x.1 - self.x.0);
        let up = self.share(y)?;
        let inside = across.is_finite() && (-0.001..=1.001).contains(&across);
        let column = (across * (raster.width() - 1) as f64).round() as i32;
        let row = ((1.0 - up.clamp(0.0, 1.0)) * (raster.height() - 1) as f64).round() as i32;
        inside.then_some((column, row))
    }

    fn cell(&self, field: Rect, x: f64, y: f64) -> Option<(u16, u16)> {
        let (column, row) = self.dot(&Raster::new(field), (x, y))?;
        Some(((column / 2) as u16, (row / 4) as u16))
    }

    fn draw_curve(&self, raster: &mut Raster, curve: &Curve) {
        let mut before: Option<(i32, i32)> = None;
        for &point in &curve.points {
            // A value that is not finite interrupts the line.
            let Some(dot) = self.dot(raster, point) else {
                before = None;
                continue;
            };
            match before.filter(|_| curve.look != Look::Dots) {
                Some(from) => raster.line(from, dot, curve.look, curve.style),
                None => raster.set(dot, curve.style),
            }
            before = Some(dot);
        }
    }

    fn draw_y_axis(&self, buf: &mut Buffer, area: Rect, field: Rect, theme: &Theme) {
        let rows = field.height;
        // In the middle only where a row is exactly there.
        let ticks = if rows >= 9 && rows % 2 == 1 {
            vec![0, rows / 2, rows - 1]
        } else {
            vec![0, rows - 1]
        };
        for row in ticks {
            let up = 1.0 - f64::from(row) / f64::from(rows - 1);
            let label = (self.label)(self.value_at(up));
            let x = usize::from(LABELS).saturating_sub(label.chars().count() + 1) as u16;
            put(buf, area, x, row, &label, theme.muted);
        }
        for row in 0..rows {
            put(buf, area, LABELS - 1, row, "│", theme.border);
        }
    }

    fn draw_x_axis(&self, buf: &mut Buffer, area: Rect, field: Rect, name: &str, theme: &Theme) {
        let y = area.height - 1;
        put(buf, area, 0, y, name, theme.muted);
        let step = tick_step(self.x.1 - self.x.0, field.width);
        let mut tick = (self.x.0 / step).ceil() * step;
        while tick <= self.x.1 + 1e-9 {
            let text = format!("{tick:.0}");
            let at = ((tick - self.x.0) / (self.x.1 - self.x.0) * f64::from(field.width - 1))
                .round() as u16;
            let wanted = at
                .saturating_sub(text.len() as u16 / 2)
                .min(field.width.saturating_sub(text.len() as u16));
            put(buf, area, LABELS + wanted, y, &text, theme.muted);
            tick += step;
        }
    }

    fn value_at(&self, up: f64) -> f64 {
        if self.log {
            let (low, high) = (self.y.0.max(f64::MIN_POSITIVE).log10(), self.y.1.log10());
            return 10_f64.powf(low + up * (high - low));
        }
        self.y.0 + up * (self.y.1 - self.y.0)
    }

    fn draw_level(&self, buf: &mut Buffer, field: Rect, level: f64, style: Style) {
        let Some((_, row)) = self.cell(field, self.x.0, level) else {
            return;
        };
        for x in (0..field.width).step_by(2) {
            put(buf, field, x, row, "┄", style);
        }
    }

    /// `┊member 2`
    fn draw_border(&self, buf: &mut Buffer, field: Rect, x: f64, label: &str, theme: &Theme) {
        let Some((column, _)) = self.cell(field, x, self.y.0.max(f64::MIN_POSITIVE)) else {
            return;
        };
        for row in 0..field.height {
            put(buf, field, column, row, "┊", theme.past);
        }
        let room = usize::from(field.width.saturating_sub(column + 1));
        if label.chars().count() <= room {
            put(buf, field, column + 1, 0, label, theme.past);
        }
    }

    fn draw_crosshair(&self, buf: &mut Buffer, field: Rect, x: f64, theme: &Theme) {
        let Some((column, _)) = self.cell(field, x, self.y.0.max(f64::MIN_POSITIVE)) else {
            return;
        };
        for row in 0..field.height {
            put(buf, field, column, row, "┊", theme.threshold);
        }
    }
}

/// A whole period, six cells, of a line with this [pattern](Look::Pattern), for a legend.
pub(in crate::ui) fn sample(pattern: u16) -> String {
    let cell = |first: usize| {
        let dots = (0..2).filter(|x| pattern >> (first + x) & 1 == 1);
        let bits = dots.fold(0, |bits, x| bits | braille_bit(x, 1));
        char::from_u32(0x2800 + u32::from(bits)).unwrap_or(' ')
    };
    [0, 2, 4, 6, 8, 10].into_iter().map(cell).collect()
}

/// The distance between labels of an axis: 1, 2 or 5 times a power of ten, large enough for the labels to fit.
fn tick_step(range: f64, columns: u16) -> f64 {
    let wanted = range / f64::from((columns / 10).max(1));
    let mut step = 1.0;
    while step < wanted {
        step *= if format!("{step:.0}").starts_with('2') {
            2.5
        } else {
            2.0
        };
    }
    step
}

/// Exponential smoothing: `s = keep · s + (1 − keep) · y`; 0 changes nothing. Values that are not finite pass unchanged
/// and do not enter the mean.
pub(in crate::ui) fn smooth(points: &[(f64, f64)], keep: f64) -> Vec<(f64, f64)> {
    let mut mean: Option<f64> = None;
    points
        .iter()
        .map(|&(x, y)| {
            if !y.is_finite() {
                return (x, y);
            }
            let next = mean.map_or(y, |m| keep * m + (1.0 - keep) * y);
            mean = Some(next);
            (x, next)
        })
        .collect()
}

/// The smallest and largest finite value, widened so that they differ; `None` without a finite value.
pub(in crate::ui) fn limits(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let (low, high) = values
        .filter(|v| v.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
            (low.min(v), high.max(v))
        });
    match high - low {
        range if range > 1e-12 => Some((low, high)),
        range if range >= 0.0 => Some((
            low - 0.05 * low.abs().max(0.1),
            high + 0.05 * high.abs().max(0.1),
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_leave_room() {
        for range in [1.0, 5.0, 40.0, 100.0, 1234.0] {
            for columns in [30, 60, 150] {
                let step = tick_step(range, columns);
                assert!(
                    range / step <= f64::from(columns / 10) + 1e-9,
                    "{range} {columns} {step}"
                );
            }
        }
        assert_eq!(
            [
                tick_step(100.0, 30),
                tick_step(40.0, 60),
                tick_step(20.0, 40)
            ],
            [50.0, 10.0, 5.0]
        );
    }

    #[test]
    fn limits_leave_out_what_is_not_finite_and_are_never_equal() {
        assert_eq!(
            limits([1.0, f64::NAN, 3.0, f64::INFINITY].into_iter()),
            Some((1.0, 3.0))
        );
        let (low, high) = limits([0.5, 0.5].into_iter()).expect("a value");
        assert!(low < 0.5 && high > 0.5);
        assert_eq!(limits([f64::NAN].into_iter()), None);
    }

    #[test]
    fn smoothing_keeps_gaps_and_means() {
        let smoothed = smooth(&[(0.0, 1.0), (1.0, f64::NAN), (2.0, 3.0)], 0.5);
        assert_eq!((smoothed[0], smoothed[2]), ((0.0, 1.0), (2.0, 2.0)));
        assert!(smoothed[1].1.is_nan());
    }
}
