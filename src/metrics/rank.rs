//! Closed-set identification: the rank of the right person.

/// The rank, from 1, of entry `mate` in `row`, a probe's similarities to the gallery entries.
///
/// Ties count against the mate: it ranks behind every other entry with the same similarity, so that a network that gives
/// everybody the same similarity identifies nobody. An entry that is not finite ranks before the mate (the worst case), and a
/// mate that is not finite ranks last. `mate` must be an index of `row`.
pub fn rank_of(row: &[f32], mate: usize) -> usize {
    let own = row[mate];
    let ahead = |(other, &score): (usize, &f32)| {
        other != mate && (!own.is_finite() || !score.is_finite() || score >= own)
    };
    1 + row.iter().enumerate().filter(|&entry| ahead(entry)).count()
}

/// Rank-k identification rate: the share of `ranks` (from 1) that are at most `k`; 0 if there are none.
pub fn rank_rate(ranks: &[usize], k: usize) -> f64 {
    super::share(
        ranks.iter().filter(|&&rank| rank <= k).count() as u64,
        ranks.len() as u64,
        0.0,
    )
}

/// The cumulative match characteristic: the rank-k rate for k = 1 … `up_to`.
pub fn cmc(ranks: &[usize], up_to: usize) -> Vec<f64> {
    (1..=up_to).map(|k| rank_rate(ranks, k)).collect()
}
