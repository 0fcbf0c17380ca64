//! From points of the plane to cells of the pane.

use crate::app::geometry;

/// Maps points to cells: the bounding box of all points fills the pane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Placing {
    low: (f32, f32),
    high: (f32, f32),
    /// Columns and rows of the pane.
    cells: (u16, u16),
}

impl Placing {
    /// For these points, in a pane of this size inside its frame. Points that are not finite are left out.
    pub(crate) fn new(points: &[(f32, f32)], cells: (u16, u16)) -> Self {
        let fold = |f: fn(f32, f32) -> f32, start: f32| {
            points
                .iter()
                .fold((start, start), |(x, y), p| (f(x, p.0), f(y, p.1)))
        };
        Self {
            low: fold(f32::min, f32::INFINITY),
            high: fold(f32::max, f32::NEG_INFINITY),
            cells,
        }
    }

    /// The same for the Map screen of a terminal of this size.
    pub(crate) fn on_screen(points: &[(f32, f32)], room: (u16, u16)) -> Self {
        let (_, _, columns, rows) = geometry::map_field(room);
        Self::new(points, (columns, rows))
    }

    /// The cell of a point, from the upper left one.
    pub(crate) fn cell(&self, (x, y): (f32, f32)) -> Option<(u16, u16)> {
        let share = |v: f32, low: f32, high: f32| {
            if high > low {
                (v - low) / (high - low)
            } else {
                0.5
            }
        };
        let (across, up) = (
            share(x, self.low.0, self.high.0),
            share(y, self.low.1, self.high.1),
        );
        let usable = x.is_finite() && y.is_finite() && across.is_finite() && up.is_finite();
        let (columns, rows) = self.cells;
        let column = (across * f32::from(columns.saturating_sub(1))).round() as u16;
        let row = ((1.0 - up) * f32::from(rows.saturating_sub(1))).round() as u16;
        usable.then_some((column, row))
    }
}
