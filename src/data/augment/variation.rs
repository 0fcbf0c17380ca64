//! The changes of one picture, and their application.

use crate::vision::warp::bilinear;
use crate::vision::{Face, SIDE};

/// What is changed in one picture, as [`Augment::draw`](super::Augment::draw) drew it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Variation {
    /// Whether nothing is augmented: then a face is not even sampled anew.
    pub(super) unchanged: bool,
    /// In pixels.
    pub(super) shift: [f32; 2],
    /// In radians.
    pub(super) turn: f32,
    pub(super) scale: f32,
    pub(super) contrast: f32,
    pub(super) brightness: f32,
    /// Change of the light from the centre to the right and to the lower edge.
    pub(super) gradient: [f32; 2],
    /// Logarithm of the exponent.
    pub(super) gamma: f32,
    pub(super) blur: bool,
    /// Centre, from −1 to 1, and side in pixels of a square without content.
    pub(super) gap: Option<([f32; 2], f32)>,
}

/// The darkest value whose power is taken.
const DARKEST: f32 = 1e-4;
/// Steps of the table of powers, between whose values is interpolated: an eighth of the time of one power for each pixel.
const STEPS: usize = 256;

impl Variation {
    /// Writes the [`SIDE`]² pixels of the changed face, enlarged by `zoom`, to `to`; with `mirror` it is mirrored first.
    ///
    /// # Panics
    /// If `to` has another length.
    pub fn apply(&self, face: &Face, mirror: bool, zoom: f32, to: &mut [f32]) {
        assert_eq!(to.len(), SIDE * SIDE, "the pixels of a face");
        let pixels = face.pixels();
        if self.unchanged && zoom == 1.0 {
            for (from, to) in pixels.chunks_exact(SIDE).zip(to.chunks_exact_mut(SIDE)) {
                to.copy_from_slice(from);
                if mirror {
                    to.reverse();
                }
            }
            return;
        }
        self.sample(&pixels, mirror, zoom, to);
        if self.gamma != 0.0 {
            self.bend(to);
        }
        self.light(to);
        if self.blur {
            blur(to);
        }
        if let Some((centre, side)) = self.gap {
            cut(centre, side, to);
        }
    }

    fn sample(&self, pixels: &[f32], mirror: bool, zoom: f32, to: &mut [f32]) {
        let scale = self.scale * zoom;
        let [shift_x, shift_y] = self.shift.map(|shift| shift / zoom);
        let (sin, cos) = (self.turn.sin() / scale, self.turn.cos() / scale);
        let centre = (SIDE as f32 - 1.0) / 2.0;
        for (y, row) in to.chunks_exact_mut(SIDE).enumerate() {
            let dy = y as f32 - centre;
            for (x, value) in row.iter_mut().enumerate() {
                let dx = x as f32 - centre;
                let dx = if mirror { -dx } else { dx };
                *value = bilinear(
                    pixels,
                    cos * dx - sin * dy + centre + shift_x,
                    sin * dx + cos * dy + centre + shift_y,
                );
            }
        }
    }

    /// The power, from a table.
    fn bend(&self, to: &mut [f32]) {
        let exponent = self.gamma.exp();
        let power = |step: usize| (step as f32 / STEPS as f32).max(DARKEST).powf(exponent);
        let table: [f32; STEPS + 1] = std::array::from_fn(power);
        for value in to {
            let at = value.clamp(0.0, 1.0) * STEPS as f32;
            let step = (at as usize).min(STEPS - 1);
            *value = table[step] + (at - step as f32) * (table[step + 1] - table[step]);
        }
    }

    /// Contrast, brightness and gradient, between black and white.
    fn light(&self, to: &mut [f32]) {
        let Self {
            contrast,
            brightness,
            gradient: [across, down],
            ..
        } = *self;
        let even = self.gradient == [0.0; 2];
        for (y, row) in to.chunks_exact_mut(SIDE).enumerate() {
            for (x, value) in row.iter_mut().enumerate() {
                let mut lit = (*value - 0.5) * contrast + 0.5 + brightness;
                if !even {
                    lit += across * place(x) + down * place(y);
                }
                *value = lit.clamp(0.0, 1.0);
            }
        }
    }
}

/// A column or row, from −1 at the first to 1 at the last.
fn place(at: usize) -> f32 {
    2.0 * at as f32 / (SIDE as f32 - 1.0) - 1.0
}

/// Binomial weights 1, 4, 6, 4, 1 in both directions; the border is repeated.
fn blur(picture: &mut [f32]) {
    let mut rows = [0.0; SIDE * SIDE];
    smooth(picture, &mut rows, |y, x| y * SIDE + x);
    smooth(&rows, picture, |x, y| y * SIDE + x);
}

