//! Evaluates eight neighbouring windows at once with AVX2.
//!
//! A rectangle corner of eight neighbouring windows is eight table entries in a row, which one load fetches. A block of
//! eight costs about as much as a single window, so a block goes through the stages until its last window is rejected; a
//! wider block would have more idle lanes by then. Plain loops for the compiler to vectorise were rejected: it used the
//! stumps of one window as lanes and gathered their corners one by one.
//!
//! In each lane the operations and their order are exactly those of [`window`](super::window), and so are the results; a
//! test compares them.
//!
//! This is the only file of the detector with `unsafe` code: loads without bounds checks (there would be twelve for each
//! stump) and calls of functions compiled for AVX2.
#![allow(unsafe_code)]

use std::arch::x86_64::*;

use super::tables::{CascadeAt, FeatureAt, StageAt, StumpAt, Votes};
use super::window::FLATNESS;
use crate::vision::integral::Band;

/// Windows in a block.
const LANES: usize = 8;

/// One bit for each window of a block; the first window is the lowest bit.
type Mask = u8;

/// The windows that the scan visits, for each pattern of windows that would fail the first stage. The first index tells
/// whether the block's first window is visited (0) or skipped (1). A window is skipped after each visited one that fails.
const VISITED: [[Mask; 256]; 2] = {
    let mut table = [[0; 256]; 2];
    let mut index = 0;
    while index < 512 {
        let (failed, mut left_out) = (index % 256, index / 256);
        let mut lane = 0;
        while lane < LANES {
            if left_out == 1 {
                left_out = 0;
            } else {
                table[index / 256][failed] |= 1 << lane;
                left_out = failed >> lane & 1;
            }
            lane += 1;
        }
        index += 1;
    }
    table
};

/// Evaluates `count` neighbouring windows of a cascade of stumps, the first with its corner at entry `start` of the
/// tables, and calls `found` with the number of each that passes. Does nothing and returns `false` if the processor has no
/// AVX2 or the cascade has larger trees.
///
/// # Panics
/// If the tables are too short for the windows and the slack.
pub(crate) fn row(
    cascade: &CascadeAt,
    band: &Band,
    start: usize,
    count: usize,
    found: &mut dyn FnMut(usize),
) -> bool {
    if !is_x86_feature_detected!("avx2") || !matches!(cascade.stages()[0].votes, Votes::Stumps(_)) {
        return false;
    }
    let end = start + count.next_multiple_of(LANES) + cascade.reach();
    assert!(
        end <= band.sums.len() && end <= band.squares.len(),
        "tables must end with slack for a whole block"
    );
    // SAFETY: the processor has AVX2. For the loads: a block begins at `start` plus a multiple of LANES below `count`, and
    // no corner's offset exceeds `reach()`, so the last entry of all loads is before `end`, which lies within both tables.
    unsafe { blocks(cascade, band, start, count, found) };
    true
}

/// # Safety
/// Every load of a block, at its first window plus any corner's offset, must lie within the tables; see [`row`].
#[target_feature(enable = "avx2")]
unsafe fn blocks(
    cascade: &CascadeAt,
    band: &Band,
    start: usize,
    count: usize,
    found: &mut dyn FnMut(usize),
) {
    let mut left_out = 0;
    for column in (0..count).step_by(LANES) {
        let at = start + column;
        // SAFETY: as promised by the caller.
        let (factors, good) = unsafe { contrasts(cascade, band, at) };
        let inside = if count - column < LANES {
            (1 << (count - column)) - 1
        } else {
            Mask::MAX
        };
        let good = good & inside;
        let passed = match good {
            0 => 0,
            // SAFETY: as promised by the caller.
            _ => unsafe { passing(&cascade.stages()[0], &band.sums, at, factors) },
        };
        let failed = good & !passed;
        let visited = VISITED[left_out][usize::from(failed)];
        left_out = usize::from((visited & failed) >> (LANES - 1));
        let mut alive = visited & good & passed;
        for stage in &cascade.stages()[1..] {
            if alive == 0 {
                break;
            }
            // SAFETY: as promised by the caller.
            alive &= unsafe { passing(stage, &band.sums, at, factors) };
        }
        while alive != 0 {
            found(column + alive.trailing_zeros() as usize);
            alive &= alive - 1;
        }
    }
}

/// The contrast factors of a block, and a mask of the windows that are not too flat.
///
/// # Safety
/// The four loads at `at` plus each inner corner must lie within both tables.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn contrasts(cascade: &CascadeAt, band: &Band, at: usize) -> (__m256, Mask) {
    // SAFETY: as promised by the caller; both tables hold 32-bit integers.
    let (sums, squares) = unsafe {
        (
            rectangle(band.sums.as_ptr(), at, cascade.inner()),
            rectangle(band.squares.as_ptr().cast(), at, cascade.inner()),
        )
    };
    let (low, low_good) = four_contrasts(
        cascade.area(),
        _mm256_castsi256_si128(sums),
        _mm256_castsi256_si128(squares),
    );
    let (high, high_good) = four_contrasts(
        cascade.area(),
        _mm256_extracti128_si256::<1>(sums),
        _mm256_extracti128_si256::<1>(squares),
    );
    (_mm256_set_m128(high, low), low_good | high_good << 4)
}

