//! Seeded augmentation of training faces: shift, rotation, scale, contrast and brightness.
//!
//! All geometric changes are one affine map, so that the picture is sampled once. For each pixel `p` of the result,
//! relative to the centre,
//!
//! ```text
//! source = R(turn) · p / scale + shift          value' = (value − ½)·contrast + ½ + brightness
//! ```
//!
//! with bilinear interpolation; positions outside repeat the border. The sampler decides whether to mirror, because a
//! mirror image can be a variation of the same person or an additional person.

use crate::vision::warp::bilinear;
use crate::vision::{Face, SIDE};
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

/// The limits of the augmentation. Each change is drawn uniformly from −limit to +limit; all 0 changes nothing.
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
}

impl Augment {
    /// No augmentation.
    pub const NONE: Self = Self {
        shift: 0.0,
        turn: 0.0,
        scale: 0.0,
        light: 0.0,
    };

    /// Checks the limits: shift 0 to 32, turn 0 to 180, scale 0 to 0.5, light 0 to 1.
    ///
    /// # Errors
    /// The first field out of range, its value, and the largest allowed value.
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

    /// Appends the [`SIDE`]² pixels of a variation of `face` to `to`; with `mirror` the face is mirrored first. `stream`
    /// is the source of random numbers.
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
