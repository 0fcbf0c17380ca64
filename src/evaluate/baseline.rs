//! Baselines without metric learning, which a network must beat on the same folds.
//!
//! All turn a face into numbers whose Euclidean distance is the score, so calibration, thresholds and ranks are the
//! same as for a network. Cosines become distances by scaling to length 1: `‖a − b‖² = 2 − 2·cos`.

use nalgebra::{DMatrix, DVector, SymmetricEigen};

use crate::data::Dataset;
use crate::metrics::Pca;
use crate::model::Embedding;
use crate::units::PersonId;
use crate::vision::Face;

/// Components of [`pca`].
const COMPONENTS: usize = 50;
/// Components in which [`fisherfaces`] searches for discriminants: fewer than pictures less people, so that the scatter within
/// people has full rank (Belhumeur et al. 1997).
const FISHER_COMPONENTS: usize = 100;
/// Added to the scatter within people, as a share of its mean eigenvalue, so that small data sets can be inverted.
const RIDGE: f64 = 1e-3;

/// What a baseline makes of a face.
#[derive(Debug)]
pub enum Embedder {
    /// Its features by a frozen backbone, of length 1.
    Features,
    /// Its pixels.
    Pixels,
    /// A linear map of its pixels, scaled to length 1.
    Linear(LinearMap),
}

/// Projection of pixels.
#[derive(Debug)]
pub struct LinearMap {
    mean: DVector<f64>,
    /// One column for each component of the embedding: `[pixels, components]`.
    axes: DMatrix<f64>,
}

impl Embedder {
    /// The embedding of a face.
    ///
    /// # Panics
    /// If its features are needed and it has none.
    pub fn embed(&self, face: &Face) -> Embedding {
        match self {
            Self::Features => Embedding(face.features().expect("a face with features").into()),
            Self::Pixels => Embedding(face.pixels()),
            Self::Linear(map) => {
                let projected = map.axes.tr_mul(&(vector(face) - &map.mean));
                let length = projected.norm().max(f64::MIN_POSITIVE);
                Embedding(projected.iter().map(|v| (v / length) as f32).collect())
            }
        }
    }
}

/// Eigenfaces (Turk and Pentland 1991): the first 50 principal components, whitened, compared by their cosine.
pub fn pca(dataset: &Dataset, people: &[PersonId]) -> Embedder {
    let (faces, _) = face_matrix(dataset, people);
    Embedder::Linear(principal(&faces, COMPONENTS))
}

/// Fisherfaces (Belhumeur, Hespanha and Kriegman 1997): principal components, then the directions with the largest ratio of
/// differences between people to variation within; one fewer than people; compared by their cosine.
pub fn fisherfaces(dataset: &Dataset, people: &[PersonId]) -> Embedder {
    let (faces, labels) = face_matrix(dataset, people);
    let pca = principal(&faces, FISHER_COMPONENTS.min(faces.ncols() - people.len()));
    let mut projected = pca.axes.tr_mul(&faces);
    let shift = pca.axes.tr_mul(&pca.mean);
    projected.column_iter_mut().for_each(|mut c| c -= &shift);
    let discriminants = discriminate(&projected, &labels, people.len());
    Embedder::Linear(LinearMap {
        mean: pca.mean,
        axes: pca.axes * discriminants,
    })
}

fn vector(face: &Face) -> DVector<f64> {
    DVector::from_iterator(
        face.pixels().len(),
        face.pixels().iter().map(|&p| f64::from(p)),
    )
}

/// One column for each picture, `[pixels, pictures]`, and the index of its person, from 0.
fn face_matrix(dataset: &Dataset, people: &[PersonId]) -> (DMatrix<f64>, Vec<usize>) {
    let (mut columns, mut labels) = (Vec::new(), Vec::new());
    for (label, &person) in people.iter().enumerate() {
        for &image in &dataset.person(person).images {
            columns.push(vector(dataset.face(image)));
            labels.push(label);
        }
    }
    (DMatrix::from_columns(&columns), labels)
}

/// Whitened principal axes: along each of them the variance is 1.
fn principal(faces: &DMatrix<f64>, components: usize) -> LinearMap {
    let pca = Pca::fit(faces, components.max(1));
    let mut axes = pca.axes().clone();
    let columns = axes.column_iter_mut().zip(pca.variances());
    columns.for_each(|(mut axis, variance)| axis /= variance.sqrt());
    if axes.ncols() == 0 {
        // All pictures are equal; then all embeddings are.
        axes = DMatrix::zeros(faces.nrows(), 1);
    }
    LinearMap {
        mean: pca.mean().clone(),
        axes,
    }
}

/// The directions with the largest ratio of scatter between people to scatter within: `[components, people − 1]`.
fn discriminate(points: &DMatrix<f64>, labels: &[usize], people: usize) -> DMatrix<f64> {
    let size = points.nrows();
    let (mut within, mut between) = (DMatrix::zeros(size, size), DMatrix::zeros(size, size));
    for person in 0..people {
        let own: Vec<_> = (0..labels.len()).filter(|&i| labels[i] == person).collect();
        let own = points.select_columns(&own);
        let mean = own.column_mean();
        between += &mean * mean.transpose() * own.ncols() as f64;
        for column in own.column_iter() {
            let apart = column - &mean;
            within += &apart * apart.transpose();
        }
    }
    let ridge = RIDGE * within.trace() / size as f64 + f64::MIN_POSITIVE;
    within += DMatrix::identity(size, size) * ridge;
    // In coordinates where the scatter within people is the identity, the ratio is an ordinary eigenvalue.
    let eigen = SymmetricEigen::new(within);
    let scale = DMatrix::from_diagonal(&eigen.eigenvalues.map(|v| v.max(ridge).sqrt().recip()));
    let whiten = &eigen.eigenvectors * scale;
    let eigen = SymmetricEigen::new(whiten.tr_mul(&(between * &whiten)));
    let order = descending(&eigen.eigenvalues);
    let kept = &order[..(people - 1).clamp(1, size)];
    whiten * eigen.eigenvectors.select_columns(kept)
}

fn descending(values: &DVector<f64>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principal_axes_whiten() {
        // Two independent directions with variances 4 and 1 around (3, 3, 3).
        let points = [[5.0, 3.0], [1.0, 3.0], [3.0, 4.0], [3.0, 2.0]];
        let columns: Vec<_> = points
            .iter()
            .map(|p| DVector::from_vec(vec![p[0], p[1], 3.0]))
            .collect();
        let faces = DMatrix::from_columns(&columns);
        let map = principal(&faces, 10);
        assert_eq!(map.axes.ncols(), 2, "the third direction does not vary");
        let mut centred = faces;
        centred.column_iter_mut().for_each(|mut c| c -= &map.mean);
        let white = map.axes.tr_mul(&centred);
        let covariance = &white * white.transpose() / 4.0;
        assert!((covariance - DMatrix::identity(2, 2)).norm() < 1e-9);
    }

    #[test]
    fn discriminants_prefer_what_tells_people_apart_to_what_varies() {
        // The first direction varies most, but within people; the second tells two people apart.
        let points = DMatrix::from_columns(&[
            DVector::from_vec(vec![9.0, 1.0]),
            DVector::from_vec(vec![-9.0, 1.1]),
            DVector::from_vec(vec![9.0, -1.0]),
            DVector::from_vec(vec![-9.0, -1.1]),
        ]);
        let axis = discriminate(&points, &[0, 0, 1, 1], 2);
        assert_eq!(axis.ncols(), 1);
        assert!(axis[(0, 0)].abs() < 0.1 * axis[(1, 0)].abs());
    }
}
