//! Bilinear resizing of grey pictures in fixed point, with the same bits on every machine.
//!
//! The detector finds faces of different sizes in smaller and smaller copies of the picture. A difference of one grey
//! level can move a stage sum across its threshold, so the resizer must agree bit for bit with the one that cascades are
//! used with in OpenCV, `INTER_LINEAR_EXACT`. The filters of the `image` crate were rejected: they compute in floating
//! point and average over a larger support.
//!
//! # Definition
//! For a source of `n` pixels and a destination of `m` along one axis, destination pixel `d` has its centre at
//! `t = (d + ½)·s − ½` in source pixels, with `s = 1 / (m / n)` in f64. With `i = ⌊t⌋` and the weight
//! `c = round(256·(t − i))`, ties to even, the value is `(256 − c)·p[i] + c·p[i+1]`, a fixed-point number with eight
//! fractional bits. Centres left of the first or right of the last source pixel take the value of that pixel. Rows are
//! combined in the same way, which gives sixteen fractional bits, and the result is rounded half up.
//!
//! Example: resizing 4 pixels to 3 has `s = 4/3`, centres at 1/6, 3/2 and 17/6, and so weights `c` of 43, 128 and 213:
//!
//! ```
//! use image::GrayImage;
//! use twinsight::vision::resize_exact::resize_exact;
//!
//! let row = GrayImage::from_raw(4, 1, vec![0, 60, 120, 180]).unwrap();
//! // (213·0 + 43·60)/256 = 10.1, (128·60 + 128·120)/256 = 90, (43·120 + 213·180)/256 = 169.9
//! assert_eq!(resize_exact(&row, 3, 1).as_raw(), &[10, 90, 170]);
//! ```

use std::ops::Range;

use image::GrayImage;

/// One in the fixed-point format of the weights (eight fractional bits).
const ONE: u16 = 256;

/// The first of the two source pixels of one destination pixel, and the weight of the second in units of 1/256.
///
/// After the last pixel of a row or column there is no second pixel; the weight is 0 then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tap {
    first: u32,
    weight: u16,
}

/// The taps of `to` destination pixels over `from` source pixels.
fn taps(from: u32, to: u32) -> Vec<Tap> {
    let scale = 1.0 / (f64::from(to) / f64::from(from));
    let last = from - 1;
    (0..to)
        .map(|d| {
            let centre = scale * (f64::from(d) + 0.5) - 0.5;
            let floor = centre.floor();
            if floor < 0.0 || last == 0 {
                Tap {
                    first: 0,
                    weight: 0,
                }
            } else if floor >= f64::from(last) {
                Tap {
                    first: last,
                    weight: 0,
                }
            } else {
                let first = floor as u32;
                let weight = ((centre - floor) * f64::from(ONE)).round_ties_even() as u16;
                Tap { first, weight }
            }
        })
        .collect()
}

/// A resizing from one size to another, prepared once and applied to any band of rows.
#[derive(Debug, Clone)]
pub struct BilinearExact {
    source: (u32, u32),
    columns: Vec<Tap>,
    rows: Vec<Tap>,
}

/// Two horizontally resized source rows, kept because neighbouring destination rows share them.
#[derive(Debug, Clone, Default)]
pub struct RowCache {
    rows: [Vec<u16>; 2],
    holds: [Option<u32>; 2],
    /// A source row with its last pixel repeated, so that each pixel has a right neighbour.
    source: Vec<u8>,
    pixels: Vec<u8>,
}

impl BilinearExact {
    /// Prepares a resizing from `source` to `target`, both `(width, height)` in pixels.
    ///
    /// # Panics
    /// If one of the four sides is 0.
    pub fn new(source: (u32, u32), target: (u32, u32)) -> Self {
        assert!(
            source.0 > 0 && source.1 > 0 && target.0 > 0 && target.1 > 0,
            "a picture has at least one pixel"
        );
        Self {
            source,
            columns: taps(source.0, target.0),
            rows: taps(source.1, target.1),
        }
    }

