//! How good a face is for recognition, measured once and judged in one place.
//!
//! A [`FaceQuality`] travels with each prepared face; [`FaceQuality::verdict`] is the only place that turns it into "good",
//! "doubtful" or "unusable". The limits and where they come from stand beside them.
//!
//! ```
//! use twinsight::vision::quality::{Doubt, FaceQuality, Pose, Verdict};
//! use twinsight::vision::yunet::Orientation;
//!
//! let quality = FaceQuality {
//!     score: 0.92,
//!     size: 18.0,
//!     sharpness: 0.3,
//!     pose: Pose::default(),
//!     faces: 1,
//!     beside: false,
//!     cut_off: false,
//!     orientation: Orientation::Upright,
//! };
//! assert_eq!(quality.verdict(), Verdict::Doubtful(vec![Doubt::Small]));
//! assert_eq!(
//!     quality.explain(Doubt::Small),
//!     "the face is small (18 pixels; 32 or more are recognised reliably)"
//! );
//! ```

use serde::{Deserialize, Serialize};

use super::face::{Face, SIDE};
use super::yunet::{CLEAR, Detection, Landmarks, Orientation};

/// Below this size in pixels a face is doubtful.
///
/// 150 mated and 150 non-mated pairs of LFW, one picture of each reduced so that its face has so many pixels, SFace at
/// cosine 0.363: of 98, 40, 32, 24, 20, 16 and 12 pixels 2, 4, 5, 11, 19, 43 and 87 % of the mated pairs were not recognised;
/// no non-mated pair was accepted at any size.
pub const SMALL: f32 = 32.0;
/// Below this size a face is unusable; see [`SMALL`].
pub const TOO_SMALL: f32 = 12.0;
/// Below this score a detection is doubtful, above what most non-faces reach.
pub const WEAK: f32 = 0.8;
/// Below this sharpness a face is blurred: between the least of LFW (0.16) and of ORL (0.24), and what ORL's have from 24 pixels
/// (median 0.09).
pub const BLURRED: f32 = 0.10;
/// A landmark nearer to the border than this part of the face's size is as good as outside. The nearest of the 400 ORL portraits
/// has 0.127; in faces that were cut by half the detector still places both eyes and the mouth, at most at 0.08.
const NEAR_BORDER: f32 = 0.1;
/// From this angle on, in degrees, a face is turned away: 1 of 100 faces of LFW.
pub const TURNED_AWAY: f32 = 45.0;
/// How far down from the eyes to the mouth the tip of the nose of a level face is.
const LEVEL: f32 = 0.56;
/// A second face is marked if it is smaller than this part of the best one …
const FAR_SMALLER: f32 = 0.5;
/// … and its score is lower than the best one's by this.
const FAR_WEAKER: f32 = 0.1;

/// In which direction a face looks, in degrees, estimated from its landmarks; near zero for a frontal face.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Pose {
    /// To the right of the picture if positive.
    pub yaw: f32,
    /// Up if positive.
    pub pitch: f32,
    /// Tilted clockwise in the picture if positive; after the photo was turned by its orientation.
    pub roll: f32,
}

