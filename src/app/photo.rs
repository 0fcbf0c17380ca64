//! Photos as the screens draw them.

use std::sync::Arc;

/// A photo in grey or in colour, scaled down so that it can be drawn at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Photo {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `[C, height, width]` values, from 0 (dark) to 1 (light); C is 1 (grey) or 3 (red, green, blue).
    pub pixels: Arc<[f32]>,
    /// Width and height of the photo it was made from.
    pub original: (u32, u32),
}