    /// Calls `use_row(y, pixels)` for each destination row in `rows`, in order. `source` holds the pixels of the source
    /// picture, row by row without gaps.
    ///
    /// # Panics
    /// If `source` does not have the prepared size, or `rows` exceeds the destination.
    pub fn for_each_row(
        &self,
        source: &[u8],
        rows: Range<usize>,
        cache: &mut RowCache,
        mut use_row: impl FnMut(usize, &[u8]),
    ) {
        let (width, height) = (self.source.0 as usize, self.source.1 as usize);
        assert_eq!(
            source.len(),
            width * height,
            "the source must have the prepared size"
        );
        cache.holds = [None, None];
        let mut pixels = std::mem::take(&mut cache.pixels);
        pixels.resize(self.columns.len(), 0);
        for y in rows {
            let Tap { first, weight } = self.rows[y];
            let second = if weight == 0 { first } else { first + 1 };
            let upper = self.cached(source, first, second, cache);
            let lower = self.cached(source, second, first, cache);
            blend(&cache.rows[upper], &cache.rows[lower], weight, &mut pixels);
            use_row(y, &pixels);
        }
        cache.pixels = pixels;
    }

    /// The slot of `cache` that holds source row `wanted`. If none does, the slot without `keep` is filled with it.
    fn cached(&self, source: &[u8], wanted: u32, keep: u32, cache: &mut RowCache) -> usize {
        if let Some(slot) = cache.holds.iter().position(|&held| held == Some(wanted)) {
            return slot;
        }
        let slot = usize::from(cache.holds[0] == Some(keep));
        let width = self.source.0 as usize;
        let row = &source[wanted as usize * width..][..width];
        cache.source.clear();
        cache.source.extend_from_slice(row);
        cache.source.push(row[width - 1]);
        resize_row(&cache.source, &self.columns, &mut cache.rows[slot]);
        cache.holds[slot] = Some(wanted);
        slot
    }
}

/// Resizes one source row, with its last pixel repeated, horizontally. The result has eight fractional bits.
fn resize_row(source: &[u8], columns: &[Tap], out: &mut Vec<u16>) {
    out.resize(columns.len(), 0);
    for (tap, value) in columns.iter().zip(out) {
        let [left, right] = source[tap.first as usize..][..2] else {
            unreachable!("the slice has two pixels")
        };
        // 256·left + weight·(right − left), which lies between 0 and 256·255.
        let change = tap
            .weight
            .wrapping_mul(u16::from(right).wrapping_sub(u16::from(left)));
        *value = (u16::from(left) * ONE).wrapping_add(change);
    }
}

/// Combines two horizontally resized rows into one row of pixels; `weight` is the weight of `lower` in units of 1/256.
fn blend(upper: &[u16], lower: &[u16], weight: u16, out: &mut [u8]) {
    let (above, below) = (u32::from(ONE - weight), u32::from(weight));
    for ((&a, &b), pixel) in upper.iter().zip(lower).zip(out) {
        *pixel = ((u32::from(a) * above + u32::from(b) * below + 0x8000) >> 16) as u8;
    }
}

/// Resizes a whole picture to `width` × `height` pixels.
///
/// # Panics
/// If the picture or the new size has no pixels.
pub fn resize_exact(picture: &GrayImage, width: u32, height: u32) -> GrayImage {
    let resizing = BilinearExact::new(picture.dimensions(), (width, height));
    let mut pixels = Vec::with_capacity(width as usize * height as usize);
    let source = &picture.as_raw()[..picture.width() as usize * picture.height() as usize];
    resizing.for_each_row(
        source,
        0..height as usize,
        &mut RowCache::default(),
        |_, row| {
            pixels.extend_from_slice(row);
        },
    );
    GrayImage::from_raw(width, height, pixels).expect("one value for each pixel was pushed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_module_page_holds() {
        let weights: Vec<u16> = taps(4, 3).iter().map(|tap| tap.weight).collect();
        assert_eq!(weights, [43, 128, 213]);
    }

    #[test]
    fn the_same_size_is_the_identity() {
        let picture = GrayImage::from_fn(7, 5, |x, y| image::Luma([(x * 31 + y * 17) as u8]));
        assert_eq!(resize_exact(&picture, 7, 5), picture);
    }

    #[test]
    fn one_pixel_fills_everything() {
        let picture = GrayImage::from_pixel(1, 1, image::Luma([93]));
        assert!(
            resize_exact(&picture, 6, 4)
                .pixels()
                .all(|pixel| pixel.0 == [93])
        );
    }

    #[test]
    fn enlarging_repeats_the_border() {
        let picture = GrayImage::from_raw(2, 1, vec![0, 200]).unwrap();
        assert_eq!(resize_exact(&picture, 4, 1).as_raw(), &[0, 50, 150, 200]);
    }
}