impl Pose {
    /// An estimate from five points.
    ///
    /// The points are turned by −roll, so that the line from the right eye R to the left eye L is level. With the
    /// middle E of the eyes, M of the mouth, the nose N, and d = |L − R|:
    ///
    /// - roll = atan2(L_y − R_y, L_x − R_x),
    /// - yaw = atan(((N_x − E_x) / d) / 0.41),
    /// - pitch = atan((0.56 − (N_y − E_y) / (M_y − E_y)) / 0.42).
    ///
    /// They are the views of a rigid head without perspective whose nose tip lies 0.41 eye distances, or 0.42 of the way
    /// from eyes to mouth, in front of the eyes: the points of S. Mallick's generic head (eyes at ±165, 170, −135, mouth
    /// at ±150, −150, −125, nose at the origin). 0.56 is the median of
    /// LFW and of ORL. Good to about 10°; of a profile no more than that it is one.
    pub fn of(landmarks: &Landmarks, orientation: Orientation) -> Self {
        let [right, left, nose, mouth_right, mouth_left] = *landmarks;
        let middle = |a: [f32; 2], b: [f32; 2]| [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0];
        let (eyes, mouth) = (middle(right, left), middle(mouth_right, mouth_left));
        let angle = (left[1] - right[1]).atan2(left[0] - right[0]);
        let (sin, cos) = angle.sin_cos();
        // Seen from the middle of the eyes, turned level.
        let level = |point: [f32; 2]| {
            let (x, y) = (point[0] - eyes[0], point[1] - eyes[1]);
            [x * cos + y * sin, y * cos - x * sin]
        };
        let distance = (left[0] - right[0]).hypot(left[1] - right[1]);
        let (nose, mouth) = (level(nose), level(mouth));
        let yaw = (nose[0] / distance / 0.41).atan();
        let pitch = ((LEVEL - nose[1] / mouth[1]) / 0.42).atan();
        let turned = match orientation {
            Orientation::Upright => 0.0,
            Orientation::Clockwise => 90.0,
            Orientation::UpsideDown => 180.0,
            Orientation::Counterclockwise => 270.0,
        };
        let roll = (angle.to_degrees() + turned + 180.0).rem_euclid(360.0) - 180.0;
        let finite = |degrees: f32| if degrees.is_finite() { degrees } else { 0.0 };
        Self {
            yaw: finite(yaw.to_degrees()),
            pitch: finite(pitch.to_degrees()),
            roll: finite(roll),
        }
    }
}

/// What is known about a face before anybody is recognised.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FaceQuality {
    /// How sure the detector is, 0 to 1.
    pub score: f32,
    /// Geometric mean of the box's width and height, in pixels of the photo.
    pub size: f32,
    /// See [`sharpness`].
    pub sharpness: f32,
    /// In which direction it looks.
    pub pose: Pose,
    /// How many faces the photo shows, this one among them.
    pub faces: usize,
    /// Whether it is far weaker and smaller than the best face of the photo: a face in the background, or no face.
    pub beside: bool,
    /// Whether the border of the photo cuts it off.
    #[serde(default)]
    pub cut_off: bool,
    /// The way up in which it was found.
    pub orientation: Orientation,
}

/// Why a face may be recognised wrongly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// The detector is not sure.
    Weak,
    /// Few pixels.
    Small,
    /// Part of it lies outside the photo.
    CutOff,
    /// Little detail.
    Blurred,
    /// Looks far to a side, up, or down.
    TurnedAway,
    /// Far weaker and smaller than another in the same photo.
    Beside,
    /// The photo does not stand upright.
    Turned,
}

/// What may be done with a face.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Used without a word.
    Good,
    /// Used, and the reasons are shown; the most important first.
    Doubtful(Vec<Doubt>),
    /// Not used; the first reason says why.
    Unusable(Vec<Doubt>),
}

impl FaceQuality {
    /// Measures the face `index` of those that were found in a photo of width × height pixels; `grey` is it, aligned.
    ///
    /// # Panics
    /// If there is no face of that number.
    pub fn measure(found: &[Detection], index: usize, grey: &Face, photo: (u32, u32)) -> Self {
        let face = &found[index];
        let best = found
            .iter()
            .max_by(|a, b| strength(a).total_cmp(&strength(b)));
        Self {
            score: face.score,
            size: face.size(),
            sharpness: sharpness(grey),
            pose: Pose::of(&face.landmarks, face.orientation),
            faces: found.len(),
            beside: best.is_some_and(|best| is_beside(face, best)),
            cut_off: is_cut_off(face, photo),
            orientation: face.orientation,
        }
    }

