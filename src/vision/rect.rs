//! A rectangle of whole pixels.

use image::GrayImage;
use serde::{Deserialize, Serialize};

/// A rectangle in pixels; the origin is the top left corner of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rect {
    /// The column of its left edge.
    pub x: u32,
    /// The row of its upper edge.
    pub y: u32,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

impl Rect {
    /// The whole picture.
    pub fn of(picture: &GrayImage) -> Self {
        Self {
            x: 0,
            y: 0,
            width: picture.width(),
            height: picture.height(),
        }
    }

    /// The largest square in the middle of this rectangle. If a side is odd, the extra pixel is at the right or bottom.
    pub fn centred_square(self) -> Self {
        let side = self.width.min(self.height);
        Self {
            x: self.x + (self.width - side) / 2,
            y: self.y + (self.height - side) / 2,
            width: side,
            height: side,
        }
    }

    /// As seen in a picture that is `[horizontal, vertical]` times as large.
    #[must_use]
    pub(crate) fn scaled(self, [across, down]: [f32; 2]) -> Self {
        let scaled = |at: u32, by: f32| (f64::from(at) * f64::from(by)).round() as u32;
        let (x, y) = (scaled(self.x, across), scaled(self.y, down));
        let end = [
            scaled(self.x + self.width, across),
            scaled(self.y + self.height, down),
        ];
        Self {
            x,
            y,
            width: (end[0] - x).max(1),
            height: (end[1] - y).max(1),
        }
    }

    /// The part that lies in a picture of `width` × `height` pixels; `None` if that part is empty.
    pub fn within(self, width: u32, height: u32) -> Option<Self> {
        let inside = Self {
            width: self.width.min(width.saturating_sub(self.x)),
            height: self.height.min(height.saturating_sub(self.y)),
            ..self
        };
        (inside.width > 0 && inside.height > 0).then_some(inside)
    }
}
