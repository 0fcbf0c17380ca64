//! The face from the eyebrows to the chin, cut out as the pictures of the Olivetti file are.
//!
//! There YuNet finds a face in each of the 400 pictures. In the mean the centre of eyes and mouth is that of the picture, at
//! (0.51, 0.50) of its side with a standard deviation of 0.03, and the side is [`SIDE`] times [`reach`], which differs by 6 %
//! from picture to picture, by at most 20 %.

use super::yunet::Landmarks;

/// The side of the square as a multiple of [`reach`].
pub(crate) const SIDE: f32 = 1.51;
/// A picture is cut like this already if the square would have at least this part of its longer side: 0.83 and more in the
/// Olivetti pictures, and at most 0.80 in the ORL pictures that these were cut from.
const CLOSE: f32 = 0.81;
/// … and if its longer side is at most so many times the shorter one.
const SQUARE: f32 = 1.1;

/// The square around a face: its centre, and its side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct CloseSquare {
    pub(super) centre: [f32; 2],
    pub(super) side: f32,
}

impl CloseSquare {
    pub(super) fn of(landmarks: &Landmarks) -> Self {
        let [eyes, mouth] = middles(landmarks);
        Self {
            centre: middle(eyes, mouth),
            side: SIDE * reach(landmarks),
        }
    }

    /// Whether a picture of this width and height is cut like this already, so that it is taken whole.
    pub(super) fn fills(self, (width, height): (u32, u32)) -> bool {
        let (longer, shorter) = (width.max(height) as f32, width.min(height) as f32);
        longer <= SQUARE * shorter && self.side >= CLOSE * longer
    }
}

/// The distance of the eyes and that from eyes to mouth, taken together: a head that is turned away has less of the first, one
/// that is lowered less of the second.
fn reach(landmarks: &Landmarks) -> f32 {
    let [eyes, mouth] = middles(landmarks);
    distance(landmarks[0], landmarks[1]).hypot(distance(eyes, mouth))
}

/// The points between the eyes and between the corners of the mouth.
fn middles(&[right_eye, left_eye, _, right_corner, left_corner]: &Landmarks) -> [[f32; 2]; 2] {
    [
        middle(right_eye, left_eye),
        middle(right_corner, left_corner),
    ]
}

fn middle(a: [f32; 2], b: [f32; 2]) -> [f32; 2] {
    [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0]
}

fn distance(a: [f32; 2], b: [f32; 2]) -> f32 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mean landmarks of the Olivetti pictures.
    const MEAN: Landmarks = [
        [17.7, 16.8],
        [47.4, 16.7],
        [32.6, 33.4],
        [20.2, 47.0],
        [44.7, 46.8],
    ];

    #[test]
    fn the_mean_face_fills_its_picture() {
        let square = CloseSquare::of(&MEAN);
        assert!((square.side - 64.0).abs() < 0.7, "{square:?}");
        assert!((square.centre[0] - 32.0).abs() < 1.0 && (square.centre[1] - 32.0).abs() < 1.0);
        assert!(square.fills((64, 64)) && square.fills((60, 66)));
        assert!(!square.fills((92, 112)) && !square.fills((80, 80)));
    }
}