    /// The judgement that enrolment, verification and the checks of data share.
    pub fn verdict(&self) -> Verdict {
        let turned = self.pose.yaw.abs().max(self.pose.pitch.abs());
        let doubts: Vec<_> = [
            (self.size < SMALL, Doubt::Small),
            (self.beside, Doubt::Beside),
            (self.score < WEAK, Doubt::Weak),
            (self.cut_off, Doubt::CutOff),
            (self.sharpness < BLURRED, Doubt::Blurred),
            (turned >= TURNED_AWAY, Doubt::TurnedAway),
            (self.orientation != Orientation::Upright, Doubt::Turned),
        ]
        .into_iter()
        .filter_map(|(holds, doubt)| holds.then_some(doubt))
        .collect();
        match doubts.is_empty() {
            true => Verdict::Good,
            false if self.size < TOO_SMALL => Verdict::Unusable(doubts),
            false => Verdict::Doubtful(doubts),
        }
    }

    /// A doubt about this face as a sentence without its full stop.
    pub fn explain(&self, doubt: Doubt) -> String {
        match doubt {
            Doubt::Weak => format!(
                "the detector is not sure that this is a face (score {:.2}; {CLEAR:.2} or more are clear)",
                self.score
            ),
            Doubt::Small => format!(
                "the face is small ({:.0} pixels; {SMALL:.0} or more are recognised reliably)",
                self.size
            ),
            Doubt::CutOff => "the border of the photo cuts off part of the face".to_owned(),
            Doubt::Blurred => "the face is blurred".to_owned(),
            Doubt::TurnedAway => match self.pose.yaw.abs() >= self.pose.pitch.abs() {
                true => format!(
                    "the face is turned to the side by about {:.0}°",
                    self.pose.yaw.abs()
                ),
                false if self.pose.pitch > 0.0 => "the face looks far up".to_owned(),
                false => "the face looks far down".to_owned(),
            },
            Doubt::Beside => {
                "it is far smaller and weaker than another face of the photo, and may be none"
                    .to_owned()
            }
            Doubt::Turned => match self.orientation {
                Orientation::UpsideDown => "the photo is upside down".to_owned(),
                _ => "the photo lies on its side".to_owned(),
            },
        }
    }
}

/// What makes a face the main one of a photo: a large one counts as much as a certain one.
fn strength(face: &Detection) -> f32 {
    face.score * face.size()
}

/// Whether a face is far weaker and smaller than another.
fn is_beside(face: &Detection, best: &Detection) -> bool {
    face.size() < FAR_SMALLER * best.size() && face.score < best.score - FAR_WEAKER
}

/// Whether an eye, the nose or a corner of the mouth lies outside a photo of width × height pixels, or nearly.
fn is_cut_off(face: &Detection, (width, height): (u32, u32)) -> bool {
    let inside = |[x, y]: [f32; 2]| x.min(y).min(width as f32 - x).min(height as f32 - y);
    let nearest = face.landmarks.map(inside).into_iter();
    nearest.fold(f32::INFINITY, f32::min) < NEAR_BORDER * face.size()
}

