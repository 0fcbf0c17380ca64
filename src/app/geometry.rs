//! Sizes that both moving a cursor and drawing depend on.

use super::screen::Screen;

/// The smallest terminal that the screens fit on: columns, rows.
pub const SMALLEST: (u16, u16) = (80, 24);
/// From this width on, secondary panes are beside the main one.
pub const WIDE: u16 = 100;
/// From this width on, there are more charts and larger faces.
pub const VERY_WIDE: u16 = 160;
/// Rows around every screen: the header above, the message line and the footer below.
pub const ROWS_AROUND: u16 = 3;

/// Columns before the names of the screens in the header: those of the program's name, where there is room for it.
pub fn header_start(columns: u16) -> u16 {
    match columns {
        0..WIDE => 0,
        _ => 14,
    }
}

/// The screens in the header, each with its first column and its width.
pub fn tabs(columns: u16) -> Vec<(Screen, u16, u16)> {
    let mut x = header_start(columns);
    let tab = |&screen: &Screen| {
        // ` 4 Verify `
        let width = screen.name().len() as u16 + 4;
        x += width;
        (screen, x - width, width)
    };
    Screen::ALL.iter().map(tab).collect()
}

/// Width of the list of pairs.
pub fn pairs_width(columns: u16) -> u16 {
    match columns {
        0..WIDE => 40,
        WIDE..VERY_WIDE => 48,
        _ => 64,
    }
}

/// The first visible entry of a list of `count` that shows `rows` of them: the selected one is in the middle where possible.
pub fn first_visible(count: usize, selected: usize, rows: usize) -> usize {
    let last = count.saturating_sub(rows);
    selected.saturating_sub(rows / 2).min(last)
}

/// A grid of thumbnails, in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// Thumbnails side by side, at least 1.
    pub columns: usize,
    /// Width of one.
    pub width: u16,
    /// Height of one, without its caption.
    pub height: u16,
    /// Height of the area for them.
    pub room: u16,
}

impl Grid {
    /// As many thumbnails of `width` × `height` as fit side by side in `columns`, with a column between them.
    pub fn fill(columns: u16, room: u16, width: u16, height: u16) -> Self {
        Self {
            columns: usize::from((columns + 1) / (width + 1)).max(1),
            width,
            height,
            room,
        }
    }

    /// How many thumbnails there are at once.
    pub fn page(self) -> usize {
        self.columns * usize::from(self.room / self.row_height()).max(1)
    }

    /// Lines that one row of thumbnails takes, caption included.
    pub fn row_height(self) -> u16 {
        self.height + 1
    }
}

/// Width and height of a thumbnail on a screen of this width. A cell is about twice as high as wide.
pub fn thumbnail(columns: u16) -> (u16, u16) {
    match columns {
        0..WIDE => (10, 5),
        WIDE..VERY_WIDE => (12, 6),
        _ => (16, 8),
    }
}

/// Width of the list of people.
pub fn people_width(columns: u16) -> u16 {
    match columns {
        0..WIDE => 24,
        WIDE..VERY_WIDE => 30,
        // At 200 columns, all ten pictures of a person of the built-in faces are in one row.
        _ => 29,
    }
}

/// The grid of the Data screen.
pub fn data_grid((columns, rows): (u16, u16)) -> Grid {
    let (width, height) = thumbnail(columns);
    let room = rows.saturating_sub(ROWS_AROUND + 2);
    Grid::fill(
        columns.saturating_sub(people_width(columns) + 2),
        room,
        width,
        height,
    )
}

/// The grid of sample pairs, for one half of the Pairs screen: two faces side by side, two blanks to the next pair, and two
/// lines of caption, of which the height includes one.
pub fn pairs_grid((columns, rows): (u16, u16)) -> Grid {
    let (width, height) = thumbnail(columns);
    // The frame, and a heading for each half.
    let room = (rows.saturating_sub(ROWS_AROUND + 2) / 2).saturating_sub(1);
    Grid::fill(columns.saturating_sub(3), room, 2 * width + 2, height + 1)
}

/// Rows of a list that fills the screen, without its frame.
pub fn list_rows((_, rows): (u16, u16)) -> usize {
    usize::from(rows.saturating_sub(ROWS_AROUND + 2)).max(1)
}

/// The first row of the list in the browser of runs: below the header, the frame and the titles.
pub const RUNS_TOP: u16 = 3;
/// Rows of the browser's popup below its list: the line that is typed, and what is known of the run under the cursor.
pub const RUN_DETAILS: u16 = 4;

/// Rows of the list in the browser of runs, on a terminal of this size.
pub fn runs_rows((_, rows): (u16, u16)) -> usize {
    usize::from(rows.saturating_sub(ROWS_AROUND + 3 + RUN_DETAILS)).max(1)
}

/// Width of the pane beside the map.
pub fn map_side(columns: u16) -> u16 {
    match columns {
        0..WIDE => 26,
        _ => 36,
    }
}

/// First column and row, and columns and rows, of the map inside its frame.
pub fn map_field((columns, rows): (u16, u16)) -> (u16, u16, u16, u16) {
    let width = columns.saturating_sub(map_side(columns) + 2);
    (1, 2, width, rows.saturating_sub(ROWS_AROUND + 2))
}

/// Width of the probe's pane on the Verify screen.
pub fn probe_width(columns: u16) -> u16 {
    match columns {
        0..WIDE => 26,
        WIDE..VERY_WIDE => 36,
        _ => 52,
    }
}

/// How many of the most similar people the Verify screen shows at once, if it has no room for all.
const LIKELIEST: usize = 15;

/// The grid of the Verify screen, below the scale of similarities: with the largest faces of which all `people` fit or, on a
/// small screen, of which enough fit. A tile has two lines of caption, one more than elsewhere; the height includes it.
pub fn verify_grid((columns, rows): (u16, u16), people: usize) -> Grid {
    let room = rows.saturating_sub(ROWS_AROUND + 3);
    let across = columns.saturating_sub(probe_width(columns) + 3);
    let grid = |(width, height): (u16, u16)| Grid::fill(across, room, width, height + 1);
    let holds = |count: usize| {
        move |grid: &Grid| grid.columns * usize::from(grid.room / grid.row_height()) >= count
    };
    let sizes = [(16, 8), (12, 6), (10, 5), (8, 4)].map(grid);
    let all = sizes.into_iter().find(holds(people));
    let enough = || sizes.into_iter().find(holds(LIKELIEST));
    all.or_else(enough).unwrap_or_else(|| grid((8, 4)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_people_of_the_article_and_one_more_fit_on_120_by_40() {
        for (size, people) in [((120, 40), 41), ((200, 60), 41), ((120, 40), 40)] {
            let grid = verify_grid(size, people);
            let down = usize::from(grid.room / grid.row_height());
            assert!(grid.columns * down >= people, "{size:?}: {grid:?}");
        }
        // Where they do not, faces are not smaller than they must be.
        assert_eq!(verify_grid((80, 24), 41), verify_grid((80, 24), 1000));
    }
}
