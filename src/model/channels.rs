//! Input channels: what a member of a network sees of the grey values of a face.
//!
//! Members that see a face differently make different errors, and an ensemble averages them out. With local contrast beside the
//! raw values the EER of one member fell from 4.9 to 4.4 % (16 folds of unseen people); light that changes slowly over the face
//! disappears from it.
//!
//! ```
//! use twinsight::model::{Channel, InputSpec};
//!
//! let spec = InputSpec { channels: vec![Channel::Raw, Channel::LocalContrast], zoom: 1.0 };
//! let black = vec![0.0; 64 * 64];
//! let mut seen = vec![1.0; 2 * 64 * 64];
//! spec.fill(&black, &mut seen);
//! assert_eq!(seen[..4], [-0.5, 0.0, -0.5, 0.0]);
//! ```

use crate::nn::spec::Extent;
use crate::vision::SIDE;
use serde::{Deserialize, Serialize};

/// One picture that is computed of the grey values `x` of a face, `[64, 64]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// `x`, from 0 to 1, as version 0.1.0 feeds it.
    Grey,
    /// `x − ½`.
    Raw,
    /// `(x − mean) / (σ + 0.001)` with the mean and the standard deviation σ of the whole picture.
    Standardized,
    /// `(x − m) / (σ + 0.03)` with the mean m and the standard deviation σ of the 9 × 9 pixels around each pixel; at the border,
    /// of those inside the picture (Jarrett et al. 2009, "What is the best multi-stage architecture for object recognition?",
    /// with a square window).
    LocalContrast,
}

/// Added to σ of a whole picture, which is 0 for an empty one.
pub(crate) const PICTURE_FLOOR: f32 = 1e-3;
/// Added to σ of a window: the noise of an even surface stays small. A step of an 8-bit picture is 0.004.
pub(crate) const WINDOW_FLOOR: f32 = 0.03;
/// Pixels on each side of the middle of a window of 9.
pub(crate) const WINDOW_RADIUS: usize = 4;
/// Height and width of a picture with the margins of its windows.
const PADDED: usize = SIDE + 2 * WINDOW_RADIUS;

/// What a member sees of a face.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InputSpec {
    /// The channels, in their order.
    pub channels: Vec<Channel>,
    /// Factor by which the face is enlarged about its centre before the channels are computed: below 1 it becomes smaller, and
    /// its border is repeated.
    pub zoom: f32,
}

impl Default for InputSpec {
    /// The grey values alone.
    fn default() -> Self {
        Self {
            channels: vec![Channel::Grey],
            zoom: 1.0,
        }
    }
}

/// The most channels: there are four kinds.
const MOST_CHANNELS: usize = 4;

impl InputSpec {
    /// `64 × 64` pixels with this many channels.
    pub fn extent(&self) -> Extent {
        Extent {
            height: SIDE,
            width: SIDE,
            channels: self.channels.len(),
        }
    }

    /// Computes the channels of the grey values `x`, `[64·64]` → `[64·64·C]`, channels last.
    ///
    /// # Panics
    /// If `x` or `to` has another length.
    pub fn fill(&self, x: &[f32], to: &mut [f32]) {
        let count = self.channels.len();
        assert_eq!(
            (x.len(), to.len()),
            (SIDE * SIDE, SIDE * SIDE * count),
            "a face, and {count} channels of it"
        );
        for (index, channel) in self.channels.iter().enumerate() {
            let places = to.iter_mut().skip(index).step_by(count);
            match channel {
                Channel::Grey => places.zip(x).for_each(|(to, &x)| *to = x),
                Channel::Raw => places.zip(x).for_each(|(to, &x)| *to = x - 0.5),
                Channel::Standardized => {
                    let (mean, scale) = whole_picture(x);
                    places.zip(x).for_each(|(to, &x)| *to = (x - mean) * scale);
                }
                Channel::LocalContrast => {
                    places.zip(local_contrast(x)).for_each(|(to, y)| *to = y);
                }
            }
        }
    }

