//! The search of one level: resize, sum up, evaluate, band by band.
//!
//! A level is cut into bands of rows. Each band resizes the rows it needs, builds its own summed-area tables, which fit the
//! processor's cache, and evaluates its windows, so bands are independent and run in parallel. The price is that the rows
//! under the last windows of a band are resized twice, once for the next one.

use std::ops::Range;

use super::block::{self, LANES, Lanes, Mask};
use super::pyramid::Level;
use super::tables::{CascadeAt, StageAt, Votes};
use super::window;
use crate::vision::integral::{Band, Columns};
use crate::vision::resize_exact::{BilinearExact, RowCache};

/// Rows of window corners in a band. Taller bands resize less twice, lower ones spread better over the cores.
pub(crate) const BAND: usize = 128;

/// From this many windows left in a block on, the block is evaluated as a whole: about the break-even of both ways.
const CROWDED: u32 = 3;

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

/// Evaluates `count` neighbouring windows, the first with its corner at entry `start` of the tables.
fn evaluate_row(
    cascade: &CascadeAt,
    band: &Band,
    start: usize,
    count: usize,
    found: &mut dyn FnMut(usize),
) {
    match &cascade.stages[0].votes {
        Votes::Stumps(_) => super::dispatch::row_of_stumps(cascade, band, start, count, found),
        Votes::Trees(_) => row_of_trees(cascade, band, start, count, found),
    }
}

/// One row of windows, block by block. To be inlined into a caller that says which vector instructions there are.
#[inline(always)]
pub(crate) fn row_of_stumps(
    cascade: &CascadeAt,
    band: &Band,
    start: usize,
    count: usize,
    found: &mut dyn FnMut(usize),
) {
    let mut skip = false;
    for column in (0..count).step_by(LANES) {
        let at = start + column;
        let (factors, good) = block::contrasts(cascade, band, at);
        let inside = if count - column >= LANES {
            Mask::MAX
        } else {
            (1 << (count - column)) - 1
        };
        let good = good & inside;
        let passed = if good == 0 {
            0
        } else {
            stage_of_block(&cascade.stages[0], band, at, &factors)
        };
        let mut alive = visited(good & !passed, &mut skip) & good & passed;
        let mut stage = 1;
        while stage < cascade.stages.len() && alive.count_ones() >= CROWDED {
            alive &= stage_of_block(&cascade.stages[stage], band, at, &factors);
            stage += 1;
        }
        finish(
            &cascade.stages[stage..],
            band,
            at,
            &factors,
            alive,
            &mut |lane| found(column + lane),
        );
    }
}

/// Which windows of the block pass a stage.
#[inline(always)]
fn stage_of_block(stage: &StageAt, band: &Band, at: usize, factors: &Lanes<f32>) -> Mask {
    match &stage.votes {
        Votes::Stumps(stumps) => block::passing(stumps, stage.threshold, &band.sums, at, factors),
        Votes::Trees(_) => unreachable!("either all stages are of stumps or none"),
    }
}

/// Takes the windows of `alive` one by one through the remaining stages.
#[inline(always)]
fn finish(
    stages: &[StageAt],
    band: &Band,
    at: usize,
    factors: &Lanes<f32>,
    mut alive: Mask,
    found: &mut impl FnMut(usize),
) {
    while alive != 0 {
        let lane = alive.trailing_zeros() as usize;
        alive &= alive - 1;
        if stages
            .iter()
            .all(|stage| window::passes(stage, &band.sums, at + lane, factors[lane]))
        {
            found(lane);
        }
    }
}

/// Which windows the scan visits: it leaves one out after each that it visited and that failed the first stage.
///
/// `skip` says whether the block's first window is left out, and afterwards whether the next block's is.
#[inline(always)]
fn visited(failed: Mask, skip: &mut bool) -> Mask {
    let mut left_out = Mask::from(*skip);
    let mut visited = 0;
    for lane in 0..LANES {
        let visit = 1 - left_out;
        visited |= visit << lane;
        left_out = visit & (failed >> lane);
        left_out &= 1;
    }
    *skip = left_out != 0;
    visited
}

/// One row of windows of a cascade with larger trees, window by window.
fn row_of_trees(
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
                .stages
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
