//! The block scan, compiled for each vector instruction set and chosen at run time.
//!
//! The code is the same everywhere, and so are the results; see [`block`](super::block). This is the only file of the
//! detector with `unsafe` in it: calling a function that was compiled for instructions the processor might lack.
#![allow(unsafe_code)]

use super::scan;
use super::tables::CascadeAt;
use crate::vision::integral::Band;

/// Evaluates one row of windows with the widest vectors this processor has.
pub(crate) fn row_of_stumps(
    cascade: &CascadeAt,
    band: &Band,
    start: usize,
    count: usize,
    found: &mut dyn FnMut(usize),
) {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
        {
            // SAFETY: the processor has just been asked for all four extensions.
            return unsafe { row_avx512(cascade, band, start, count, found) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has just been asked for AVX2.
            return unsafe { row_avx2(cascade, band, start, count, found) };
        }
    }
    scan::row_of_stumps(cascade, band, start, count, found);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn row_avx512(
    cascade: &CascadeAt,
    band: &Band,
    start: usize,
    count: usize,
    found: &mut dyn FnMut(usize),
) {
    scan::row_of_stumps(cascade, band, start, count, found);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn row_avx2(
    cascade: &CascadeAt,
    band: &Band,
    start: usize,
    count: usize,
    found: &mut dyn FnMut(usize),
) {
    scan::row_of_stumps(cascade, band, start, count, found);
}
