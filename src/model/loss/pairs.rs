//! Distances of comparisons, and losses that are sums over them.

use super::{Comparison, MIN_SQUARE};
use crate::nn::tape::{Backward, TapeError, Var, apply};

/// Distances of comparisons: `[N, E]` → `[P, 1]`, `d = √max(Σ(a − b)², 1e-7)`.
///
/// The gradient is `±(a − b)/d`, and 0 where the maximum is the constant.
///
/// # Errors
/// [`TapeError::OutOfMemory`] if memory runs out.
pub fn distances(embeddings: Var, comparisons: &[Comparison]) -> Result<Var, TapeError> {
    let (_, features) = embeddings.shape();
    let comparisons = comparisons.to_vec();
    apply(embeddings, &[], (comparisons.len(), 1), true, |e| {
        let row = move |e: &[f32], i: usize| -> Vec<f32> { e[i * features..][..features].to_vec() };
        let mut distance = Vec::with_capacity(comparisons.len());
        for c in &comparisons {
            let (a, b) = (
                &e[c.a * features..][..features],
                &e[c.b * features..][..features],
            );
            let square: f32 = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum();
            // Not `max`, which would hide NaN.
            distance.push(if square < MIN_SQUARE {
                MIN_SQUARE.sqrt()
            } else {
                square.sqrt()
            });
        }
        let kept = distance.clone();
        let backward = move |back: Backward<'_>| {
            let Some(by_e) = back.input else { return };
            for ((c, d), dy) in comparisons.iter().zip(&kept).zip(&*back.output) {
                if *d <= MIN_SQUARE.sqrt() {
                    continue;
                }
                let (a, b) = (row(&e, c.a), row(&e, c.b));
                for i in 0..features {
                    let slope = dy * (a[i] - b[i]) / d;
                    by_e[c.a * features + i] += slope;
                    by_e[c.b * features + i] -= slope;
                }
            }
        };
        (distance, backward)
    })
}

/// Weighted binary cross-entropy on logits: `[P, 1]` → `[1, 1]`.
///
/// `Σ wₚ · (softplus(zₚ) − yₚ·zₚ)` with `softplus(z) = max(z, 0) + ln(1 + e^−|z|)`, stable for any `z`; the gradient is
/// `wₚ · (sigmoid(zₚ) − yₚ)`.
///
/// # Errors
/// [`TapeError::OutOfMemory`] if memory runs out.
pub fn cross_entropy(logits: Var, comparisons: &[Comparison]) -> Result<Var, TapeError> {
    let targets: Vec<(f32, f32)> = comparisons
        .iter()
        .map(|c| (f32::from(u8::from(c.same)), c.weight))
        .collect();
    apply(logits, &[], (1, 1), true, |z| {
        let loss = z
            .iter()
            .zip(&targets)
            .map(|(&z, &(y, w))| f64::from(w * point_cross_entropy(z, y)))
            .sum::<f64>();
        let backward = move |back: Backward<'_>| {
            let Some(by_z) = back.input else { return };
            for ((by_z, z), (y, w)) in by_z.iter_mut().zip(&z).zip(&targets) {
                *by_z += back.output[0] * w * (1.0 / (1.0 + (-z).exp()) - y);
            }
        };
        (vec![loss as f32], backward)
    })
}

/// Cross-entropy of one logit `z` with its label `y`, 0 or 1.
pub fn point_cross_entropy(z: f32, y: f32) -> f32 {
    let positive = if z < 0.0 { 0.0 } else { z };
    positive + (-z.abs()).exp().ln_1p() - y * z
}

/// Contrastive loss of distances `[P, 1]` → `[1, 1]`.
///
/// `Σ wₚ · (yₚ·½dₚ² + (1 − yₚ)·½max(0, m − dₚ)²)` with the margin `m`; the gradient is `wₚ·dₚ` for mated comparisons and
/// `−wₚ·max(0, m − dₚ)` for others.
///
/// # Errors
/// [`TapeError::OutOfMemory`] if memory runs out.
pub fn contrastive(
    distances: Var,
    comparisons: &[Comparison],
    margin: f32,
) -> Result<Var, TapeError> {
    let kinds: Vec<(bool, f32)> = comparisons.iter().map(|c| (c.same, c.weight)).collect();
    apply(distances, &[], (1, 1), true, |d| {
        // Not `max`, which would hide NaN.
        let short = move |d: f32| if d >= margin { 0.0 } else { margin - d };
        let each = d.iter().zip(&kinds).map(|(&d, &(same, weight))| {
            let gap = if same { d } else { short(d) };
            f64::from(weight * gap * gap / 2.0)
        });
        let loss = each.sum::<f64>() as f32;
        let backward = move |back: Backward<'_>| {
            let Some(by_d) = back.input else { return };
            for ((by_d, &d), &(same, weight)) in by_d.iter_mut().zip(&d).zip(&kinds) {
                let slope = if same { d } else { -short(d) };
                *by_d += back.output[0] * weight * slope;
            }
        };
        (vec![loss], backward)
    })
}
