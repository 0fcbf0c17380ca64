//! The sizes and positions that the detector searches.
//!
//! The window keeps its size and the picture is reduced: at scale `s` it is resized to `round(w/s) × round(h/s)`, and a
//! window there is a face `s` times its size in the picture. Every rounding follows OpenCV's `detectMultiScale` (half to
//! even, scales kept as f32), because one level or row more or less changes the result.

use super::FaceBox;

/// One scale of the search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Level {
    /// Pixels of the picture per pixel of the level.
    pub(crate) scale: f32,
    /// Width of the level in pixels.
    pub(crate) width: usize,
    /// Height of the level in pixels.
    pub(crate) height: usize,
    /// Distance between window corners in both directions: 2 if the scale is below 2, otherwise 1.
    pub(crate) step: usize,
    /// Window corners have columns below this.
    pub(crate) columns: usize,
    /// Window corners have rows below this.
    pub(crate) rows: usize,
}

impl Level {
    /// The window with its corner at column and row `corner` of the level, as a box in pixels of the picture.
    pub(crate) fn window_at(&self, corner: (usize, usize), window: (u32, u32)) -> FaceBox {
        let grow = |length: f32| (length * self.scale).round_ties_even() as i32;
        let (x, y) = (grow(corner.0 as f32), grow(corner.1 as f32));
        let (width, height) = (grow(window.0 as f32), grow(window.1 as f32));
        FaceBox {
            x,
            y,
            width,
            height,
            neighbors: 1,
        }
    }
}

/// The levels for a picture, from fine to coarse; none if the picture is smaller than the window.
///
/// `min` and `max` bound the window's size in the picture. If no scale lies between them, the one whose window is nearest
/// to `min` is used, as OpenCV does.
pub(crate) fn levels(
    picture: (u32, u32),
    window: (u32, u32),
    scale_factor: f64,
    min: (u32, u32),
    max: Option<(u32, u32)>,
) -> Vec<Level> {
    let max = max.unwrap_or(picture);
    let all = scales(picture, window, scale_factor);
    let size = |scale: f32| {
        [window.0, window.1].map(|side| (side as f32 * scale).round_ties_even() as u32)
    };
    let mut chosen: Vec<f32> = all
        .iter()
        .copied()
        .take_while(|&scale| size(scale)[0] <= max.0 && size(scale)[1] <= max.1)
        .filter(|&scale| size(scale)[0] >= min.0 && size(scale)[1] >= min.1)
        .collect();
    if chosen.is_empty() {
        // The sum of two squares of 32-bit numbers needs 65 bits.
        let square = |a: u32, b: u32| u128::from(a.abs_diff(b)).pow(2);
        chosen.extend(
            all.iter()
                .copied()
                .min_by_key(|&scale| square(min.0, size(scale)[0]) + square(min.1, size(scale)[1])),
        );
    }
    let mut levels: Vec<Level> = chosen
        .into_iter()
        .map(|scale| level(picture, window, scale))
        .collect();
    drop_unvisited_rows(&mut levels);
    levels
}

/// The scales at which the window fits into the picture: 1, `factor`, `factor`², …
fn scales(picture: (u32, u32), window: (u32, u32), factor: f64) -> Vec<f32> {
    let fits = |scale: f64, side: u32, limit: u32| {
        (f64::from(side) * scale).round_ties_even() <= f64::from(limit)
    };
    std::iter::successors(Some(1.0), |scale| Some(scale * factor))
        .take_while(|&scale| fits(scale, window.0, picture.0) && fits(scale, window.1, picture.1))
        .map(|scale| scale as f32)
        .collect()
}

fn level(picture: (u32, u32), window: (u32, u32), scale: f32) -> Level {
    let side = |of: u32| (of as f32 / scale).round_ties_even() as usize;
    let (width, height) = (side(picture.0), side(picture.1));
    let step = if scale >= 2.0 { 1 } else { 2 };
    let columns = (width + 1).saturating_sub(window.0 as usize);
    let rows = (height + 1).saturating_sub(window.1 as usize);
    Level {
        scale,
        width,
        height,
        step,
        columns,
        rows,
    }
}

/// Removes the rows of windows that OpenCV never visits.
///
/// OpenCV divides each level into as many stripes as the finest level has blocks of 32 columns, and computes their height
/// from the number of steps, rounded down. If that number divides evenly, an odd last row is in no stripe.
fn drop_unvisited_rows(levels: &mut [Level]) {
    let Some(stripes) = levels.first().map(|finest| finest.columns.div_ceil(32)) else {
        return;
    };
    for level in levels {
        let steps = (level.rows / level.step).div_ceil(stripes.max(1)).max(1);
        level.rows = level.rows.min(stripes * steps * level.step);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_smaller_than_the_window_has_no_level() {
        assert!(levels((23, 100), (24, 24), 1.1, (0, 0), None).is_empty());
        assert!(levels((0, 0), (24, 24), 1.1, (0, 0), None).is_empty());
        assert_eq!(levels((24, 24), (24, 24), 1.1, (0, 0), None).len(), 1);
    }

    #[test]
    fn between_impossible_bounds_the_nearest_scale_is_used() {
        let found = levels((200, 200), (24, 24), 2.0, (60, 60), Some((60, 60)));
        assert_eq!(
            found.iter().map(|level| level.scale).collect::<Vec<_>>(),
            [2.0]
        );
    }

    #[test]
    fn a_least_size_beyond_measure_is_nearest_to_the_largest_window() {
        let asked = (u32::MAX, u32::MAX);
        let found = levels((200, 200), (24, 24), 2.0, asked, Some(asked));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].scale, 8.0);
    }

    #[test]
    fn the_last_row_is_left_out_where_the_stripes_come_out_even() {
        // 88 pixels high: 65 rows of corners, 32 steps rounded down; 64 columns make two stripes of 16 steps.
        let found = levels((87, 88), (24, 24), 1.1, (0, 0), None);
        assert_eq!((found[0].columns, found[0].rows), (64, 64));
        // One row more is 33 steps, rounded up to 17 for each stripe.
        let found = levels((87, 89), (24, 24), 1.1, (0, 0), None);
        assert_eq!(found[0].rows, 66);
    }
}
