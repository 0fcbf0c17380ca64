//! Triplet loss with the hardest triplet of each face.

use super::MIN_SQUARE;
use crate::nn::tape::{Backward, TapeError, Var, apply};

/// Batch-hard triplet loss on embeddings `[N, E]` of `people` → `[1, 1]`.
///
/// With `d` the Euclidean distance, the mean over those faces `i` that have a positive `p` (another face of their person) and a
/// negative `n` (a face of another person) of
///
/// ```text
/// lᵢ = max(0, m + max_p d(i, p) − min_n d(i, n))
/// ```
///
/// The gradient passes through the farthest positive and the nearest negative; the first of equals counts. A NaN makes the
/// loss NaN.
///
/// # Errors
/// [`TapeError::OutOfMemory`] if memory runs out.
pub fn batch_hard(embeddings: Var, people: &[usize], margin: f32) -> Result<Var, TapeError> {
    let (_, features) = embeddings.shape();
    let people = people.to_vec();
    apply(embeddings, &[], (1, 1), true, |e| {
        let triplets = hardest(&e, &people, features);
        let count = triplets.len().max(1) as f32;
        let active: Vec<Triplet> = triplets
            .into_iter()
            // A NaN must stay visible.
            .filter(|t| t.excess(margin) > 0.0 || t.excess(margin).is_nan())
            .collect();
        let sum: f64 = active.iter().map(|t| f64::from(t.excess(margin))).sum();
        let backward = move |back: Backward<'_>| {
            let Some(by_e) = back.input else { return };
            let scale = back.output[0] / count;
            for Triplet {
                anchor,
                positive,
                negative,
            } in active
            {
                for ((other, distance), sign) in [(positive, 1.0), (negative, -1.0)] {
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

/// A face with its farthest positive and its nearest negative, each with its distance.
struct Triplet {
    anchor: usize,
    positive: (usize, f32),
    negative: (usize, f32),
}

impl Triplet {
    fn excess(&self, margin: f32) -> f32 {
        margin + self.positive.1 - self.negative.1
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
        let (mut positive, mut negative) = (None::<(usize, f32)>, None::<(usize, f32)>);
        for other in (0..people.len()).filter(|&other| other != anchor) {
            let d = distance(anchor, other);
            let same = people[other] == people[anchor];
            let kept = if same { &mut positive } else { &mut negative };
            let harder = |best: f32| d.is_nan() || if same { d > best } else { d < best };
            if kept.is_none_or(|(_, best)| harder(best)) {
                *kept = Some((other, d));
            }
        }
        Some(Triplet {
            anchor,
            positive: positive?,
            negative: negative?,
        })
    };
    (0..people.len()).filter_map(triplet).collect()
}