/// Smooths each line; `at` says where a place of a line is.
fn smooth(from: &[f32], to: &mut [f32], at: impl Fn(usize, usize) -> usize) {
    let mut padded = [0.0; SIDE + 4];
    for line in 0..SIDE {
        for (place, value) in padded.iter_mut().enumerate() {
            *value = from[at(line, place.saturating_sub(2).min(SIDE - 1))];
        }
        for (place, five) in padded.windows(5).enumerate() {
            let sum = five[0] + five[4] + 4.0 * (five[1] + five[3]) + 6.0 * five[2];
            to[at(line, place)] = sum / 16.0;
        }
    }
}

/// Fills a square with the mean of the picture.
fn cut(centre: [f32; 2], side: f32, picture: &mut [f32]) {
    let mean = picture.iter().sum::<f32>() / picture.len() as f32;
    let inside = |at: usize, middle: f32| (place(at) - middle).abs() < side / SIDE as f32;
    for (y, row) in picture.chunks_exact_mut(SIDE).enumerate() {
        let within = inside(y, centre[1]);
        let values = row.iter_mut().enumerate();
        let gap = values.filter(|(x, _)| within && inside(*x, centre[0]));
        gap.for_each(|(_, value)| *value = mean);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Variation = Variation {
        unchanged: false,
        shift: [0.0; 2],
        turn: 0.0,
        scale: 1.0,
        contrast: 1.0,
        brightness: 0.0,
        gradient: [0.0; 2],
        gamma: 0.0,
        blur: false,
        gap: None,
    };

    fn face() -> Face {
        let value = |i: usize| ((i % SIDE) * (i / SIDE)) as f32 / 3969.0;
        Face::from_pixels((0..SIDE * SIDE).map(value).collect::<Vec<_>>())
    }

    fn applied(variation: Variation, mirror: bool, zoom: f32) -> Vec<f32> {
        let mut to = vec![f32::NAN; SIDE * SIDE];
        variation.apply(&face(), mirror, zoom, &mut to);
        to
    }

    fn near(a: &[f32], b: &[f32], most: f32) -> bool {
        a.iter().zip(b).all(|(a, b)| (a - b).abs() <= most)
    }

    #[test]
    fn no_change_is_the_face_or_its_mirror_image() {
        for unchanged in [true, false] {
            let none = Variation {
                unchanged,
                ..NOTHING
            };
            assert!(near(&applied(none, false, 1.0), &face().pixels(), 1e-6));
            let mirrored = face().mirrored();
            assert!(near(&applied(none, true, 1.0), &mirrored.pixels(), 1e-6));
        }
    }

    #[test]
    fn the_zoom_of_an_input_is_that_of_a_view() {
        let zoomed = face().zoomed(0.8);
        for unchanged in [true, false] {
            let none = Variation {
                unchanged,
                ..NOTHING
            };
            assert!(near(&applied(none, false, 0.8), &zoomed.pixels(), 1e-5));
        }
    }

    #[test]
    fn gamma_is_a_power() {
        let bent = Variation {
            gamma: 0.4,
            ..NOTHING
        };
        let exact: Vec<f32> = face()
            .pixels()
            .iter()
            .map(|v| v.powf(0.4_f32.exp()))
            .collect();
        assert!(near(&applied(bent, false, 1.0), &exact, 1e-4));
    }

    #[test]
    fn the_gradient_brightens_one_side() {
        let lit = Variation {
            contrast: 0.0,
            gradient: [0.2, 0.0],
            ..NOTHING
        };
        let picture = applied(lit, false, 1.0);
        assert!((picture[0] - 0.3).abs() < 1e-6 && (picture[SIDE - 1] - 0.7).abs() < 1e-6);
        assert_eq!(picture[..SIDE], picture[SIDE * 63..]);
    }

    #[test]
    fn a_point_blurs_to_the_binomial_weights_and_the_border_is_repeated() {
        let mut picture = vec![0.0; SIDE * SIDE];
        picture[10 * SIDE + 20] = 1.0;
        blur(&mut picture);
        assert_eq!(picture[10 * SIDE + 20], 36.0 / 256.0);
        assert_eq!(picture[11 * SIDE + 22], 4.0 / 256.0);
        assert!((picture.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        let mut even = vec![0.5; SIDE * SIDE];
        blur(&mut even);
        assert!(even.iter().all(|v| *v == 0.5));
    }

    #[test]
    fn a_gap_holds_the_mean_and_ends_at_the_border() {
        let count = |centre| {
            let mut picture = vec![0.0; SIDE * SIDE];
            picture[0] = 1.0;
            let mean = 1.0 / picture.len() as f32;
            cut(centre, 20.0, &mut picture);
            picture.iter().filter(|v| **v == mean).count()
        };
        assert_eq!(count([0.0, 0.0]), 20 * 20);
        assert_eq!(count([1.0, 0.0]), 10 * 20);
    }
}
