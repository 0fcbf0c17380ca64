//! Triplet loss with the hardest triplet of each face.

use super::MIN_SQUARE;
use crate::nn::tape::{Backward, Batch, Recording, apply};
use dfdx::shapes::HasShape;
use dfdx::tensor::CpuError;

/// Batch-hard triplet loss on embeddings `[N, E]` of `people` → `[1, 1]`.
///
/// With `d` the Euclidean distance, the mean over those faces that have a friend `p` (another face of their person) and a
/// stranger `n` of
///
/// ```text
/// lᵢ = max(0, m + max_p d(i, p) − min_n d(i, n))
/// ```
///
/// The gradient flows through the farthest friend and the nearest stranger; the first of equals is taken. A NaN makes the loss
/// NaN.
///
/// # Errors
/// [`CpuError`] if memory runs out.
pub fn batch_hard(
    embeddings: Batch<Recording>,
    people: &[usize],
    margin: f32,
) -> Result<Batch<Recording>, CpuError> {
    let &(_, features) = embeddings.shape();
    let people = people.to_vec();
    apply(embeddings, &[], (1, 1), true, |e| {
        let triplets = hardest(&e, &people, features);
        let count = triplets.len().max(1) as f32;
        let active: Vec<Triplet> = triplets
            .into_iter()
            // A NaN is kept, or it would be hidden.
            .filter(|t| t.excess(margin) > 0.0 || t.excess(margin).is_nan())
            .collect();
        let sum: f64 = active.iter().map(|t| f64::from(t.excess(margin))).sum();
        let backward = move |back: Backward<'_>| {
            let Some(by_e) = back.input else { return };
            let scale = back.output[0] / count;
            for Triplet { anchor, far, near } in active {
                for ((other, distance), sign) in [(far, 1.0), (near, -1.0)] {
                    if distance <= MIN_SQUARE.sqrt() {
                        continue;
                    }
                    for f in 0..features {
                        let apart = e[anchor * features + f] - e[other * features + f];
                        let slope = sign * scale * apart / distance;
                        by_e[anchor * features + f] += slope;
                        by_e[other * features + f] -= slope;
                    }
                }
            }
        };
        (vec![(sum / f64::from(count)) as f32], backward)
    })
}

/// A face with its farthest friend and its nearest stranger, and how far they are.
struct Triplet {
    anchor: usize,
    far: (usize, f32),
    near: (usize, f32),
}

impl Triplet {
    fn excess(&self, margin: f32) -> f32 {
        margin + self.far.1 - self.near.1
    }
}

fn hardest(e: &[f32], people: &[usize], features: usize) -> Vec<Triplet> {
    let row = |i: usize| &e[i * features..][..features];
    let distance = |a: usize, b: usize| {
        let square: f32 = row(a)
            .iter()
            .zip(row(b))
            .map(|(a, b)| (a - b) * (a - b))
            .sum();
        // Not `max`, which would hide NaN.
        if square < MIN_SQUARE {
            MIN_SQUARE.sqrt()
        } else {
            square.sqrt()
        }
    };
    let triplet = |anchor: usize| {
        let (mut far, mut near) = (None::<(usize, f32)>, None::<(usize, f32)>);
        for other in (0..people.len()).filter(|&other| other != anchor) {
            let d = distance(anchor, other);
            let friend = people[other] == people[anchor];
            let kept = if friend { &mut far } else { &mut near };
            let harder = |best: f32| d.is_nan() || if friend { d > best } else { d < best };
            if kept.is_none_or(|(_, best)| harder(best)) {
                *kept = Some((other, d));
            }
        }
        Some(Triplet {
            anchor,
            far: far?,
            near: near?,
        })
    };
    (0..people.len()).filter_map(triplet).collect()
}
