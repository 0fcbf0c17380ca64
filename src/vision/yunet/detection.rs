//! What a detector that knows landmarks finds.

use serde::{Deserialize, Serialize};

/// Five points of a face, `[x, y]` in pixels from the photo's top left corner: right eye and left eye (as the person has
/// them, so the right one is usually further left), tip of the nose, right and left corner of the mouth.
pub type Landmarks = [[f32; 2]; 5];

/// The way up in which a face was found: by how much the photo had to be turned clockwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Orientation {
    /// As it is.
    #[default]
    Upright,
    /// By 90°.
    Clockwise,
    /// By 180°.
    UpsideDown,
    /// By 270°.
    Counterclockwise,
}

impl Orientation {
    /// All four, upright first.
    pub const ALL: [Self; 4] = [
        Self::Upright,
        Self::Clockwise,
        Self::UpsideDown,
        Self::Counterclockwise,
    ];

    /// The point of the photo that lies at `[x, y]` of the turned photo; `width` and `height` are those of the photo.
    pub(super) fn back(self, [x, y]: [f32; 2], [width, height]: [f32; 2]) -> [f32; 2] {
        match self {
            Self::Upright => [x, y],
            Self::Clockwise => [y, height - x],
            Self::UpsideDown => [width - x, height - y],
            Self::Counterclockwise => [width - y, x],
        }
    }
}

/// A face with its landmarks, in pixels of the photo.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    /// Left edge of the box; may lie outside the photo.
    pub x: f32,
    /// Upper edge of the box.
    pub y: f32,
    /// Width of the box.
    pub width: f32,
    /// Height of the box.
    pub height: f32,
    /// See [`Landmarks`].
    pub landmarks: Landmarks,
    /// How sure the detector is, 0 to 1.
    pub score: f32,
    /// The way up in which it was found.
    pub orientation: Orientation,
}

impl Detection {
    /// Geometric mean of width and height, in pixels.
    pub fn size(&self) -> f32 {
        (self.width.max(0.0) * self.height.max(0.0)).sqrt()
    }

    /// Area of the intersection with another box over that of the union, 0 to 1.
    pub fn overlap(&self, other: &Self) -> f32 {
        let side = |a: f32, a_size: f32, b: f32, b_size: f32| {
            ((a + a_size).min(b + b_size) - a.max(b)).max(0.0)
        };
        let both = side(self.x, self.width, other.x, other.width)
            * side(self.y, self.height, other.y, other.height);
        let union = self.width * self.height + other.width * other.height - both;
        if union > 0.0 { both / union } else { 0.0 }
    }

    /// As found in a picture of which the photo is `[horizontal, vertical]` times as large.
    #[must_use]
    pub(in crate::vision) fn scaled(self, [across, down]: [f32; 2]) -> Self {
        Self {
            x: self.x * across,
            y: self.y * down,
            width: self.width * across,
            height: self.height * down,
            landmarks: self.landmarks.map(|[x, y]| [x * across, y * down]),
            ..self
        }
    }

    /// As found in the turned photo; `photo` is width and height of the photo.
    #[must_use]
    pub(super) fn turned_back(self, orientation: Orientation, photo: [f32; 2]) -> Self {
        let back = |point| orientation.back(point, photo);
        let [a, b] = [
            back([self.x, self.y]),
            back([self.x + self.width, self.y + self.height]),
        ];
        Self {
            x: a[0].min(b[0]),
            y: a[1].min(b[1]),
            width: (a[0] - b[0]).abs(),
            height: (a[1] - b[1]).abs(),
            landmarks: self.landmarks.map(back),
            orientation,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f32, y: f32, width: f32, height: f32) -> Detection {
        Detection {
            x,
            y,
            width,
            height,
            landmarks: [[x, y]; 5],
            score: 0.9,
            orientation: Orientation::Upright,
        }
    }

    #[test]
    fn overlap_is_intersection_over_union() {
        let a = at(0.0, 0.0, 10.0, 10.0);
        assert_eq!(a.overlap(&a), 1.0);
        assert!((a.overlap(&at(5.0, 0.0, 10.0, 10.0)) - 1.0 / 3.0).abs() < 1e-6);
        assert_eq!(a.overlap(&at(20.0, 0.0, 10.0, 10.0)), 0.0);
        assert_eq!(at(0.0, 0.0, 0.0, 0.0).overlap(&at(0.0, 0.0, 0.0, 0.0)), 0.0);
    }

    #[test]
    fn turning_back_finds_the_place_in_the_photo() {
        // In a photo of 40 × 20: the point (3, 5), seen in the turned photos.
        let photo = [40.0, 20.0];
        let seen = [[3.0, 5.0], [15.0, 3.0], [37.0, 15.0], [5.0, 37.0]];
        for (orientation, point) in Orientation::ALL.into_iter().zip(seen) {
            assert_eq!(
                orientation.back(point, photo),
                [3.0, 5.0],
                "{orientation:?}"
            );
        }
        let found = at(10.0, 2.0, 4.0, 6.0).turned_back(Orientation::Clockwise, photo);
        assert_eq!(
            (found.x, found.y, found.width, found.height),
            (2.0, 6.0, 6.0, 4.0)
        );
        assert_eq!(found.landmarks[0], [2.0, 10.0]);
    }
}
