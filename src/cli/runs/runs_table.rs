//! The table of trainings.

use crate::cli::table::{Column, cut, lines, terminal_width};
use crate::train::run_dir::{RunColumn, RunOverview};

/// The most columns of a note.
const NOTE_WIDTH: usize = 40;

/// Titles and rows, as many columns as the terminal has room for.
pub(super) fn runs_table(runs: &[RunOverview]) -> Vec<String> {
    let column = |of: RunColumn| {
        let column = Column::new(of.title).dispensable(of.dispensable);
        match of.right {
            true => column.right(),
            false => column,
        }
    };
    let row = |run: &RunOverview| {
        let mut cells = run.cells();
        cells[RunColumn::NOTE] = cut(&cells[RunColumn::NOTE], NOTE_WIDTH);
        cells.to_vec()
    };
    let rows: Vec<Vec<String>> = runs.iter().map(row).collect();
    lines(&RunColumn::ALL.map(column), &rows, terminal_width())
}
