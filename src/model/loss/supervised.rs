//! Supervised contrastive loss: each face against all others of its batch.

use crate::nn::tape::{Backward, TapeError, Var, apply};

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
/// [`TapeError::OutOfMemory`] if memory runs out.
pub fn supervised_contrastive(
    embeddings: Var,
    people: &[usize],
    temperature: f32,
) -> Result<Var, TapeError> {
    let (n, features) = embeddings.shape();
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
    let positives = |i: usize| (0..n).filter(|&j| j != i && people[j] == people[i]).count();
    let anchors = (0..n).filter(|&i| positives(i) > 0).count().max(1) as f32;
    let mut slopes = vec![0.0; n * n];
    let mut loss = 0.0_f64;
    for i in 0..n {
        let count = positives(i) as f32;
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
            let target = if people[j] == people[i] {
                1.0 / count
            } else {
                0.0
            };
            slopes[i * n + j] = ((s[j] - largest).exp() / total - target) / anchors;
        }
    }
    ((loss / f64::from(anchors)) as f32, slopes)
}
