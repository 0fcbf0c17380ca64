//! What is made small, on a batch of embeddings `[N, E]` and the comparisons among them.
//!
//! Each loss is one operation that computes its value and its gradient together, because both need the same distances
//! or products, and `N` is a few hundred at most. All are means, so a learning rate means the same for any batch.

use super::learner::Comparison;
use crate::nn::tape::{Backward, Batch, Recording, apply};
use dfdx::shapes::HasShape;
use dfdx::tensor::CpuError;
use serde::{Deserialize, Serialize};

/// Least squared distance: the root has an infinite slope at 0, and a picture may be compared with itself.
/// Keras' backend epsilon.
pub const MIN_SQUARE: f32 = 1e-7;

/// A loss, by name.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LossSpec {
    /// Binary cross-entropy of the similarity of each comparison, as the tutorial has it.
    PairCrossEntropy,
    /// Khosla et al. 2020, equation 2 (`L_out`): each face is drawn to the faces of its person and away from all
    /// others, by a softmax over cosines. The head learns on the side, by cross-entropy, without moving the tower.
    SupervisedContrastive {
        /// Divides the cosines: the lower, the more the nearest strangers count.
        temperature: f32,
    },
}

/// Distances of comparisons: `[N, E]` → `[P, 1]`, `d = √max(Σ(a − b)², 1e-7)`.
///
/// The gradient is `±(a − b)/d`, and none where the clamp holds.
///
/// # Errors
/// [`CpuError`] if memory runs out.
pub fn distances(
    embeddings: Batch<Recording>,
    comparisons: &[Comparison],
) -> Result<Batch<Recording>, CpuError> {
    let &(_, features) = embeddings.shape();
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
/// [`CpuError`] if memory runs out.
pub fn cross_entropy(
    logits: Batch<Recording>,
    comparisons: &[Comparison],
) -> Result<Batch<Recording>, CpuError> {
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

/// Cross-entropy of one logit with its label.
pub fn point_cross_entropy(z: f32, y: f32) -> f32 {
    let positive = if z < 0.0 { 0.0 } else { z };
    positive + (-z.abs()).exp().ln_1p() - y * z
}

/// Supervised contrastive loss on unit-length embeddings `[N, E]` of `people` → `[1, 1]`.
///
/// With `s = z·zᵀ/τ`, `P(i)` the other faces of `i`'s person and `A(i)` all faces but `i`, the mean over those `i` that
/// have a `P(i)` of
///
/// ```text
/// lᵢ = ln Σ_{a ∈ A(i)} exp(sᵢₐ) − mean_{p ∈ P(i)} sᵢₚ      ∂lᵢ/∂sᵢⱼ = softmax(sᵢ)ⱼ − [j ∈ P(i)]/|P(i)|
/// ```
///
/// # Errors
/// [`CpuError`] if memory runs out.
pub fn supervised_contrastive(
    embeddings: Batch<Recording>,
    people: &[usize],
    temperature: f32,
) -> Result<Batch<Recording>, CpuError> {
    let &(n, features) = embeddings.shape();
    let people = people.to_vec();
    apply(embeddings, &[], (1, 1), true, |e| {
        let (loss, slopes) = contrast(&e, &people, features, temperature);
        let backward = move |back: Backward<'_>| {
            let Some(by_e) = back.input else { return };
            let scale = back.output[0] / temperature;
            for i in 0..n {
                for j in 0..n {
                    // s is symmetric in its two embeddings, so both rows of slopes meet in one.
                    let slope = scale * (slopes[i * n + j] + slopes[j * n + i]);
                    for f in 0..features {
                        by_e[i * features + f] += slope * e[j * features + f];
                    }
                }
            }
        };
        (vec![loss], backward)
    })
}

/// The loss and `∂loss/∂s` `[N, N]`.
fn contrast(e: &[f32], people: &[usize], features: usize, temperature: f32) -> (f32, Vec<f32>) {
    let n = people.len();
    let row = |i: usize| &e[i * features..][..features];
    let friends = |i: usize| (0..n).filter(|&j| j != i && people[j] == people[i]).count();
    let anchors = (0..n).filter(|&i| friends(i) > 0).count().max(1) as f32;
    let mut slopes = vec![0.0; n * n];
    let mut loss = 0.0_f64;
    for i in 0..n {
        let count = friends(i) as f32;
        if count == 0.0 {
            continue;
        }
        let s: Vec<f32> = (0..n)
            .map(|j| row(i).iter().zip(row(j)).map(|(a, b)| a * b).sum::<f32>() / temperature)
            .collect();
        let others = || (0..n).filter(|&j| j != i);
        let largest = others()
            .map(|j| s[j])
            .fold(f32::NEG_INFINITY, |a, b| if a > b { a } else { b });
        let total: f32 = others().map(|j| (s[j] - largest).exp()).sum();
        let drawn: f32 = others()
            .filter(|&j| people[j] == people[i])
            .map(|j| s[j])
            .sum();
        loss += f64::from(largest + total.ln() - drawn / count);
        for j in others() {
            let friend = if people[j] == people[i] {
                1.0 / count
            } else {
                0.0
            };
            slopes[i * n + j] = ((s[j] - largest).exp() / total - friend) / anchors;
        }
    }
    ((loss / f64::from(anchors)) as f32, slopes)
}