    /// Checks the number of channels and the zoom.
    ///
    /// # Errors
    /// The field, its value, and the least and most allowed.
    pub fn validate(&self) -> Result<(), (&'static str, String, &'static str, &'static str)> {
        if !(1..=MOST_CHANNELS).contains(&self.channels.len()) {
            let count = self.channels.len().to_string();
            return Err(("the number of channels", count, "1", "4"));
        }
        match (0.5..=2.0).contains(&self.zoom) {
            true => Ok(()),
            false => Err(("the zoom of an input", self.zoom.to_string(), "0.5", "2")),
        }
    }
}

/// Mean, and `1 / (σ + 0.001)`.
fn whole_picture(x: &[f32]) -> (f32, f32) {
    let count = x.len() as f64;
    let mean = x.iter().map(|&v| f64::from(v)).sum::<f64>() / count;
    let square = |&v: &f32| (f64::from(v) - mean).powi(2);
    let variance = x.iter().map(square).sum::<f64>() / count;
    (
        mean as f32,
        (variance.sqrt() as f32 + PICTURE_FLOOR).recip(),
    )
}

fn local_contrast(x: &[f32]) -> Vec<f32> {
    let squares: Vec<f32> = x.iter().map(|v| v * v).collect();
    let (sums, squares) = (window_sums(x), window_sums(&squares));
    let counts: [f32; SIDE] = std::array::from_fn(|at| {
        (at.min(WINDOW_RADIUS) + (SIDE - 1 - at).min(WINDOW_RADIUS) + 1) as f32
    });
    let mut result = vec![0.0; SIDE * SIDE];
    let rows = result.chunks_exact_mut(SIDE).enumerate();
    for (y, row) in rows {
        let of_row = y * SIDE..(y + 1) * SIDE;
        let (x, sums, squares) = (&x[of_row.clone()], &sums[of_row.clone()], &squares[of_row]);
        for at in 0..SIDE {
            let share = (counts[y] * counts[at]).recip();
            let mean = sums[at] * share;
            let variance = (squares[at] * share - mean * mean).max(0.0);
            row[at] = (x[at] - mean) / (variance.sqrt() + WINDOW_FLOOR);
        }
    }
    result
}

/// The sum over the window around each pixel, `[64·64]`; pixels outside count 0.
///
/// Sums of 2 neighbours make those of 4 and of 8, and one more pixel makes 9: four additions in each direction, and no error
/// runs along the picture as it does with a sum that moves on by adding one pixel and subtracting another.
fn window_sums(x: &[f32]) -> Vec<f32> {
    let mut rows = vec![0.0; PADDED * SIDE];
    let mut padded = [0.0; PADDED];
    let inner = rows[WINDOW_RADIUS * SIDE..].chunks_exact_mut(SIDE);
    for (row, to) in x.chunks_exact(SIDE).zip(inner) {
        padded[WINDOW_RADIUS..][..SIDE].copy_from_slice(row);
        let mut sums = padded;
        nine::<1>(&padded, &mut sums);
        to.copy_from_slice(&sums[..SIDE]);
    }
    let mut sums = rows.clone();
    nine::<SIDE>(&rows, &mut sums);
    sums.truncate(SIDE * SIDE);
    sums
}

