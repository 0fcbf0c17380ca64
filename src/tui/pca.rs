//! Principal components: the two directions in which embeddings differ most.
//!
//! The covariance of `[N, E]` embeddings is formed once (`E` is small) and its two leading eigenvectors found by power
//! iteration with deflation (Golub and Van Loan, "Matrix Computations", 7.3 and 8.2). It needs no linear-algebra crate,
//! and for a picture on a screen its precision is far more than enough.

/// Rounds of the iteration; with well separated eigenvalues a tenth would do.
const ROUNDS: usize = 200;

/// Points in two dimensions, and the share of the variance along each axis.
pub(super) struct Components {
    /// One per embedding.
    pub(super) points: Vec<(f32, f32)>,
    /// From 0 to 1.
    pub(super) share: (f32, f32),
}

/// Projects `embeddings`, all of one length, onto their first two principal components. The sign of each axis is chosen
/// so that its largest part is positive, and so the same embeddings always give the same picture.
pub(super) fn project(embeddings: &[&[f32]]) -> Components {
    let features = embeddings.first().map_or(0, |e| e.len());
    if features == 0 {
        return Components {
            points: Vec::new(),
            share: (0.0, 0.0),
        };
    }
    let centred = centre(embeddings, features);
    let mut covariance = covariance(&centred, features);
    let total: f64 = (0..features).map(|i| covariance[i * features + i]).sum();
    let mut axes = Vec::new();
    for _ in 0..2 {
        let (axis, value) = leading(&covariance, features);
        for (i, row) in covariance.chunks_exact_mut(features).enumerate() {
            row.iter_mut()
                .zip(&axis)
                .for_each(|(c, a)| *c -= value * axis[i] * a);
        }
        axes.push((axis, value));
    }
    let along =
        |row: &[f64], axis: &[f64]| row.iter().zip(axis).map(|(a, b)| a * b).sum::<f64>() as f32;
    let points = centred
        .chunks_exact(features)
        .map(|row| (along(row, &axes[0].0), along(row, &axes[1].0)))
        .collect();
    let share = |value: f64| {
        if total > 0.0 {
            (value / total) as f32
        } else {
            0.0
        }
    };
    Components {
        points,
        share: (share(axes[0].1), share(axes[1].1)),
    }
}

fn centre(embeddings: &[&[f32]], features: usize) -> Vec<f64> {
    let n = embeddings.len() as f64;
    let mean: Vec<f64> = (0..features)
        .map(|j| embeddings.iter().map(|e| f64::from(e[j])).sum::<f64>() / n)
        .collect();
    embeddings
        .iter()
        .flat_map(|e| e.iter().zip(&mean).map(|(&v, m)| f64::from(v) - m))
        .collect()
}

fn covariance(centred: &[f64], features: usize) -> Vec<f64> {
    let mut sums = vec![0.0; features * features];
    for row in centred.chunks_exact(features) {
        for (i, a) in row.iter().enumerate() {
            let into = &mut sums[i * features..(i + 1) * features];
            into.iter_mut().zip(row).for_each(|(sum, b)| *sum += a * b);
        }
    }
    sums
}

/// The leading eigenvector, of length 1, and its eigenvalue.
fn leading(matrix: &[f64], features: usize) -> (Vec<f64>, f64) {
    // A start that is orthogonal to no axis in particular.
    let mut vector: Vec<f64> = (0..features)
        .map(|i| 1.0 + (i as f64 * 0.618).fract())
        .collect();
    let mut value = 0.0;
    for _ in 0..ROUNDS {
        let next: Vec<f64> = matrix
            .chunks_exact(features)
            .map(|row| row.iter().zip(&vector).map(|(a, b)| a * b).sum())
            .collect();
        let norm = next.iter().map(|v| v * v).sum::<f64>().sqrt();
        if !(norm > 1e-30 && norm.is_finite()) {
            return (vec![0.0; features], 0.0);
        }
        vector = next.into_iter().map(|v| v / norm).collect();
        value = norm;
    }
    let largest = vector
        .iter()
        .copied()
        .max_by(|a, b| a.abs().total_cmp(&b.abs()))
        .unwrap_or(1.0);
    if largest < 0.0 {
        vector.iter_mut().for_each(|v| *v = -*v);
    }
    (vector, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_direction_comes_first() {
        // An ellipse: 3 along (1, 1, 0)/√2, 1 along the third axis, nothing along (1, −1, 0).
        let rows: Vec<[f32; 3]> = (0..64)
            .map(|i| {
                let (s, c) = (i as f32 / 64.0 * std::f32::consts::TAU).sin_cos();
                [3.0 * c, 3.0 * c, s]
            })
            .collect();
        let views: Vec<&[f32]> = rows.iter().map(|r| r.as_slice()).collect();
        let components = project(&views);
        let (x, y) = components.share;
        assert!(
            (x - 18.0 / 19.0).abs() < 1e-4 && (y - 1.0 / 19.0).abs() < 1e-4,
            "{x} {y}"
        );
        assert!((components.points[0].0 - 3.0 * 2.0_f32.sqrt()).abs() < 1e-4);
    }

    #[test]
    fn equal_or_no_embeddings_have_no_direction() {
        let same = [1.0_f32, 2.0];
        let components = project(&[&same, &same]);
        assert_eq!(
            (components.points.as_slice(), components.share),
            (&[(0.0, 0.0); 2][..], (0.0, 0.0))
        );
        assert!(project(&[]).points.is_empty());
    }
}
