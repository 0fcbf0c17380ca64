//! Geometric changes of a face: mirroring, zooming, bilinear sampling.

use super::face::{Face, SIDE};

impl Face {
    /// The mirror image: left and right exchanged.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        let all = self.pixels();
        let rows = all.chunks_exact(SIDE);
        let pixels: Vec<f32> = rows.flat_map(|row| row.iter().rev()).copied().collect();
        Self::from_pixels(pixels)
    }

    /// The face enlarged about its centre by `factor`, with bilinear interpolation. Above 1 the border is cut off;
    /// below 1 it is repeated.
    #[must_use]
    pub fn zoomed(&self, factor: f32) -> Self {
        // Rows and columns lie between the same places.
        let source = zoom_taps(factor);
        let all = self.pixels();
        let row = |y: usize| &all[y * SIDE..][..SIDE];
        let mut pixels = Vec::with_capacity(SIDE * SIDE);
        for (top, down) in source {
            let (upper, lower) = (row(top), row(top + 1));
            pixels.extend(source.iter().map(|&(left, along)| {
                let upper = upper[left] * (1.0 - along) + upper[left + 1] * along;
                let lower = lower[left] * (1.0 - along) + lower[left + 1] * along;
                upper * (1.0 - down) + lower * down
            }));
        }
        Self::from_pixels(pixels)
    }
}

/// For each row, or column, of [`Face::zoomed`]: the row of the face before it, and the share of the one after that.
pub(crate) fn zoom_taps(factor: f32) -> [(usize, f32); SIDE] {
    let centre = (SIDE as f32 - 1.0) / 2.0;
    std::array::from_fn(|place| between((place as f32 - centre) / factor + centre))
}

/// The value at `(x, y)`, in pixels from the centre of the first pixel, bilinearly interpolated between four pixels.
/// Coordinates outside are moved to the border.
///
/// # Panics
/// If there are fewer than [`SIDE`]² pixels.
pub fn bilinear(pixels: &[f32], x: f32, y: f32) -> f32 {
    let ((left, along), (top, down)) = (between(x), between(y));
    let at = |x: usize, y: usize| pixels[y * SIDE + x];
    let upper = at(left, top) * (1.0 - along) + at(left + 1, top) * along;
    let lower = at(left, top + 1) * (1.0 - along) + at(left + 1, top + 1) * along;
    upper * (1.0 - down) + lower * down
}

/// The pixel at or before a coordinate, at most the last but one, and the share of the pixel after it.
fn between(coordinate: f32) -> (usize, f32) {
    let inside = coordinate.clamp(0.0, (SIDE - 1) as f32);
    let before = (inside as usize).min(SIDE - 2);
    (before, inside - before as f32)
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

    #[test]
    fn a_zoom_samples_each_pixel_bilinearly() {
        let values = (0..SIDE * SIDE).map(|i| (i * 7919 % 101) as f32 / 100.0);
        let face = Face::from_pixels(values.collect::<Vec<_>>());
        let source = |place: usize| (place as f32 - 31.5) / 0.84 + 31.5;
        for (i, value) in face.zoomed(0.84).pixels().iter().enumerate() {
            let (x, y) = (source(i % SIDE), source(i / SIDE));
            assert_eq!(*value, bilinear(&face.pixels(), x, y), "{i}");
        }
    }
}
