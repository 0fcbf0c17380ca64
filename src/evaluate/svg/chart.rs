//! A chart in SVG: a frame with axes, ticks, lines and a legend.
//!
//! It is written by hand, because there are only axes, lines and bars; a plotting crate would bring fonts and rasterisers.

use std::fmt::{Result, Write};

/// Width and height of one chart's plotting area, in pixels.
pub(crate) const SIZE: (f64, f64) = (320.0, 260.0);
/// Space around it for labels.
pub(crate) const MARGIN: (f64, f64) = (60.0, 50.0);
/// Colours for all kinds of colour vision (Okabe and Ito 2008).
pub(crate) const COLOURS: [&str; 6] = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9",
];

/// The begin of a picture of this width and height, in pixels, on white.
pub(crate) fn begin(width: f64, height: f64) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         font-family=\"DejaVu Sans,Helvetica,Arial,sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    )
}

/// The whole picture.
pub(crate) fn end(mut svg: String) -> String {
    svg.push_str("</svg>\n");
    svg
}

/// Text as XML: a name may hold anything.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// One chart: its place, and the map from shares of the axes to pixels.
pub(crate) struct Chart {
    left: f64,
    top: f64,
}

impl Chart {
    /// The chart whose plotting area has this corner, in pixels.
    pub(crate) fn at(left: f64, top: f64) -> Self {
        Self { left, top }
    }

    /// The pixel at a share of the horizontal axis.
    pub(crate) fn x(&self, share: f64) -> f64 {
        self.left + share.clamp(0.0, 1.0) * SIZE.0
    }

    /// The pixel at a share of the vertical axis.
    pub(crate) fn y(&self, share: f64) -> f64 {
        self.top + (1.0 - share.clamp(0.0, 1.0)) * SIZE.1
    }

    /// The frame, with a title and the names of both axes.
    pub(crate) fn frame(&self, svg: &mut String, title: &str, x: &str, y: &str) -> Result {
        let (left, top, (width, height)) = (self.left, self.top, SIZE);
        writeln!(
            svg,
            "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" fill=\"none\" stroke=\"#888\"/>"
        )?;
        let middle = left + width / 2.0;
        let title = format!("<tspan font-weight=\"bold\">{title}</tspan>");
        text(svg, middle, top - 12.0, "middle", &title)?;
        text(svg, middle, top + height + 36.0, "middle", x)?;
        text(svg, left, top - 30.0, "start", y)
    }

    /// A tick with its label on the horizontal axis, or on the vertical one.
    pub(crate) fn tick(&self, svg: &mut String, share: f64, label: &str, vertical: bool) -> Result {
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

    /// A line through points, given as shares of both axes.
    pub(crate) fn line(&self, svg: &mut String, points: &[(f64, f64)], colour: &str) -> Result {
        self.styled_line(svg, points, &format!("stroke=\"{colour}\""))
    }

    /// The same, dashed.
    pub(crate) fn dashed(&self, svg: &mut String, points: &[(f64, f64)], colour: &str) -> Result {
        let style = format!("stroke=\"{colour}\" stroke-dasharray=\"5 3\"");
        self.styled_line(svg, points, &style)
    }

    fn styled_line(&self, svg: &mut String, points: &[(f64, f64)], style: &str) -> Result {
        // A line of one point would not be seen.
        if let &[(x, y)] = points {
            let (x, y) = (self.x(x), self.y(y));
            return writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2\" {style}/>");
        }
        write!(
            svg,
            "<polyline fill=\"none\" {style} stroke-width=\"1.5\" points=\""
        )?;
        for &(x, y) in points {
            write!(svg, "{:.1},{:.1} ", self.x(x), self.y(y))?;
        }
        writeln!(svg, "\"/>")
    }

    /// A name in the colour of its line, in the upper right corner.
    pub(crate) fn legend(&self, svg: &mut String, row: usize, colour: &str, label: &str) -> Result {
        let (x, y) = (
            self.left + SIZE.0 - 8.0,
            self.top + 18.0 + 16.0 * row as f64,
        );
        writeln!(
            svg,
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"end\" fill=\"{colour}\">{label}</text>"
        )
    }
}

/// Text at a place in pixels; `anchor` is `start`, `middle` or `end`.
pub(crate) fn text(svg: &mut String, x: f64, y: f64, anchor: &str, text: &str) -> Result {
    writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"#222\">{text}</text>"
    )
}
