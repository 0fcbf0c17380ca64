//! Seeded augmentation of training faces: position, light, blur and gaps.
//!
//! For each pixel `p` of the result, relative to the centre and with coordinates from −1 to 1 as `p̂`, and with `zoom` the
//! enlargement that the network's input asks for:
//!
//! ```text
//! shift, turn, scale   source = (R(turn) · p / scale + shift) / zoom     sampled once, bilinearly; the border is repeated
//! gamma                v ← max(v, 10⁻⁴)^exp(γ)
//! light                v ← (v − ½)·(1 + contrast) + ½ + brightness
//! gradient             v ← v + slope · (cos φ · p̂x + sin φ · p̂y)         light from one side
//!                      v ← v between 0 and 1
//! blur                 v ← v * (1 4 6 4 1)ᵀ(1 4 6 4 1) / 256             in a share of the pictures
//! cut_out              v ← mean of the picture, in a square              in half of the pictures
//! ```
//!
//! A square without content makes a network use all of the face (DeVries and Taylor 2017, "Improved regularization of
//! convolutional neural networks with cutout"). The sampler decides whether to mirror, because a mirror image can be a variation
//! of the same person or an additional person. `cargo test --release --lib draw_the_sheet -- --ignored` draws examples of each
//! kind into `data/augmentations.png`:
//!
//! | row | kind |
//! |---|---|
//! | 1 to 4 | shift, turn, scale, light |
//! | 5 to 8 | gradient, gamma, cut_out, blur |
//! | 9 | all together, as in the recipe `compact` |

#[cfg(test)]
mod sheet;
mod variation;

pub use variation::Variation;

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

/// The limits of the augmentation. Each change is drawn uniformly from −limit to +limit. What is 0 is off, and takes nothing
/// from the stream of random numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Augment {
    /// Shift along each axis, in pixels (a face has 64 × 64).
    pub shift: f32,
    /// Rotation, in degrees.
    pub turn: f32,
    /// Change of the size, as a share: 0.1 means 0.9 to 1.1.
    pub scale: f32,
    /// Change of the contrast, as a share; the brightness changes by up to half of this (black to white is 1).
    pub light: f32,
    /// Light from one side, in a random direction: by so much the edge there becomes brighter, and the opposite one darker.
    #[serde(skip_serializing_if = "is_off")]
    pub gradient: f32,
    /// The logarithm of the exponent of the grey values: 0.4 means exponents from 0.67 to 1.49.
    #[serde(skip_serializing_if = "is_off")]
    pub gamma: f32,
    /// Side of a square that half of the pictures lack, in pixels. Its centre is anywhere in the picture.
    #[serde(skip_serializing_if = "is_off")]
    pub cut_out: f32,
    /// Share of the pictures that are blurred.
    #[serde(skip_serializing_if = "is_off")]
    pub blur: f32,
}

fn is_off(limit: &f32) -> bool {
    *limit == 0.0
}

/// Share of the pictures with a gap.
const CUT_SHARE: f32 = 0.5;

impl Augment {
    /// No augmentation.
    pub const NONE: Self = Self {
        shift: 0.0,
        turn: 0.0,
        scale: 0.0,
        light: 0.0,
        gradient: 0.0,
        gamma: 0.0,
        cut_out: 0.0,
        blur: 0.0,
    };

    /// Checks the limits: shift 0 to 32, turn 0 to 180, scale 0 to 0.5, light and gradient 0 to 1, gamma 0 to 2, cut_out 0 to
    /// 64, blur 0 to 1.
    ///
    /// # Errors
    /// The first field out of range, its value, and the largest allowed value.
    pub fn validate(&self) -> Result<(), (&'static str, f32, &'static str)> {
        let fields = [
            ("shift", self.shift, 32.0, "32"),
            ("turn", self.turn, 180.0, "180"),
            ("scale", self.scale, 0.5, "0.5"),
            ("light", self.light, 1.0, "1"),
            ("gradient", self.gradient, 1.0, "1"),
            ("gamma", self.gamma, 2.0, "2"),
            ("cut_out", self.cut_out, 64.0, "64"),
            ("blur", self.blur, 1.0, "1"),
        ];
        match fields
            .into_iter()
            .find(|(_, value, most, _)| !(0.0..=*most).contains(value))
        {
            Some((field, value, _, high)) => Err((field, value, high)),
            None => Ok(()),
        }
    }