/// Adds to each value the eight that follow it at a distance of `STEP`, where there are so many. `sums` begins as a copy of
/// `x`.
fn nine<const STEP: usize>(x: &[f32], sums: &mut [f32]) {
    for distance in [STEP, 2 * STEP, 4 * STEP] {
        for at in 0..sums.len() - distance {
            sums[at] += sums[at + distance];
        }
    }
    let last = x[8 * STEP..].iter();
    sums.iter_mut().zip(last).for_each(|(sum, x)| *sum += x);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> Vec<f32> {
        let value = |i: usize| ((i * i + 31 * i) % 97) as f32 / 96.0;
        (0..SIDE * SIDE).map(value).collect()
    }

    fn channel(of: Channel, x: &[f32]) -> Vec<f32> {
        let spec = InputSpec {
            channels: vec![of],
            zoom: 1.0,
        };
        let mut to = vec![f32::NAN; SIDE * SIDE];
        spec.fill(x, &mut to);
        to
    }

    /// By the definition.
    fn slow_local_contrast(x: &[f32], column: usize, row: usize) -> f64 {
        let near =
            |at: usize| at.saturating_sub(WINDOW_RADIUS)..=(at + WINDOW_RADIUS).min(SIDE - 1);
        let inside = near(row).flat_map(|y| near(column).map(move |x| y * SIDE + x));
        let values: Vec<f64> = inside.map(|at| f64::from(x[at])).collect();
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count;
        (f64::from(x[row * SIDE + column]) - mean) / (variance.sqrt() + 0.03)
    }

    #[test]
    fn local_contrast_is_what_its_definition_says() {
        let x = picture();
        let fast = channel(Channel::LocalContrast, &x);
        for row in 0..SIDE {
            for column in 0..SIDE {
                let slow = slow_local_contrast(&x, column, row);
                let off = f64::from(fast[row * SIDE + column]) - slow;
                assert!(off.abs() < 1e-4, "{column} {row}: {off}");
            }
        }
    }

    #[test]
    fn local_contrast_forgets_the_light() {
        let x = picture();
        let darker: Vec<f32> = x.iter().map(|v| 0.5 * v + 0.1).collect();
        let [bright, dark] = [&x, &darker].map(|x| channel(Channel::LocalContrast, x));
        let off = bright.iter().zip(&dark).map(|(a, b)| (a - b).abs());
        // Less is left of a weak contrast, by σ/(σ + 0.03).
        assert!(off.fold(0.0, f32::max) < 0.2);
        assert!(bright.iter().any(|v| v.abs() > 1.0));
        let even = channel(Channel::LocalContrast, &[0.7; SIDE * SIDE]);
        assert!(even.iter().all(|v| v.abs() < 0.02));
    }

    #[test]
    fn standardized_pictures_have_mean_0_and_deviation_1() {
        let y = channel(Channel::Standardized, &picture());
        let mean = y.iter().sum::<f32>() / y.len() as f32;
        let square = y.iter().map(|v| v * v).sum::<f32>() / y.len() as f32;
        assert!(
            mean.abs() < 1e-4 && (square - 1.0).abs() < 0.01,
            "{mean} {square}"
        );
        let even = channel(Channel::Standardized, &[0.7; SIDE * SIDE]);
        assert!(even.iter().all(|v| v.abs() < 1e-3));
    }

    #[test]
    fn channels_are_last() {
        let (x, mut to) = (picture(), vec![f32::NAN; 2 * SIDE * SIDE]);
        let spec = InputSpec {
            channels: vec![Channel::Grey, Channel::Raw],
            zoom: 1.0,
        };
        spec.fill(&x, &mut to);
        assert!((0..x.len()).all(|i| to[2 * i..][..2] == [x[i], x[i] - 0.5]));
        assert_eq!(spec.extent().features(), to.len());
    }

    #[test]
    fn what_is_not_allowed_is_named() {
        let none = InputSpec {
            channels: Vec::new(),
            ..InputSpec::default()
        };
        assert_eq!(none.validate().unwrap_err().0, "the number of channels");
        let zoom = InputSpec {
            zoom: f32::NAN,
            ..InputSpec::default()
        };
        assert_eq!(zoom.validate().unwrap_err().0, "the zoom of an input");
        assert!(InputSpec::default().validate().is_ok());
    }

    #[test]
    #[ignore = "measures: cargo test --release --lib local_contrast_takes -- --ignored --nocapture"]
    fn local_contrast_takes() {
        let (x, mut to) = (picture(), vec![0.0; 2 * SIDE * SIDE]);
        let spec = InputSpec {
            channels: vec![Channel::Raw, Channel::LocalContrast],
            zoom: 1.0,
        };
        let times = (0..200).map(|_| {
            let begun = std::time::Instant::now();
            spec.fill(std::hint::black_box(&x), &mut to);
            begun.elapsed()
        });
        println!("{:?}", times.min());
    }
}
