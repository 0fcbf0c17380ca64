//! Whitening of embeddings: every direction gets the same variance.
//!
//! The directions in which the training people differ most say little about unseen people, but dominate the distance. So
//! embeddings are centred, rotated to the principal axes of the training embeddings, and divided by the standard deviation along
//! each (Jégou and Chum 2012, "Negative evidences and co-occurrences in image retrieval: the benefit of PCA and whitening"). The
//! covariance is shrunk towards a multiple of the identity (Ledoit and Wolf 2004), because some directions hardly vary among a
//! few hundred pictures:
//!
//! ```text
//! C = cov(e) + λ·(tr cov(e)/E)·1 = VΛVᵀ        e ← Λ^−½Vᵀ(e − mean), scaled to length 1
//! ```

use nalgebra::{DMatrix, SymmetricEigen};
use std::sync::Arc;

use super::embedding::Embedding;

/// An affine map of embeddings. Cloning it is free.
#[derive(Debug, Clone, PartialEq)]
pub struct Whitening {
    mean: Arc<[f32]>,
    /// `[E, E]`, one row for each number of the result.
    axes: Arc<[f32]>,
}

impl Whitening {
    /// Fits to the embeddings of training pictures; `shrinkage` is λ. `None` if there are fewer than two, or they hold a NaN or
    /// do not vary.
    pub fn fit(embeddings: &[Embedding], shrinkage: f32) -> Option<Self> {
        let size = embeddings.first()?.0.len();
        let numbers = embeddings
            .iter()
            .flat_map(|e| e.0.iter().map(|&v| f64::from(v)));
        let rows = DMatrix::from_row_iterator(embeddings.len(), size, numbers);
        let mean = rows.row_mean();
        let mut centred = rows;
        centred.row_iter_mut().for_each(|mut row| row -= &mean);
        let mut covariance = centred.tr_mul(&centred) / (embeddings.len() as f64 - 1.0);
        let spread = covariance.trace() / size as f64;
        if !spread.is_finite() || spread <= 0.0 {
            return None;
        }
        let ridge = f64::from(shrinkage) * spread;
        covariance += DMatrix::identity(size, size) * ridge;
        let eigen = SymmetricEigen::new(covariance);
        // A direction without variance is set to zero: it holds only rounding errors.
        let scale = eigen.eigenvalues.map(|value| match value > 1e-9 * spread {
            true => value.sqrt().recip(),
            false => 0.0,
        });
        let axes = DMatrix::from_diagonal(&scale) * eigen.eigenvectors.transpose();
        let axes: Arc<[f32]> = axes.transpose().iter().map(|&v| v as f32).collect();
        Some(Self {
            mean: mean.iter().map(|&v| v as f32).collect(),
            axes,
        })
    }

    /// From saved numbers, `[E]` and `[E, E]`; `None` if their lengths do not fit.
    pub fn from_parts(mean: Vec<f32>, axes: Vec<f32>) -> Option<Self> {
        (axes.len() == mean.len() * mean.len()).then(|| Self {
            mean: mean.into(),
            axes: axes.into(),
        })
    }

    /// The numbers, `[E]` and `[E, E]`.
    pub fn parts(&self) -> (&[f32], &[f32]) {
        (&self.mean, &self.axes)
    }

    /// The embedding, whitened and of length 1.
    ///
    /// # Panics
    /// If it has another length than the embeddings of the fit.
    pub fn apply(&self, embedding: &Embedding) -> Embedding {
        assert_eq!(
            embedding.0.len(),
            self.mean.len(),
            "embeddings of one network"
        );
        let centred: Vec<f32> = embedding
            .0
            .iter()
            .zip(&*self.mean)
            .map(|(e, m)| e - m)
            .collect();
        let project = |axis: &[f32]| axis.iter().zip(&centred).map(|(a, c)| a * c).sum::<f32>();
        let mut turned: Vec<f32> = self.axes.chunks_exact(centred.len()).map(project).collect();
        let length = turned.iter().map(|v| v * v).sum::<f32>().sqrt();
        // Not `max`, which would hide NaN.
        let length = if length < f32::MIN_POSITIVE {
            1.0
        } else {
            length
        };
        turned.iter_mut().for_each(|v| *v /= length);
        Embedding(turned.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn embedding(values: &[f32]) -> Embedding {
        Embedding(values.into())
    }

    /// Spread 4 along (1, 1)/√2 and 1 along (1, −1)/√2, around (5, 5).
    fn cloud() -> Vec<Embedding> {
        let h = std::f32::consts::FRAC_1_SQRT_2;
        let points = [[4.0, 1.0], [4.0, -1.0], [-4.0, 1.0], [-4.0, -1.0]];
        let turned = points.map(|[along, across]| [h * (along + across), h * (along - across)]);
        turned.map(|[x, y]| embedding(&[5.0 + x, 5.0 + y])).to_vec()
    }

    #[test]
    fn every_direction_gets_the_same_variance() {
        let whitening = Whitening::fit(&cloud(), 0.0).unwrap();
        let white: Vec<_> = cloud().iter().map(|e| whitening.apply(e)).collect();
        // Points at four corners of a square on the unit circle.
        for (i, j, expected) in [(0, 1, 2.0_f32), (0, 2, 2.0), (0, 3, 4.0)] {
            let square = white[i].distance(&white[j]).0.powi(2);
            assert!((square - expected).abs() < 1e-4, "{i} {j}: {square}");
        }
    }

    #[test]
    fn much_shrinkage_only_centres() {
        let whitening = Whitening::fit(&cloud(), 1e6).unwrap();
        let (a, b) = (whitening.apply(&cloud()[0]), whitening.apply(&cloud()[1]));
        // The angle between (4, 1) and (4, −1): cos = 15/17, and the square of the distance is 2 − 2·cos.
        assert!((a.distance(&b).0.powi(2) - 4.0 / 17.0).abs() < 1e-3);
    }

    #[test]
    fn embeddings_that_do_not_vary_cannot_be_fitted() {
        assert_eq!(Whitening::fit(&[], 0.1), None);
        let same = vec![embedding(&[1.0, 2.0]); 3];
        assert_eq!(Whitening::fit(&same, 0.1), None);
        let nan = [embedding(&[f32::NAN, 2.0]), embedding(&[1.0, 0.0])];
        assert_eq!(Whitening::fit(&nan, 0.1), None);
    }

    #[test]
    fn a_nan_stays_visible() {
        let whitening = Whitening::fit(&cloud(), 0.1).unwrap();
        assert!(whitening.apply(&embedding(&[f32::NAN, 0.0])).0[0].is_nan());
    }
}
