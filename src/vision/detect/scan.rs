//! The search of one level: resize, sum up, evaluate, band by band.
//!
//! A level is cut into bands of rows. Each band resizes the rows it needs, builds its own summed-area tables, which fit the
//! processor's cache, and evaluates its windows, so bands are independent and run in parallel. The price is that the rows
//! under the last windows of a band are resized twice, once for the next one.

use std::ops::Range;

use super::pyramid::Level;
use super::tables::CascadeAt;
use super::window;
use crate::vision::integral::{Band, Columns};
use crate::vision::resize_exact::{BilinearExact, RowCache};

/// Rows of window corners in a band. Taller bands resize less twice, lower ones spread better over the cores.
pub(crate) const BAND: usize = 128;

/// A level with everything that its bands share.
pub(crate) struct Prepared {
    pub(crate) level: Level,
    resizing: BilinearExact,
    columns: Columns,
    cascade: CascadeAt,
    window_height: usize,
}

/// Memory that a thread keeps from one band to the next.
#[derive(Default)]
pub(crate) struct Workspace {
    band: Band,
    cache: RowCache,
}

impl Prepared {
    /// Prepares `level` of a picture of the given size.
    pub(crate) fn new(
        picture: (u32, u32),
        level: Level,
        cascade: &crate::vision::cascade::Cascade,
    ) -> Self {
        let columns = Columns::new(level.width, level.step);
        Self {
            level,
            resizing: BilinearExact::new(picture, (level.width as u32, level.height as u32)),
            columns,
            cascade: CascadeAt::new(cascade, columns),
            window_height: cascade.window().1 as usize,
        }
    }

    /// The rows of each band.
    pub(crate) fn bands(&self) -> impl Iterator<Item = Range<usize>> {
        let rows = if self.level.columns == 0 {
            0
        } else {
            self.level.rows
        };
        (0..rows)
            .step_by(BAND)
            .map(move |start| start..rows.min(start + BAND))
    }

    /// Corners `(x, y)`, in pixels of the level, of all windows in the band that pass every stage, row by row.
    pub(crate) fn search(
        &self,
        pixels: &[u8],
        band: Range<usize>,
        workspace: &mut Workspace,
    ) -> Vec<(usize, usize)> {
        let Workspace {
            band: tables,
            cache,
        } = workspace;
        // The last row of corners that the scan visits decides how far down pixels are needed.
        let last = band.start + (band.len() - 1) / self.level.step * self.level.step;
        let pixel_rows = band.start..last + self.window_height;
        tables.start(self.columns, self.level.width, pixel_rows.len());
        self.resizing
            .for_each_row(pixels, pixel_rows, cache, |_, row| {
                tables.push(self.columns, row)
            });
        let mut found = Vec::new();
        for y in band.clone().step_by(self.level.step) {
            let start = (y - band.start) * self.columns.stride;
            evaluate_row(
                &self.cascade,
                tables,
                start,
                self.level.columns.div_ceil(self.level.step),
                &mut |column| {
                    found.push((column * self.level.step, y));
                },
            );
        }
        found
    }
}

/// Evaluates `count` neighbouring windows, the first with its corner at entry `start` of the tables, and calls `found` with
/// the number of each that passes.
///
/// A window that fails the first stage takes the next one with it, which is then not looked at, as OpenCV has it. One that
/// is too flat does not.
fn evaluate_row(
    cascade: &CascadeAt,
    band: &Band,
    start: usize,
    count: usize,
    found: &mut dyn FnMut(usize),
) {
    #[cfg(target_arch = "x86_64")]
    if super::avx2::row(cascade, band, start, count, found) {
        return;
    }
    row_by_windows(cascade, band, start, count, found);
}

/// [`evaluate_row`], one window after the other.
fn row_by_windows(
    cascade: &CascadeAt,
    band: &Band,
    start: usize,
    count: usize,
    found: &mut dyn FnMut(usize),
) {
    let mut column = 0;
    while column < count {
        let at = start + column;
        if let Some(factor) = window::contrast(cascade, band, at) {
            let failed = cascade
                .stages()
                .iter()
                .position(|stage| !window::passes(stage, &band.sums, at, factor));
            match failed {
                None => found(column),
                Some(0) => column += 1,
                Some(_) => {}
            }
        }
        column += 1;
    }
}