#[inline]
#[target_feature(enable = "avx2")]
fn four_contrasts(area: f64, sums: __m128i, squares: __m128i) -> (__m128, Mask) {
    let area = _mm256_set1_pd(area);
    let sums = _mm256_cvtepi32_pd(sums);
    // AVX2 converts only signed integers: subtract 2^31 before and add it to the f64 afterwards, which is exact.
    let moved = _mm_xor_si128(squares, _mm_set1_epi32(i32::MIN));
    let squares = _mm256_add_pd(_mm256_cvtepi32_pd(moved), _mm256_set1_pd(2_147_483_648.0));
    let spread = _mm256_sub_pd(_mm256_mul_pd(area, squares), _mm256_mul_pd(sums, sums));
    // A spread of 0 or less gives infinity or NaN, and both fail the comparison.
    let factors = _mm256_cvtpd_ps(_mm256_div_pd(_mm256_set1_pd(1.0), _mm256_sqrt_pd(spread)));
    let flatness = _mm256_mul_pd(area, _mm256_cvtps_pd(factors));
    let good = _mm256_cmp_pd::<_CMP_LT_OQ>(flatness, _mm256_set1_pd(FLATNESS));
    (factors, _mm256_movemask_pd(good) as Mask)
}

/// A mask of the windows of the block at `at` that pass a stage.
///
/// # Safety
/// The loads at `at` plus each corner of the stage's features must lie within `sums`.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn passing(stage: &StageAt, sums: &[i32], at: usize, factors: __m256) -> Mask {
    let Votes::Stumps(stumps) = &stage.votes else {
        return 0;
    };
    let (mut low, mut high) = (_mm256_setzero_pd(), _mm256_setzero_pd());
    for StumpAt {
        feature,
        threshold,
        left,
        right,
    } in stumps
    {
        // SAFETY: as promised by the caller.
        let values = _mm256_mul_ps(unsafe { values(feature, sums.as_ptr(), at) }, factors);
        let below = _mm256_cmp_ps::<_CMP_LT_OQ>(values, _mm256_set1_ps(*threshold));
        let votes = _mm256_blendv_ps(_mm256_set1_ps(*right), _mm256_set1_ps(*left), below);
        low = _mm256_add_pd(low, _mm256_cvtps_pd(_mm256_castps256_ps128(votes)));
        high = _mm256_add_pd(high, _mm256_cvtps_pd(_mm256_extractf128_ps::<1>(votes)));
    }
    let threshold = _mm256_set1_pd(stage.threshold);
    let low = _mm256_movemask_pd(_mm256_cmp_pd::<_CMP_GE_OQ>(low, threshold));
    let high = _mm256_movemask_pd(_mm256_cmp_pd::<_CMP_GE_OQ>(high, threshold));
    (low | high << 4) as Mask
}

/// The values of a feature in each window of a block, before the contrast factor.
///
/// # Safety
/// The loads at `at` plus each of the feature's corners must lie within the table at `sums`.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn values(feature: &FeatureAt, sums: *const i32, at: usize) -> __m256 {
    let [first, second, third] = &feature.corners;
    let [first_weight, second_weight, third_weight] = feature.weights;
    // SAFETY: as promised by the caller.
    let (first, second) = unsafe { (rectangle(sums, at, first), rectangle(sums, at, second)) };
    let first = _mm256_mul_ps(_mm256_set1_ps(first_weight), _mm256_cvtepi32_ps(first));
    let second = _mm256_mul_ps(_mm256_set1_ps(second_weight), _mm256_cvtepi32_ps(second));
    let values = _mm256_add_ps(first, second);
    if third_weight == 0.0 {
        return values;
    }
    // SAFETY: as promised by the caller.
    let third = unsafe { rectangle(sums, at, third) };
    _mm256_add_ps(
        values,
        _mm256_mul_ps(_mm256_set1_ps(third_weight), _mm256_cvtepi32_ps(third)),
    )
}

/// The sums over a rectangle in each window of a block.
///
/// # Safety
/// The eight entries from `at` plus each corner on must lie within the table at `table`.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn rectangle(table: *const i32, at: usize, corners: &[u32; 4]) -> __m256i {
    // SAFETY: as promised by the caller; the load needs no alignment.
    let load = |corner: u32| unsafe { _mm256_loadu_si256(table.add(at + corner as usize).cast()) };
    let upper = _mm256_sub_epi32(load(corners[0]), load(corners[1]));
    let lower = _mm256_sub_epi32(load(corners[3]), load(corners[2]));
    _mm256_add_epi32(upper, lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_visited_failure_one_window_is_left_out() {
        assert_eq!(VISITED[0][0b0000_0000], 0b1111_1111);
        assert_eq!(VISITED[0][0b1111_1111], 0b0101_0101);
        assert_eq!(VISITED[1][0b1111_1111], 0b1010_1010);
        assert_eq!(VISITED[0][0b0000_0111], 0b1111_0101);
    }
}
