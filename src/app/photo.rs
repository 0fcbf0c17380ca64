//! Photos as the screens draw them.

use std::sync::Arc;

/// A grey photo, scaled down so that it can be drawn at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Photo {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `[height, width]` values, from 0 (black) to 1 (white).
    pub pixels: Arc<[f32]>,
    /// Width and height of the photo it was made from.
    pub original: (u32, u32),
}
