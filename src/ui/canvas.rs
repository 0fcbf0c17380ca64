//! A buffer of cells, with the pixel pictures to print over them.
//!
//! Every picture is drawn into the cells as blocks, even if the terminal can show pixels: tests read the blocks, the
//! export writes them, and they stay visible where a popup covers half of a face. For a terminal with pixels the picture
//! is also added to a list, and its cells are marked so that ratatui sends none of them; `tui::pixels` prints the
//! picture instead. A popup clears the cells below it and so removes their marks. A picture that lost a mark is dropped
//! from the list, so that no picture is ever printed over a popup.
//!
//! A list as one more argument of every pane was rejected: panes that only write text should not know of it. They use
//! a canvas as a plain [`Buffer`].

use std::ops::{Deref, DerefMut};

use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::layout::Rect;

use super::raster::Raster;

/// How pictures are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pictures {
    /// As coloured half blocks, or as dots where there are no colours.
    #[default]
    Blocks,
    /// As pixels that the terminal layer prints after the cells.
    Pixels,
    /// Not at all.
    Off,
}

/// A picture to print over cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The cells it covers.
    pub area: Rect,
    /// Columns and rows of the whole picture; more rows than `area` where the edge of a list cuts it.
    pub whole: (u16, u16),
    /// Rows of `whole` that are cut off at the top.
    pub above: u16,
    /// The whole picture.
    pub raster: Raster,
}

/// A buffer and the pictures to print over it.
#[derive(Debug)]
pub struct Canvas<'a> {
    buffer: &'a mut Buffer,
    pictures: Vec<Picture>,
}

impl<'a> Canvas<'a> {
    /// A canvas without pictures.
    pub fn new(buffer: &'a mut Buffer) -> Self {
        Self {
            buffer,
            pictures: Vec::new(),
        }
    }

    /// Adds a picture and marks its cells.
    pub fn hang(&mut self, picture: Picture) {
        mark(self.buffer, picture.area, CellDiffOption::Skip);
        self.pictures.push(picture);
    }

    /// The picture that was added last.
    pub fn newest(&mut self) -> Option<&mut Picture> {
        self.pictures.last_mut()
    }

    /// The pictures that nothing covers. For the others the cells are sent instead; so they are for a picture that
    /// reaches into the last row, because some terminals scroll after printing there.
    pub fn finish(self) -> Vec<Picture> {
        let Self { buffer, pictures } = self;
        let last_row = buffer.area.bottom().saturating_sub(1);
        let marked = |area: Rect| {
            let skipped = |p| {
                buffer
                    .cell(p)
                    .is_some_and(|c| c.diff_option == CellDiffOption::Skip)
            };
            area.positions().all(skipped)
        };
        let free = |(i, picture): (usize, &Picture)| {
            let over = |later: &Picture| later.area.intersects(picture.area);
            picture.area.bottom() <= last_row
                && marked(picture.area)
                && !pictures[i + 1..].iter().any(over)
        };
        let keep: Vec<bool> = pictures.iter().enumerate().map(free).collect();
        for (picture, _) in pictures.iter().zip(&keep).filter(|(_, keep)| !**keep) {
            mark(buffer, picture.area, CellDiffOption::None);
        }
        let kept: Vec<Picture> = pictures
            .into_iter()
            .zip(keep)
            .filter_map(|(picture, keep)| keep.then_some(picture))
            .collect();
        for picture in &kept {
            mark(buffer, picture.area, CellDiffOption::Skip);
        }
        kept
    }
}

fn mark(buffer: &mut Buffer, area: Rect, option: CellDiffOption) {
    for position in area.positions() {
        if let Some(cell) = buffer.cell_mut(position) {
            cell.set_diff_option(option);
        }
    }
}

impl Deref for Canvas<'_> {
    type Target = Buffer;

    fn deref(&self) -> &Buffer {
        self.buffer
    }
}

impl DerefMut for Canvas<'_> {
    fn deref_mut(&mut self) -> &mut Buffer {
        self.buffer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::widgets::{Clear, Widget};

    fn picture(x: u16, y: u16, width: u16, height: u16) -> Picture {
        Picture {
            area: Rect {
                x,
                y,
                width,
                height,
            },
            whole: (width, height),
            above: 0,
            raster: Raster {
                width: 1,
                height: 1,
                pixels: vec![[7; 3]],
            },
        }
    }

    fn skipped(buffer: &Buffer) -> usize {
        let skip = |cell: &&ratatui::buffer::Cell| cell.diff_option == CellDiffOption::Skip;
        buffer.content().iter().filter(skip).count()
    }

    #[test]
    fn what_is_covered_or_in_the_last_row_is_not_hung() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 10));
        let mut canvas = Canvas::new(&mut buffer);
        for place in [(0, 0, 4, 2), (6, 0, 4, 2), (12, 8, 4, 2), (0, 7, 4, 2)] {
            canvas.hang(picture(place.0, place.1, place.2, place.3));
        }
        Clear.render(Rect::new(8, 1, 6, 3), &mut canvas);
        let free: Vec<(u16, u16)> = canvas
            .finish()
            .iter()
            .map(|p| (p.area.x, p.area.y))
            .collect();
        assert_eq!(free, [(0, 0), (0, 7)]);
        assert_eq!(skipped(&buffer), 16, "only the cells of those two");
    }

    #[test]
    fn a_picture_of_a_popup_takes_the_place_of_the_one_below_it() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 10));
        let mut canvas = Canvas::new(&mut buffer);
        canvas.hang(picture(5, 3, 4, 2));
        Clear.render(Rect::new(2, 1, 12, 7), &mut canvas);
        canvas.hang(picture(4, 2, 8, 4));
        let hung = canvas.finish();
        assert_eq!(hung, [picture(4, 2, 8, 4)]);
        assert_eq!(skipped(&buffer), 32);
    }
}
