//! Where pictures lie on the Data screen: people with few pictures share a row.

use std::ops::Range;

use super::state::DataView;
use crate::app::geometry::Grid;

/// A line of names with rows of pictures below it: those of one person, or one row of several people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Band {
    /// Indices of the people among those that are listed.
    pub people: Range<usize>,
    /// Rows of pictures.
    pub rows: usize,
    /// Its first line, counted from the top of the grid.
    pub top: usize,
}

/// A picture's place: its band, and its number among the pictures of the band.
struct Place {
    band: Band,
    number: usize,
}

impl Band {
    /// Lines on the screen.
    pub fn lines(&self, grid: Grid) -> usize {
        1 + self.rows * usize::from(grid.row_height())
    }

    /// Whether several people share it.
    pub fn is_shared(&self) -> bool {
        self.people.len() > 1
    }
}

impl DataView {
    /// All bands, from the top.
    pub fn bands(&self, grid: Grid) -> impl Iterator<Item = Band> {
        let (mut first, mut top) = (0, 0);
        std::iter::from_fn(move || {
            if first == self.shown.len() {
                return None;
            }
            let (mut pictures, mut end) = (self.pictures_of(first), first + 1);
            while end < self.shown.len() && pictures + self.pictures_of(end) <= grid.columns {
                pictures += self.pictures_of(end);
                end += 1;
            }
            let band = Band {
                people: first..end,
                rows: pictures.div_ceil(grid.columns),
                top,
            };
            (first, top) = (end, top + band.lines(grid));
            Some(band)
        })
    }

    fn place(&self, grid: Grid) -> Option<Place> {
        let band = self
            .bands(grid)
            .find(|band| band.people.contains(&self.person))?;
        let before = (band.people.start..self.person).map(|person| self.pictures_of(person));
        Some(Place {
            number: before.sum::<usize>() + self.picture,
            band,
        })
    }

    /// The person and the picture with a number in a band, or the last one: a row that is not full ends further left.
    fn picture_in(&self, band: &Band, mut number: usize) -> (usize, usize) {
        for person in band.people.clone() {
            let pictures = self.pictures_of(person);
            if number < pictures {
                return (person, number);
            }
            number -= pictures;
        }
        let last = band.people.end - 1;
        (last, self.pictures_of(last).saturating_sub(1))
    }

    /// Whether the picture under the cursor is the first of its row.
    pub(super) fn is_first_of_row(&self, grid: Grid) -> bool {
        let place = self.place(grid);
        place.is_none_or(|place| place.number.is_multiple_of(grid.columns))
    }

    pub(super) fn row_down(&mut self, grid: Grid) {
        let Some(Place { band, number }) = self.place(grid) else {
            return;
        };
        let (row, column) = (number / grid.columns, number % grid.columns);
        let below = match row + 1 < band.rows {
            true => Some((band, number + grid.columns)),
            false => {
                let next = self.bands(grid).find(|next| next.top > band.top);
                next.map(|next| (next, column))
            }
        };
        if let Some((band, number)) = below {
            (self.person, self.picture) = self.picture_in(&band, number);
        }
    }

    pub(super) fn row_up(&mut self, grid: Grid) {
        let Some(Place { band, number }) = self.place(grid) else {
            return;
        };
        let above = match number.checked_sub(grid.columns) {
            Some(number) => Some((band, number)),
            None => {
                let before = self.bands(grid).take_while(|other| other.top < band.top);
                before.last().map(|before| {
                    let number = (before.rows - 1) * grid.columns + number;
                    (before, number)
                })
            }
        };
        if let Some((band, number)) = above {
            (self.person, self.picture) = self.picture_in(&band, number);
        }
    }

    fn pictures_in(&self, band: &Band) -> usize {
        band.people.clone().map(|p| self.pictures_of(p)).sum()
    }

    /// The person and the picture at a line of the grid, counted from its top, and a column of thumbnails.
    pub fn picture_at(&self, line: usize, column: usize, grid: Grid) -> Option<(usize, usize)> {
        let under = |band: &Band| line < band.top + band.lines(grid);
        let band = self.bands(grid).find(under)?;
        // The first line has the names.
        let row = (line - band.top).checked_sub(1)? / usize::from(grid.row_height());
        let number = row * grid.columns + column;
        let there = column < grid.columns && number < self.pictures_in(&band);
        there.then(|| self.picture_in(&band, number))
    }

    /// The lines that must be on the screen: those of the person, or of the picture under the cursor.
    pub(super) fn lines_at_cursor(&self, grid: Grid, of_picture: bool) -> Range<usize> {
        let Some(Place { band, number }) = self.place(grid) else {
            return 0..0;
        };
        let (row, height) = (number / grid.columns, usize::from(grid.row_height()));
        let top = band.top;
        match (of_picture, row) {
            (false, _) => top..top + band.lines(grid).min(usize::from(grid.room)),
            (true, 0) => top..top + 1 + height,
            (true, _) => top + 1 + row * height..top + 1 + (row + 1) * height,
        }
    }
}
