//! A probe against the codes of a block of templates: bounds of each distance.

#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::_MM_HINT_T0;

use pulp::{Arch, Simd, WithSimd};

use super::encode::{BLOCK, code_width};
use super::templates::CodeBlock;

/// A probe in 16 bits: so fine that its error hardly matters, and products with codes of 8 bits still fit sums of 32.
pub(super) struct Probe {
    codes: Vec<i16>,
    scale: f32,
    /// `‖scale · codes‖²`.
    norm: f32,
    /// `‖probe − scale · codes‖`.
    error: f32,
}

impl Probe {
    pub(super) fn new(values: &[f32]) -> Self {
        let width = code_width(values.len());
        // 127 · most · width stays below 2³¹.
        let most = (f64::from(i32::MAX) / 127.0 / width as f64)
            .min(f64::from(i16::MAX))
            .floor();
        let largest = values
            .iter()
            .fold(0.0_f32, |most, value| most.max(value.abs()));
        let scale = if largest > 0.0 {
            largest / most as f32
        } else {
            1.0
        };
        let mut codes: Vec<i16> = values.iter().map(|v| (v / scale).round() as i16).collect();
        let (mut norm, mut error) = (0.0_f64, 0.0_f64);
        for (&value, &code) in values.iter().zip(&codes) {
            let rounded = f64::from(scale) * f64::from(code);
            norm += rounded * rounded;
            error += (f64::from(value) - rounded).powi(2);
        }
        codes.resize(width, 0);
        Self {
            codes,
            scale,
            norm: norm as f32,
            error: error.sqrt() as f32,
        }
    }
}

/// Rounding of the sums: the squares are of a few numbers in f32, each right to 2⁻²⁴.
const SQUARE: f32 = 1.0 / (1 << 20) as f32;
/// Rounding of distances and their means, with room.
const MEAN: f32 = 1e-4;

/// Writes the lower and upper bounds of the distances to the rows of a block, and returns whether a lower one is not above
/// `limit`.
pub(super) fn compare(
    probe: &Probe,
    block: CodeBlock<'_>,
    limit: f32,
    [low, high]: [&mut [f32]; 2],
) -> bool {
    #[cfg(target_arch = "x86_64")]
    if let Some(isa) = pulp::x86::V3::try_new() {
        return Simd::vectorize(
            isa,
            Compare {
                isa,
                probe,
                block,
                limit,
                low,
                high,
            },
        );
    }
    Arch::new().dispatch(Compare {
        isa: Portable,
        probe,
        block,
        limit,
        low,
        high,
    })
}

/// Bytes of a line of the cache.
#[cfg(target_arch = "x86_64")]
const LINE: usize = 64;
/// Bytes from the codes that are compared to those that are asked for: processors look no further ahead than to the end of a page,
/// and then wait, a fifth of the time; beyond 8 KiB nothing is gained.
#[cfg(target_arch = "x86_64")]
const AHEAD: usize = 8192;
/// Rows that are compared at once.
const ROWS: usize = 4;

/// The sums of products of the codes of some rows and a probe's codes, of one length, which is a multiple of 32.
trait Dot: Copy {
    fn dot(self, codes: &[u8], probe: &[i16]) -> i32;

    /// The same for [`ROWS`] rows, one after another in `codes`.
    fn dots(self, codes: &[u8], probe: &[i16]) -> [i32; ROWS];
}

/// Without special instructions.
#[derive(Debug, Clone, Copy)]
struct Portable;

impl Dot for Portable {
    #[inline(always)]
    fn dot(self, codes: &[u8], probe: &[i16]) -> i32 {
        let product = |(&code, &probe): (&u8, &i16)| i32::from(code as i8) * i32::from(probe);
        codes.iter().zip(probe).map(product).sum()
    }

    #[inline(always)]
    fn dots(self, codes: &[u8], probe: &[i16]) -> [i32; ROWS] {
        let width = probe.len();
        std::array::from_fn(|row| self.dot(&codes[row * width..(row + 1) * width], probe))
    }
}

/// With AVX2, which multiplies 16 pairs at once and adds neighbours: three times as fast as what the compiler finds.
#[cfg(target_arch = "x86_64")]
impl Dot for pulp::x86::V3 {
    #[inline(always)]
    fn dot(self, codes: &[u8], probe: &[i16]) -> i32 {
        let (codes, probe) = (codes.as_chunks::<16>().0, probe.as_chunks::<16>().0);
        let mut sum = self.avx._mm256_setzero_si256();
        for (codes, probe) in codes.iter().zip(probe) {
            let codes = self.avx2._mm256_cvtepi8_epi16(pulp::cast(*codes));
            let products = self.avx2._mm256_madd_epi16(codes, pulp::cast(*probe));
            sum = self.avx2._mm256_add_epi32(sum, products);
        }
        let lanes: [i32; 8] = pulp::cast(sum);
        lanes.iter().sum()
    }

