//! Dots, eight to a cell.

use super::Look;
use crate::vision::blocks::braille_bit;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Dots of several styles over a field of cells.
pub(super) struct Raster {
    field: Rect,
    cells: Vec<(u8, Style)>,
}

impl Raster {
    pub(super) fn new(field: Rect) -> Self {
        Self {
            field,
            cells: vec![(0, Style::new()); usize::from(field.width) * usize::from(field.height)],
        }
    }

    pub(super) fn width(&self) -> i32 {
        i32::from(self.field.width) * 2
    }

    pub(super) fn height(&self) -> i32 {
        i32::from(self.field.height) * 4
    }

    pub(super) fn set(&mut self, (x, y): (i32, i32), style: Style) {
        if x < 0 || y < 0 || x >= self.width() || y >= self.height() {
            return;
        }
        let index = (y / 4) as usize * usize::from(self.field.width) + (x / 2) as usize;
        let (bits, before) = &mut self.cells[index];
        *bits |= braille_bit((x % 2) as usize, (y % 4) as usize);
        *before = style;
    }

    /// Bresenham's line (IBM Systems Journal 4, 1965).
    pub(super) fn line(&mut self, from: (i32, i32), to: (i32, i32), look: Look, style: Style) {
        let (dx, dy) = ((to.0 - from.0).abs(), -(to.1 - from.1).abs());
        let (sx, sy) = ((to.0 - from.0).signum(), (to.1 - from.1).signum());
        let (mut at, mut error) = (from, dx + dy);
        loop {
            let drawn = match look {
                Look::Dashed => at.0.rem_euclid(6) < 4,
                Look::Pattern(pattern) => pattern >> at.0.rem_euclid(12) & 1 == 1,
                Look::Solid | Look::Dots => true,
            };
            if drawn {
                self.set(at, style);
            }
            if at == to {
                return;
            }
            let twice = 2 * error;
            if twice >= dy {
                error += dy;
                at.0 += sx;
            }
            if twice <= dx {
                error += dx;
                at.1 += sy;
            }
        }
    }

    pub(super) fn draw(&self, buf: &mut Buffer) {
        for (i, &(bits, style)) in self
            .cells
            .iter()
            .enumerate()
            .filter(|(_, (bits, _))| *bits != 0)
        {
            let (x, y) = (i as u16 % self.field.width, i as u16 / self.field.width);
            if let Some(cell) = buf.cell_mut((self.field.x + x, self.field.y + y)) {
                cell.set_char(char::from_u32(0x2800 + u32::from(bits)).unwrap_or(' '))
                    .set_style(style);
            }
        }
    }
}