/// How much of a face's contrast is in its finest detail: the mean absolute Laplacian (the four neighbours less four
/// times the pixel) of the inner pixels over the standard deviation of all. 0 for a face without any contrast.
pub fn sharpness(face: &Face) -> f32 {
    let pixels = face.pixels();
    let count = pixels.len() as f32;
    let mean = pixels.iter().sum::<f32>() / count;
    let variance = pixels.iter().map(|p| (p - mean).powi(2)).sum::<f32>() / count;
    if variance <= f32::EPSILON {
        return 0.0;
    }
    let inner = 1..SIDE - 1;
    let places = inner
        .clone()
        .flat_map(|y| inner.clone().map(move |x| y * SIDE + x));
    let detail = places.map(|at| {
        let around = pixels[at - 1] + pixels[at + 1] + pixels[at - SIDE] + pixels[at + SIDE];
        (around - 4.0 * pixels[at]).abs()
    });
    let inside = ((SIDE - 2) * (SIDE - 2)) as f32;
    detail.sum::<f32>() / inside / variance.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vision::align::Template;

    fn face(size: f32, score: f32) -> Detection {
        Detection {
            x: 0.0,
            y: 0.0,
            width: size,
            height: size,
            landmarks: Template::ARCFACE.points,
            score,
            orientation: Orientation::Upright,
        }
    }

    /// A photo with room for all of these.
    const ROOM: (u32, u32) = (400, 400);

    fn detailed() -> Face {
        let value = |i: usize| ((i % SIDE + i / SIDE) % 2) as f32;
        Face::from_pixels((0..SIDE * SIDE).map(value).collect::<Vec<_>>())
    }

    #[test]
    fn a_clear_face_is_good_and_a_tiny_one_unusable() {
        let grey = detailed();
        let of =
            |found: &[Detection], index| FaceQuality::measure(found, index, &grey, ROOM).verdict();
        assert_eq!(of(&[face(90.0, 0.93)], 0), Verdict::Good);
        assert_eq!(
            of(&[face(20.0, 0.7)], 0),
            Verdict::Doubtful(vec![Doubt::Small, Doubt::Weak])
        );
        assert_eq!(
            of(&[face(8.0, 0.93)], 0),
            Verdict::Unusable(vec![Doubt::Small])
        );
    }

    #[test]
    fn a_face_at_the_border_is_cut_off() {
        let grey = detailed();
        let of = |photo| FaceQuality::measure(&[face(90.0, 0.93)], 0, &grey, photo).verdict();
        // The mouth of the template reaches to 92, the left eye to 74.
        assert_eq!(of((112, 112)), Verdict::Good);
        for cut in [(80, 112), (112, 97), (112, 60)] {
            assert_eq!(of(cut), Verdict::Doubtful(vec![Doubt::CutOff]), "{cut:?}");
        }
    }

    #[test]
    fn only_what_is_both_weaker_and_smaller_is_marked() {
        let found = [
            face(200.0, 0.94),
            face(76.0, 0.65),
            face(76.0, 0.93),
            face(180.0, 0.7),
        ];
        let grey = detailed();
        let marked = |index| FaceQuality::measure(&found, index, &grey, ROOM).beside;
        assert_eq!([0, 1, 2, 3].map(marked), [false, true, false, false]);
    }

    #[test]
    fn pose_follows_the_landmarks() {
        let frontal = Template::ARCFACE.points;
        let pose = Pose::of(&frontal, Orientation::Upright);
        assert!(
            pose.yaw.abs() < 1.0 && pose.pitch.abs() < 10.0 && pose.roll.abs() < 1.0,
            "{pose:?}"
        );
        // Lying on its side: turned counterclockwise by 90°, and found when the photo was turned clockwise.
        let lying = frontal.map(|[x, y]| [y, 112.0 - x]);
        let found = Pose::of(&lying, Orientation::Clockwise);
        assert!((found.roll - pose.roll).abs() < 1e-3 && (found.yaw - pose.yaw).abs() < 1e-3);
        let mut right = frontal;
        right[2][0] += 14.4;
        assert!((Pose::of(&right, Orientation::Upright).yaw - 45.0).abs() < 1.5);
        let mut up = frontal;
        up[2][1] -= 8.0;
        assert!(Pose::of(&up, Orientation::Upright).pitch > 20.0);
        let nowhere = Pose::of(&[[3.0, 3.0]; 5], Orientation::Upright);
        assert_eq!(nowhere, Pose::default());
    }

    #[test]
    fn detail_is_measured_whatever_the_contrast() {
        // Of a chessboard each inner pixel differs by 1 from its four neighbours: 4 over a deviation of ½.
        assert!((sharpness(&detailed()) - 8.0).abs() < 1e-4);
        assert_eq!(sharpness(&Face::from_pixels(vec![0.3; SIDE * SIDE])), 0.0);
    }
}