    #[inline(always)]
    fn dots(self, codes: &[u8], probe: &[i16]) -> [i32; ROWS] {
        let probe = probe.as_chunks::<16>().0;
        let (codes, width) = (codes.as_chunks::<16>().0, probe.len());
        let rows: [&[[u8; 16]]; ROWS] =
            std::array::from_fn(|row| &codes[row * width..(row + 1) * width]);
        for line in codes.chunks(LINE / 16) {
            let line = line.as_ptr().wrapping_byte_add(AHEAD).cast();
            self.sse._mm_prefetch::<_MM_HINT_T0>(line);
        }
        let mut sums = [self.avx._mm256_setzero_si256(); ROWS];
        for (at, probe) in probe.iter().enumerate() {
            let probe = pulp::cast(*probe);
            for (sum, row) in sums.iter_mut().zip(rows) {
                let codes = self.avx2._mm256_cvtepi8_epi16(pulp::cast(row[at]));
                let products = self.avx2._mm256_madd_epi16(codes, probe);
                *sum = self.avx2._mm256_add_epi32(*sum, products);
            }
        }
        // Adding neighbours twice leaves one number of each row in each half.
        let [a, b, c, d] = sums;
        let (ab, cd) = (
            self.avx2._mm256_hadd_epi32(a, b),
            self.avx2._mm256_hadd_epi32(c, d),
        );
        let halves: [[i32; ROWS]; 2] = pulp::cast(self.avx2._mm256_hadd_epi32(ab, cd));
        std::array::from_fn(|row| halves[0][row] + halves[1][row])
    }
}

struct Compare<'a, D> {
    isa: D,
    probe: &'a Probe,
    block: CodeBlock<'a>,
    limit: f32,
    low: &'a mut [f32],
    high: &'a mut [f32],
}

impl<D: Dot> WithSimd for Compare<'_, D> {
    type Output = bool;

    // Inlined, so that it is compiled for the instructions of each `Simd`.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> bool {
        let probe = self.probe;
        let mut dots = [0.0_f32; BLOCK];
        let width = probe.codes.len();
        let rows = self.block.codes.chunks_exact(ROWS * width);
        let rest = rows.remainder().chunks_exact(width);
        let (some, _) = dots.as_chunks_mut::<ROWS>();
        let last = rows.len();
        for (dots, rows) in some.iter_mut().zip(rows) {
            *dots = self.isa.dots(rows, &probe.codes).map(|dot| dot as f32);
        }
        for (dot, row) in some[last..].as_flattened_mut().iter_mut().zip(rest) {
            *dot = self.isa.dot(row, &probe.codes) as f32;
        }
        let [scales, norms, errors] = self.block.floats;
        let length = probe.norm.sqrt();
        let floats = scales.iter().zip(norms).zip(errors);
        let bounds = self.low.iter_mut().zip(self.high);
        let mut is_within = false;
        for ((((scale, norm), error), (low, high)), dot) in floats.zip(bounds).zip(dots) {
            let [scale, norm, error] = [scale, norm, error].map(|bytes| f32::from_le_bytes(*bytes));
            let square = probe.norm + norm - 2.0 * scale * probe.scale * dot;
            let distance = square.max(0.0).sqrt();
            // |√a − √b| ≤ |a − b| / √a, and a template is at most as long as probe and distance together.
            let rounding = SQUARE * (probe.norm + (distance + length) * (distance + length));
            let rounding = rounding / distance.max(rounding.sqrt());
            let error = error + probe.error + rounding;
            let error = error + MEAN * (distance + error);
            *low = distance - error;
            *high = distance + error;
            is_within |= *low <= self.limit;
        }
        is_within
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn the_fast_sum_is_the_plain_one() {
        let Some(fast) = pulp::x86::V3::try_new() else {
            return;
        };
        for length in [32, 64, 160] {
            let codes: Vec<u8> = (0..length).map(|i| (i * 37 % 256) as u8).collect();
            let probe: Vec<i16> = (0..length)
                .map(|i| (i * 9973 % 65_536 - 32_768) as i16)
                .collect();
            assert_eq!(fast.dot(&codes, &probe), Portable.dot(&codes, &probe));
            let rows: Vec<u8> = (0..ROWS * length).map(|i| (i * 91 % 256) as u8).collect();
            assert_eq!(fast.dots(&rows, &probe), Portable.dots(&rows, &probe));
        }
    }
}
