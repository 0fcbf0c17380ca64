//! Searches one level in bands of rows: resize, build the tables, evaluate the windows.
//!
//! Each band resizes the rows it needs, builds its own summed-area tables, which fit into the processor's cache, and
//! evaluates its windows. So bands are independent and run in parallel. The cost is that the rows below the last window
//! corners of a band are resized twice, a second time for the next band.

use std::ops::Range;

use super::pyramid::Level;
use super::tables::CascadeAt;
use super::window;
use crate::vision::integral::{Band, Columns};
use crate::vision::resize_exact::{BilinearExact, RowCache};

/// Rows of window corners in a band. Taller bands resize fewer rows twice; shorter bands use more cores evenly.
pub(crate) const BAND: usize = 128;

/// A level with the data that its bands share.
pub(crate) struct Prepared {
    pub(crate) level: Level,
    resizing: BilinearExact,
    columns: Columns,
    cascade: CascadeAt,
    window_height: usize,
}

/// Buffers that a thread reuses from band to band.
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
        // Pixels are needed down to the window of the last row of corners that the scan visits.
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
/// the number of each window that passes.
///
/// As in OpenCV, the window after one that fails the first stage is skipped; the window after one that is too flat is not.
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

/// [`evaluate_row`], one window at a time.
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

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::vision::cascade::Cascade;

    /// Side of the window in these tests.
    const SIDE: usize = 8;

    /// Corner, size and weight of two or three rectangles within the window, as XML.
    fn feature() -> impl Strategy<Value = String> {
        let part = (0..SIDE, 0..SIDE, 1..=SIDE, 1..=SIDE, -3..=3_i8);
        let part = part.prop_map(|(x, y, width, height, weight)| {
            let (width, height) = (width.min(SIDE - x), height.min(SIDE - y));
            format!("<_>{x} {y} {width} {height} {weight}.</_>")
        });
        vec(part, 2..=3).prop_map(|parts| format!("<_><rects>{}</rects></_>", parts.concat()))
    }

    /// Stages of stumps, each with its own feature, that let about half of the windows pass.
    fn cascade() -> impl Strategy<Value = Cascade> {
        let stump = (feature(), -0.2..0.2, -1.0..1.0, -1.0..1.0);
        vec(vec(stump, 1..6), 1..5).prop_map(|stages| {
            let (mut stage_text, mut features) = (String::new(), Vec::new());
            for stumps in stages {
                stage_text += "<_><stageThreshold>-0.1</stageThreshold><weakClassifiers>";
                for (feature, threshold, left, right) in stumps {
                    let index = features.len();
                    stage_text +=
                        &format!("<_><internalNodes>0 -1 {index} {threshold}</internalNodes>");
                    stage_text += &format!("<leafValues>{left} {right}</leafValues></_>");
                    features.push(feature);
                }
                stage_text += "</weakClassifiers></_>";
            }
            let kind =
                "<stageType>BOOST</stageType><featureType>HAAR</featureType><featureParams/>";
            let size = format!("<height>{SIDE}</height><width>{SIDE}</width>");
            let parts = format!(
                "<stages>{stage_text}</stages><features>{}</features>",
                features.concat()
            );
            let text =
                format!("<opencv_storage><cascade>{kind}{size}{parts}</cascade></opencv_storage>");
            Cascade::from_xml(&text).expect("the text is a cascade by construction")
        })
    }

    proptest! {
        #[test]
        fn blocks_find_what_single_windows_find(
            cascade in cascade(),
            width in SIDE..40_usize,
            pixels in vec(any::<u8>(), 40 * 12),
            step in 1..=2_usize,
            flat in 0..40_usize,
        ) {
            let columns = Columns::new(width, step);
            let prepared = CascadeAt::new(&cascade, columns);
            let mut band = Band::default();
            band.start(columns, width, 12);
            for row in pixels.chunks(40) {
                // Part of each row is flat, so that some windows are rejected for low contrast.
                let row: Vec<u8> = row.iter().enumerate().map(|(x, &p)| if x < flat { 9 } else { p }).collect();
                band.push(columns, &row[..width]);
            }
            for y in 0..=12 - SIDE {
                let start = y * columns.stride;
                let count = (width + 1 - SIDE).div_ceil(step);
                let (mut slow, mut fast) = (Vec::new(), Vec::new());
                row_by_windows(&prepared, &band, start, count, &mut |column| slow.push(column));
                if super::super::avx2::row(&prepared, &band, start, count, &mut |column| fast.push(column)) {
                    prop_assert_eq!(slow, fast);
                }
            }
        }
    }
}
