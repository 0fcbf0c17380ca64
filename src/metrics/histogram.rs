//! Histograms of similarities, for charts.

use super::Scores;

/// The number of comparisons of each kind in equal bins of [0, 1].
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Histogram {
    /// Mated comparisons per bin, `[bins]`.
    pub mated: Vec<u32>,
    /// Non-mated comparisons per bin, `[bins]`.
    pub non_mated: Vec<u32>,
    /// Comparisons of both kinds whose similarity is not finite; no bin counts them.
    pub failed: u32,
}

/// Counts `scores` in `bins` equal bins (at least one). A bin includes its lower edge; the last one includes 1. A value
/// outside [0, 1] is counted in the nearest bin.
pub fn histogram(scores: &Scores, bins: usize) -> Histogram {
    let bins = bins.max(1);
    let mut failed = 0;
    let mut count = |similarities: &[f32]| {
        let mut counts = vec![0_u32; bins];
        for &similarity in similarities {
            match similarity.is_finite() {
                true => counts[bin_of(similarity, bins)] += 1,
                false => failed += 1,
            }
        }
        counts
    };
    let (mated, non_mated) = (count(&scores.mated), count(&scores.non_mated));
    Histogram {
        mated,
        non_mated,
        failed,
    }
}

/// The index of the bin of `value`, for `bins` equal bins of [0, 1].
pub(super) fn bin_of(value: f32, bins: usize) -> usize {
    // A cast from float saturates: values below 0 become 0.
    ((f64::from(value) * bins as f64).floor() as usize).min(bins - 1)
}
