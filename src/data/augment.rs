//! Seeded variations of training faces: shifted, turned, scaled, and differently lit.
//!
//! One affine map, so that the picture is sampled once. For each place `p` of the result, relative to the centre,
//!
//! ```text
//! source = R(turn) · p / scale + shift          value' = (value − ½)·contrast + ½ + brightness
//! ```
//!
//! by bilinear interpolation; places outside repeat the border. Mirror images are not made here: whether a mirror
//! image is a variation or another person is for the sampler to say.

use crate::vision::warp::bilinear;
use crate::vision::{Face, SIDE};
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

/// How far faces are varied, each uniformly up to the limit in both directions; all 0 changes nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Augment {
    /// Pixels of 64, along each axis.
    pub shift: f32,
    /// Degrees.
    pub turn: f32,
    /// Share of the size.
    pub scale: f32,
    /// Share of the contrast, and of the whole range for the brightness.
    pub light: f32,
}

impl Augment {
    /// Nothing changes.
    pub const NONE: Self = Self {
        shift: 0.0,
        turn: 0.0,
        scale: 0.0,
        light: 0.0,
    };

    /// Checks the limits.
    ///
    /// # Errors
    /// The field, its value, and the most allowed.
    pub fn validate(&self) -> Result<(), (&'static str, f32, &'static str)> {
        let fields = [
            ("shift", self.shift, 32.0, "32"),
            ("turn", self.turn, 180.0, "180"),
            ("scale", self.scale, 0.5, "0.5"),
            ("light", self.light, 1.0, "1"),
        ];
        match fields
            .into_iter()
            .find(|(_, value, most, _)| !(0.0..=*most).contains(value))
        {
            Some((field, value, _, high)) => Err((field, value, high)),
            None => Ok(()),
        }
    }

    /// Appends a variation of `face` to `to`, mirrored first if `mirror`.
    pub fn append(&self, face: &Face, mirror: bool, stream: &mut impl Rng, to: &mut Vec<f32>) {
        let pixels = face.pixels();
        if *self == Self::NONE {
            let columns = |row: usize| {
                (0..SIDE).map(move |x| row * SIDE + if mirror { SIDE - 1 - x } else { x })
            };
            return to.extend((0..SIDE).flat_map(columns).map(|i| pixels[i]));
        }
        let mut draw = |limit: f32| {
            if limit > 0.0 {
                stream.random_range(-limit..=limit)
            } else {
                0.0
            }
        };
        let (shift_x, shift_y) = (draw(self.shift), draw(self.shift));
        let (turn, scale) = (draw(self.turn).to_radians(), 1.0 + draw(self.scale));
        let (contrast, brightness) = (1.0 + draw(self.light), draw(self.light) / 2.0);
        let (sin, cos) = (turn.sin() / scale, turn.cos() / scale);
        let centre = (SIDE as f32 - 1.0) / 2.0;
        for y in 0..SIDE {
            for x in 0..SIDE {
                let (dx, dy) = (x as f32 - centre, y as f32 - centre);
                let dx = if mirror { -dx } else { dx };
                let from = (
                    cos * dx - sin * dy + centre + shift_x,
                    sin * dx + cos * dy + centre + shift_y,
                );
                let value = bilinear(pixels, from.0, from.1);
                to.push(((value - 0.5) * contrast + 0.5 + brightness).clamp(0.0, 1.0));
            }
        }
    }
}
