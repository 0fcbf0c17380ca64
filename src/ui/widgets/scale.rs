//! Values from 0 to 1 on a line: progress bars, and similarities with the threshold.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::frame::put;
use crate::recognition::Candidate;
use crate::ui::Theme;
use crate::units::Threshold;

/// The filled and the empty part of a bar of `width` cells; `share` is from 0 to 1.
pub(in crate::ui) fn bar(share: f64, width: usize) -> (String, String) {
    let halves = (share.clamp(0.0, 1.0) * width as f64 * 2.0).round() as usize;
    let mut filled = "━".repeat(halves / 2);
    filled.push_str(if halves % 2 == 1 { "╸" } else { "" });
    let rest = width - filled.chars().count().min(width);
    (filled, "·".repeat(rest))
}

/// Draws a bar of `width` cells at `x`, `y` of `area`.
pub(in crate::ui) fn draw_bar(
    buf: &mut Buffer,
    area: Rect,
    (x, y, width): (u16, u16, u16),
    share: f64,
    (full, empty): (Style, Style),
) {
    let (filled, rest) = bar(share, usize::from(width));
    let used = put(buf, area, x, y, &filled, full);
    put(buf, area, x + used, y, &rest, empty);
}

/// Draws the similarity of every candidate on a line from 0 to 1, with the threshold `▲`.
///
/// ```text
///  0 ·╷··╷╷···╷·▲·····┃······┃ 1
/// ```
pub(in crate::ui) fn strip(
    buf: &mut Buffer,
    area: Rect,
    y: u16,
    candidates: &[Candidate],
    threshold: Threshold,
    theme: &Theme,
) {
    if area.width < 12 {
        return;
    }
    let line = Rect {
        x: area.x + 2,
        y: area.y + y,
        width: area.width - 4,
        height: 1,
    };
    put(buf, area, 0, y, "0", theme.muted);
    put(buf, area, area.width - 1, y, "1", theme.muted);
    put(
        buf,
        line,
        0,
        0,
        &"·".repeat(usize::from(line.width)),
        theme.border,
    );
    let at = |share: f32| (share.clamp(0.0, 1.0) * f32::from(line.width - 1)).round() as u16;
    for candidate in candidates {
        let accepted = candidate.accepted_at(threshold);
        let mark = if accepted { "┃" } else { "╷" };
        put(
            buf,
            line,
            at(candidate.similarity.0),
            0,
            mark,
            theme.verdict(accepted),
        );
    }
    put(buf, line, at(threshold.0), 0, "▲", theme.threshold);
}

#[cfg(test)]
mod tests {
    use super::bar;

    #[test]
    fn bars_have_their_width() {
        for share in [0.0, 0.01, 0.5, 0.99, 1.0, 2.0, -1.0, f64::NAN] {
            let (filled, rest) = bar(share, 20);
            assert_eq!(filled.chars().count() + rest.chars().count(), 20, "{share}");
        }
        assert_eq!((bar(0.5, 2).0, bar(0.75, 2).0), ("━".into(), "━╸".into()));
    }
}
