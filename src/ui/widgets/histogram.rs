//! Two histograms of similarity scores, of different people and of the same person, over one axis.
//!
//! ```text
//!  different 1,000  ▁▂▅██▇▅▃▂▁▁    comparisons of different people
//!        ▁▁▂▃▅▇██▇▅▂     same 225   of the same person
//!  0 ·········│0.58·········· 1   threshold
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::frame::put;
use super::numbers::thousands;
use crate::metrics::{Scores, histogram};
use crate::recognition::shown_threshold;
use crate::ui::Theme;
use crate::units::Threshold;

const EIGHTHS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// Draws both histograms and the axis with the threshold.
pub(in crate::ui) fn draw(
    buf: &mut Buffer,
    area: Rect,
    scores: &Scores,
    threshold: Threshold,
    theme: &Theme,
) {
    if area.width < 10 || area.height < 3 {
        return;
    }
    let counts = histogram(scores, usize::from(area.width));
    let rows = area.height - 1;
    let upper = rows / 2;
    let half = |y, height| Rect {
        y: area.y + y,
        height,
        ..area
    };
    bars(buf, half(0, upper), &counts.non_mated, theme.negative_pair);
    bars(
        buf,
        half(upper, rows - upper),
        &counts.mated,
        theme.positive_pair,
    );
    let different = format!("different {}", thousands(scores.non_mated.len() as u64));
    put(buf, area, 0, 0, &different, theme.negative_pair);
    let same = format!("same {}", thousands(scores.mated.len() as u64));
    let x = area.width.saturating_sub(same.len() as u16);
    put(buf, area, x, upper, &same, theme.positive_pair);
    let at = (threshold.0 * f32::from(area.width - 1)).round() as u16;
    for y in 0..rows {
        if buf
            .cell((area.x + at, area.y + y))
            .is_some_and(|cell| cell.symbol() == " ")
        {
            put(buf, area, at, y, "┊", theme.threshold);
        }
    }
    put(
        buf,
        area,
        0,
        rows,
        &"·".repeat(usize::from(area.width)),
        theme.border,
    );
    put(buf, area, 0, rows, "0 ", theme.muted);
    put(buf, area, area.width - 2, rows, " 1", theme.muted);
    let mark = format!("│{}", shown_threshold(threshold));
    let last = area.width.saturating_sub(mark.chars().count() as u16);
    put(buf, area, at.min(last), rows, &mark, theme.threshold);
}

fn bars(buf: &mut Buffer, area: Rect, counts: &[u32], style: Style) {
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    for (x, &count) in counts.iter().enumerate() {
        // The square root keeps a tail of a few comparisons visible beside a peak of hundreds.
        let share = (f64::from(count) / f64::from(most)).sqrt();
        let eighths = (share * f64::from(area.height) * 8.0).round() as usize;
        let eighths = eighths.max(usize::from(count > 0));
        for row in 0..usize::from(area.height) {
            let filled = eighths.saturating_sub(8 * row).min(8);
            if filled > 0 {
                put(
                    buf,
                    area,
                    x as u16,
                    area.height - 1 - row as u16,
                    EIGHTHS[filled],
                    style,
                );
            }
        }
    }
}
