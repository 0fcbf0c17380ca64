//! Exports a screen as text and as SVG.
//!
//! The SVG has one rectangle for each run of cells with the same background and one text for each run with the same
//! style, in a monospaced font. Half blocks are drawn as rectangles, because fonts leave gaps between them.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use super::depth::rgb;

/// Width of a cell in the SVG, in pixels.
const WIDTH: u32 = 8;
/// Height of a cell.
const HEIGHT: u32 = 16;

/// The characters of a buffer, row by row, without trailing blanks.
pub fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for row in rows(buffer) {
        let line: String = row.iter().map(Cell::symbol).collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The buffer as an SVG document.
pub fn svg(buffer: &Buffer) -> String {
    let (width, height) = (
        u32::from(buffer.area.width) * WIDTH,
        u32::from(buffer.area.height) * HEIGHT,
    );
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         font-family=\"DejaVu Sans Mono,Menlo,Consolas,monospace\" font-size=\"13\" shape-rendering=\"crispEdges\">\n"
    );
    for (y, row) in rows(buffer).enumerate() {
        let y = y as u32 * HEIGHT;
        for (x, cell) in row.iter().enumerate() {
            let _ = draw_ground(&mut svg, x as u32 * WIDTH, y, cell);
        }
        for (x, cell) in row.iter().enumerate() {
            let _ = draw_symbol(&mut svg, x as u32 * WIDTH, y, cell);
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn rows(buffer: &Buffer) -> impl Iterator<Item = &[Cell]> {
    buffer
        .content()
        .chunks(usize::from(buffer.area.width).max(1))
}

/// The visible foreground and background colour of a cell.
fn colours(cell: &Cell) -> (String, String) {
    let hex = |color: Color, default: &str| {
        if color == Color::Reset {
            return default.to_owned();
        }
        let (r, g, b) = rgb(color);
        format!("#{r:02x}{g:02x}{b:02x}")
    };
    let (front, ground) = (hex(cell.fg, "#d6deeb"), hex(cell.bg, "#0f141c"));
    if cell.modifier.contains(Modifier::REVERSED) {
        (ground, front)
    } else {
        (front, ground)
    }
}

fn draw_ground(svg: &mut String, x: u32, y: u32, cell: &Cell) -> std::fmt::Result {
    let (front, ground) = colours(cell);
    if cell.symbol() == "▀" {
        let half = HEIGHT / 2;
        let below = y + half;
        writeln!(
            svg,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{half}\" fill=\"{front}\"/>"
        )?;
        return writeln!(
            svg,
            "<rect x=\"{x}\" y=\"{below}\" width=\"{WIDTH}\" height=\"{half}\" fill=\"{ground}\"/>"
        );
    }
    writeln!(
        svg,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"{ground}\"/>"
    )
}

fn draw_symbol(svg: &mut String, x: u32, y: u32, cell: &Cell) -> std::fmt::Result {
    if matches!(cell.symbol(), " " | "▀" | "") {
        return Ok(());
    }
    let (front, _) = colours(cell);
    let bold = if cell.modifier.contains(Modifier::BOLD) {
        " font-weight=\"bold\""
    } else {
        ""
    };
    let base = y + 12;
    let symbol = cell.symbol().replace('&', "&amp;").replace('<', "&lt;");
    writeln!(
        svg,
        "<text x=\"{x}\" y=\"{base}\" fill=\"{front}\"{bold}>{symbol}</text>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn a_screen_becomes_text_and_svg() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 2));
        buffer.set_string(0, 0, "a<b", Style::new().fg(Color::Rgb(255, 0, 0)));
        buffer.set_string(
            0,
            1,
            "▀",
            Style::new().fg(Color::Rgb(1, 2, 3)).bg(Color::Rgb(4, 5, 6)),
        );
        assert_eq!(text(&buffer), "a<b\n▀\n");
        let svg = svg(&buffer);
        assert!(
            svg.contains("&lt;")
                && svg.contains("#ff0000")
                && svg.contains("#010203")
                && svg.contains("#040506")
        );
        assert!(svg.ends_with("</svg>\n"));
    }
}