    /// Draws the changes of one picture.
    pub fn draw(&self, stream: &mut impl Rng) -> Variation {
        let mut draw = |limit: f32| {
            if limit > 0.0 {
                stream.random_range(-limit..=limit)
            } else {
                0.0
            }
        };
        let shift = [draw(self.shift), draw(self.shift)];
        let (turn, scale) = (draw(self.turn).to_radians(), 1.0 + draw(self.scale));
        let (contrast, brightness) = (1.0 + draw(self.light), draw(self.light) / 2.0);
        let on = |limit: f32| if limit > 0.0 { 1.0 } else { 0.0 };
        let slope = draw(self.gradient);
        let direction = draw(on(self.gradient) * std::f32::consts::PI);
        let gamma = draw(self.gamma);
        // From −1 to 1, so below 2·share − 1 in a share of the pictures.
        let chance = |drawn: f32, share: f32| drawn < 2.0 * share - 1.0;
        let blur = chance(draw(on(self.blur)), self.blur) && self.blur > 0.0;
        let centre = [draw(on(self.cut_out)), draw(on(self.cut_out))];
        let cut = chance(draw(on(self.cut_out)), CUT_SHARE) && self.cut_out > 0.0;
        Variation {
            unchanged: *self == Self::NONE,
            shift,
            turn,
            scale,
            contrast,
            brightness,
            gradient: [slope * direction.cos(), slope * direction.sin()],
            gamma,
            blur,
            gap: cut.then_some((centre, self.cut_out)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Purpose, Seed};

    #[test]
    fn what_is_off_draws_nothing() {
        let old = Augment {
            shift: 3.0,
            turn: 8.0,
            scale: 0.08,
            light: 0.15,
            ..Augment::NONE
        };
        let stream = || Seed(5).stream(Purpose::Augment, 0);
        let (mut used, mut counted) = (stream(), stream());
        old.draw(&mut used);
        for limit in [3.0, 3.0, 8.0, 0.08, 0.15, 0.15_f32] {
            let _ = counted.random_range(-limit..=limit);
        }
        assert_eq!(used.next_u64(), counted.next_u64());
        let (mut untouched, mut fresh) = (stream(), stream());
        Augment::NONE.draw(&mut untouched);
        assert_eq!(untouched.next_u64(), fresh.next_u64());
    }

    #[test]
    fn shares_are_those_of_the_recipe() {
        let augment = Augment {
            cut_out: 20.0,
            blur: 0.3,
            ..Augment::NONE
        };
        let mut stream = Seed(1).stream(Purpose::Augment, 0);
        let drawn: Vec<Variation> = (0..4000).map(|_| augment.draw(&mut stream)).collect();
        let share = |of: fn(&Variation) -> bool| {
            drawn.iter().filter(|v| of(v)).count() as f32 / drawn.len() as f32
        };
        assert!((share(|v| v.blur) - 0.3).abs() < 0.03);
        assert!((share(|v| v.gap.is_some()) - 0.5).abs() < 0.03);
    }

    #[test]
    fn limits_are_checked_by_name() {
        let wrong = Augment {
            cut_out: 65.0,
            ..Augment::NONE
        };
        assert_eq!(wrong.validate(), Err(("cut_out", 65.0, "64")));
        let nan = Augment {
            gamma: f32::NAN,
            ..Augment::NONE
        };
        assert_eq!(nan.validate().unwrap_err().0, "gamma");
    }

    #[test]
    fn a_recipe_of_version_0_1_0_is_written_as_before() {
        let old: Augment = ron::from_str("(shift:3.0,turn:8.0,scale:0.08,light:0.15)").unwrap();
        assert_eq!(
            ron::to_string(&old).unwrap(),
            "(shift:3.0,turn:8.0,scale:0.08,light:0.15)"
        );
    }
}
