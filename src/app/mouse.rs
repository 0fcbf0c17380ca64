//! What is under the mouse. It is off unless `config.ron` says `mouse: true`.

use super::data::Focus;
use super::geometry::{self, VERY_WIDE};
use super::screen::Screen;
use super::state::State;
use super::train::TrainView;

/// A use of the mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mouse {
    /// The column, from 0.
    pub column: u16,
    /// The row, from 0.
    pub row: u16,
    /// What was done there.
    pub kind: MouseKind,
}

/// What is done with a mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseKind {
    /// The left button was pressed.
    Press,
    /// The wheel was turned up.
    WheelUp,
    /// The wheel was turned down.
    WheelDown,
}

/// The first row inside the frame of a pane: below the header and the frame.
const TOP: u16 = 2;
/// Columns of a chart before its curves: the frame and the labels.
const BEFORE_CURVES: u16 = 7;

impl Mouse {
    /// The screen whose name in the header is under it.
    pub(super) fn screen(self, columns: u16) -> Option<Screen> {
        let tabs = geometry::tabs(columns).into_iter();
        let mut under = tabs.filter(|&(_, x, width)| (x..x + width).contains(&self.column));
        under
            .next()
            .filter(|_| self.row == 0)
            .map(|(screen, ..)| screen)
    }

    /// The entry of a list of `count` with `rows` rows that is under it; the list begins at row `top`.
    fn entry(self, top: u16, count: usize, selected: usize, rows: usize) -> Option<usize> {
        let row = usize::from(self.row.checked_sub(top)?);
        let at = geometry::first_visible(count, selected, rows) + row;
        (row < rows && at < count).then_some(at)
    }
}

impl State {
    /// Chooses what is under the mouse on this screen.
    pub(super) fn choose_at(&mut self, mouse: Mouse) {
        match self.screen {
            Screen::Data => self.choose_on_data(mouse),
            Screen::Train => self.choose_on_train(mouse),
            Screen::Pairs => self.choose_on_pairs(mouse),
            Screen::Verify => self.choose_on_verify(mouse),
            Screen::Map => self.choose_on_map(mouse),
            Screen::Network => {}
        }
    }

    /// Takes the run under the mouse in the browser of runs.
    pub(super) fn choose_run_at(&mut self, mouse: Mouse) {
        let rows = geometry::runs_rows(self.size);
        let (count, selected) = (self.runs.shown().len(), self.runs.selected);
        let entry = mouse.entry(geometry::RUNS_TOP, count, selected, rows);
        if let Some(at) = entry.filter(|_| self.runs.compared.is_none()) {
            self.runs.selected = at;
        }
    }

    fn choose_on_data(&mut self, mouse: Mouse) {
        let room = self.room();
        let (grid, rows) = (geometry::data_grid(room), geometry::list_rows(room));
        let list = geometry::people_width(room.0);
        let data = &mut self.data;
        if mouse.column < list {
            if let Some(at) = mouse.entry(TOP, data.shown.len(), data.person, rows) {
                (data.person, data.picture, data.focus) = (at, 0, Focus::People);
            }
        } else if !data.enlarged
            && let Some(row) = mouse.row.checked_sub(TOP)
        {
            let line = data.scroll + usize::from(row);
            let column = usize::from((mouse.column - list).saturating_sub(1) / (grid.width + 1));
            if let Some(found) = data.picture_at(line, column, grid) {
                (data.person, data.picture) = found;
                data.focus = Focus::Pictures;
            }
        }
        data.keep_visible(grid);
    }

    fn choose_on_map(&mut self, mouse: Mouse) {
        let room = self.room();
        let (left, top, columns, rows) = geometry::map_field(room);
        let place = mouse
            .column
            .checked_sub(left)
            .zip(mouse.row.checked_sub(top));
        if let Some(cell) = place.filter(|cell| cell.0 < columns && cell.1 < rows) {
            self.map.choose_near(cell, room);
        }
    }

    fn choose_on_pairs(&mut self, mouse: Mouse) {
        let room = self.room();
        let inside = mouse.column < geometry::pairs_width(room.0) && !self.pairs.grid;
        let (count, rows) = (self.pairs.shown.len(), geometry::list_rows(room));
        let entry = mouse.entry(TOP, count, self.pairs.selected, rows);
        if let Some(at) = entry.filter(|_| inside) {
            self.pairs.selected = at;
        }
    }

    /// The scale of similarities is above the tiles.
    fn choose_on_verify(&mut self, mouse: Mouse) {
        let room = self.room();
        let verify = &mut self.verify;
        let count = verify.candidates.len();
        let left = geometry::probe_width(room.0) + 2;
        let (Some(x), Some(y)) = (
            mouse.column.checked_sub(left),
            mouse.row.checked_sub(TOP + 1),
        ) else {
            return;
        };
        let at = match verify.tiles {
            true => {
                let grid = geometry::verify_grid(room, count);
                let column = usize::from(x / (grid.width + 1));
                let shown = usize::from(grid.room / grid.row_height()).max(1);
                let first = (verify.selected / grid.columns).saturating_sub(shown - 1);
                let row = first + usize::from(y / grid.row_height());
                (column < grid.columns).then_some(row * grid.columns + column)
            }
            false => {
                let rows = geometry::list_rows(room).saturating_sub(1);
                Some(geometry::first_visible(count, verify.selected, rows) + usize::from(y))
            }
        };
        if let Some(at) = at.filter(|at| *at < count) {
            verify.selected = at;
        }
    }

    /// Takes the chart under the mouse, and reads the epoch there.
    fn choose_on_train(&mut self, mouse: Mouse) {
        let (columns, rows) = self.room();
        let charts = TrainView::charts(columns);
        let (across, height) = match columns {
            0..VERY_WIDE => (2, rows.saturating_sub(geometry::ROWS_AROUND + 2)),
            _ => (3, rows.saturating_sub(geometry::ROWS_AROUND + 2)),
        };
        let down = (charts.len() as u16).div_ceil(across);
        let train = &mut self.train;
        let (left, width) = match train.zoomed {
            true => (0, columns),
            false => {
                let column = mouse.column * across / columns.max(1);
                let row = mouse.row.saturating_sub(1) * down / height.max(1);
                let Some(&chart) = charts.get(usize::from(row * across + column)) else {
                    return;
                };
                train.focus = chart;
                (column * columns / across, columns / across)
            }
        };
        let Some(x) = mouse.column.checked_sub(left + BEFORE_CURVES) else {
            return;
        };
        let (first, last) = train.x_limits();
        let field = f64::from(width.saturating_sub(BEFORE_CURVES + 2).max(1));
        let epoch = first + f64::from(x) / field * (last - first);
        let far = |at: &usize| (f64::from(train.epochs[*at].epoch.0) - epoch).abs();
        let nearest = (0..train.epochs.len()).min_by(|a, b| far(a).total_cmp(&far(b)));
        train.crosshair = nearest.or(train.crosshair);
    }
}
