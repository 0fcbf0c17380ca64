//! Geometric changes of a face: mirroring, zooming, bilinear sampling.

use super::face::{Face, SIDE};

impl Face {
    /// The mirror image: left and right exchanged.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        let rows = self.pixels().chunks_exact(SIDE);
        let pixels: Vec<f32> = rows.flat_map(|row| row.iter().rev()).copied().collect();
        Self::from_pixels(pixels)
    }

    /// The face enlarged about its centre by `factor`, with bilinear interpolation. Above 1 the border is cut off;
    /// below 1 it is repeated.
    #[must_use]
    pub fn zoomed(&self, factor: f32) -> Self {
        let centre = (SIDE as f32 - 1.0) / 2.0;
        let source = |place: usize| (place as f32 - centre) / factor + centre;
        let row = |y: usize| (0..SIDE).map(move |x| (x, y));
        let value = |(x, y)| bilinear(self.pixels(), source(x), source(y));
        let pixels: Vec<f32> = (0..SIDE).flat_map(row).map(value).collect();
        Self::from_pixels(pixels)
    }
}

/// The value at `(x, y)`, in pixels from the centre of the first pixel, bilinearly interpolated between four pixels.
/// Coordinates outside are moved to the border.
///
/// # Panics
/// If there are fewer than [`SIDE`]² pixels.
pub fn bilinear(pixels: &[f32], x: f32, y: f32) -> f32 {
    let most = (SIDE - 1) as f32;
    let (x, y) = (x.clamp(0.0, most), y.clamp(0.0, most));
    let (left, top) = ((x as usize).min(SIDE - 2), (y as usize).min(SIDE - 2));
    let (along, down) = (x - left as f32, y - top as f32);
    let at = |x: usize, y: usize| pixels[y * SIDE + x];
    let upper = at(left, top) * (1.0 - along) + at(left + 1, top) * along;
    let lower = at(left, top + 1) * (1.0 - along) + at(left + 1, top + 1) * along;
    upper * (1.0 - down) + lower * down
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp() -> Face {
        let value = |i: usize| (i % SIDE) as f32 / (SIDE - 1) as f32;
        Face::from_pixels((0..SIDE * SIDE).map(value).collect::<Vec<_>>())
    }

    #[test]
    fn a_mirror_image_of_a_mirror_image_is_the_face() {
        let face = ramp();
        assert_eq!(face.mirrored().pixels()[0], 1.0);
        assert_eq!(face.mirrored().mirrored(), face);
    }

    #[test]
    fn twice_as_close_shows_half() {
        let zoomed = ramp().zoomed(2.0);
        let first = zoomed.pixels()[0];
        let last = zoomed.pixels()[SIDE - 1];
        assert!(
            (first - 0.25).abs() < 1e-6 && (last - 0.75).abs() < 1e-6,
            "{first} {last}"
        );
        assert_eq!(ramp().zoomed(1.0), ramp());
    }
}
