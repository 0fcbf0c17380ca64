//! Embeddings of length 1: `y = x / √(max(Σx², ε))`, `[N, E]`.
//!
//! On the unit sphere the Euclidean distance lies between 0 and 2 and is a function of the cosine (`d² = 2 − 2·cos`), so a loss
//! cannot fall only because embeddings get longer. The gradient is the part of `dy` that is orthogonal to `y`: `dx = (dy − y·(y·dy)) / ‖x‖`.

use super::tape::{Backward, TapeError, Var, apply};

/// Squared length below which an embedding counts as zero and is not scaled up further.
pub(crate) const EPSILON: f32 = 1e-12;

/// Scales each row of `x` to length 1, in place.
pub fn normalise(x: &mut [f32], features: usize) {
    for row in x.chunks_exact_mut(features) {
        let length = length(row);
        row.iter_mut().for_each(|x| *x /= length);
    }
}

fn length(row: &[f32]) -> f32 {
    let square: f32 = row.iter().map(|x| x * x).sum();
    // Not `max`, which would hide NaN.
    if square < EPSILON {
        EPSILON.sqrt()
    } else {
        square.sqrt()
    }
}

/// [`normalise`] on the tape.
///
/// # Errors
/// [`TapeError::OutOfMemory`] if memory runs out.
pub fn unit_norm(x: Var) -> Result<Var, TapeError> {
    let shape @ (_, features) = x.shape();
    apply(x, &[], shape, true, |x| {
        let mut y = x.clone();
        normalise(&mut y, features);
        let kept = y.clone();
        let backward = move |back: Backward<'_>| {
            let Some(dx) = back.input else { return };
            let rows = dx
                .chunks_exact_mut(features)
                .zip(back.output.chunks_exact(features));
            let kept = kept.chunks_exact(features).zip(x.chunks_exact(features));
            for ((dx, dy), (y, x)) in rows.zip(kept) {
                let along: f32 = y.iter().zip(dy).map(|(y, dy)| y * dy).sum();
                let length = length(x);
                for i in 0..features {
                    dx[i] += (dy[i] - y[i] * along) / length;
                }
            }
        };
        (y, backward)
    })
}
