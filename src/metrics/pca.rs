//! Principal component analysis: the orthogonal directions along which points vary most (Pearson 1901).
//!
//! With the centred points as columns of `X`, the axes are the eigenvectors of `X·Xᵀ` with the largest eigenvalues. Where there
//! are fewer points than numbers in a point, the smaller `XᵀX = UΛUᵀ` gives the same axes as `X·U·Λ^−½` (Turk and Pentland 1991).
//!
//! ```
//! use nalgebra::DMatrix;
//! use twinsight::metrics::Pca;
//!
//! // Four points, one in each column: ±2 along (1, 1)/√2 and ±1 along (1, −1)/√2, around (5, 5).
//! let h = 0.5_f64.sqrt();
//! let along = [5.0 + 2.0 * h, 5.0 + 2.0 * h, 5.0 - 2.0 * h, 5.0 - 2.0 * h];
//! let across = [5.0 + h, 5.0 - h, 5.0 - h, 5.0 + h];
//! let points = DMatrix::from_column_slice(2, 4, &[along, across].concat());
//! let pca = Pca::fit(&points, 1);
//! assert!((pca.axes()[0] - h).abs() < 1e-12 && (pca.axes()[1] - h).abs() < 1e-12);
//! assert!((pca.share(0) - 0.8).abs() < 1e-12);
//! ```

use nalgebra::{DMatrix, DVector, SymmetricEigen};

/// Axes whose eigenvalue is below this share of the largest are rounding errors.
const NOISE: f64 = 1e-10;

/// The principal components of some points.
#[derive(Debug, Clone)]
pub struct Pca {
    mean: DVector<f64>,
    axes: DMatrix<f64>,
    variances: Vec<f64>,
    total: f64,
}

impl Pca {
    /// Finds up to `components` axes of `points` `[F, N]`, one column for each point. There are fewer where the points do not
    /// vary in so many directions, and none where a number is NaN or infinite. The sign of each axis is chosen so that its
    /// entry of largest magnitude is positive: the same points always give the same axes.
    pub fn fit(points: &DMatrix<f64>, components: usize) -> Self {
        let mean = points.column_mean();
        let mut centred = points.clone();
        centred.column_iter_mut().for_each(|mut c| c -= &mean);
        let count = points.ncols() as f64;
        let total = centred.norm_squared() / count;
        let mut pca = Self {
            axes: DMatrix::zeros(mean.len(), 0),
            mean,
            variances: Vec::new(),
            total,
        };
        if !total.is_finite() || total <= 0.0 {
            return pca;
        }
        let by_points = centred.ncols() < centred.nrows();
        let eigen = SymmetricEigen::new(match by_points {
            true => centred.tr_mul(&centred),
            false => &centred * centred.transpose(),
        });
        let mut order: Vec<usize> = (0..eigen.eigenvalues.len()).collect();
        order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
        let least = eigen.eigenvalues[order[0]].max(f64::MIN_POSITIVE) * NOISE;
        let mut axes = Vec::new();
        for i in order.into_iter().take(components) {
            let (value, vector) = (eigen.eigenvalues[i], eigen.eigenvectors.column(i));
            if value <= least {
                break;
            }
            let axis = match by_points {
                true => &centred * vector / value.sqrt(),
                false => vector.into_owned(),
            };
            axes.push(if axis[axis.icamax()] < 0.0 {
                -axis
            } else {
                axis
            });
            pca.variances.push(value / count);
        }
        if !axes.is_empty() {
            pca.axes = DMatrix::from_columns(&axes);
        }
        pca
    }

    /// The mean of the points, `[F]`.
    pub fn mean(&self) -> &DVector<f64> {
        &self.mean
    }

    /// The axes, `[F, components]`: orthogonal columns of length 1, the largest variance first.
    pub fn axes(&self) -> &DMatrix<f64> {
        &self.axes
    }

    /// The variance of the points along each axis.
    pub fn variances(&self) -> &[f64] {
        &self.variances
    }

    /// The share of the variance along an axis, from 0 to 1; 0 for an axis that there is not.
    pub fn share(&self, axis: usize) -> f64 {
        self.variances.get(axis).map_or(0.0, |v| v / self.total)
    }
}

/// Points in the plane of their first two principal components.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    /// Coordinates of each point; NaN if any point holds a NaN or an infinity.
    pub points: Vec<(f32, f32)>,
    /// The share of the variance along each axis, from 0 to 1.
    pub share: (f32, f32),
}

impl Plane {
    /// Projects points of one length.
    ///
    /// # Panics
    /// If the points have different lengths.
    pub fn of(points: &[&[f32]]) -> Self {
        if points.is_empty() {
            let (points, share) = (Vec::new(), (0.0, 0.0));
            return Self { points, share };
        }
        let columns: Vec<DVector<f64>> = points
            .iter()
            .map(|point| DVector::from_iterator(point.len(), point.iter().map(|&v| v.into())))
            .collect();
        let mut columns = DMatrix::from_columns(&columns);
        let pca = Pca::fit(&columns, 2);
        columns.column_iter_mut().for_each(|mut c| c -= pca.mean());
        let along = pca.axes().tr_mul(&columns);
        // The coordinate on an axis that there is not.
        let absent = if pca.total.is_finite() { 0.0 } else { f64::NAN };
        let at = |axis: usize, i: usize| *along.get((axis, i)).unwrap_or(&absent) as f32;
        Self {
            points: (0..points.len()).map(|i| (at(0, i), at(1, i))).collect(),
            share: (pca.share(0) as f32, pca.share(1) as f32),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_direction_comes_first() {
        // An ellipse: 3·√2 along (1, 1, 0)/√2, 1 along the third axis, nothing along (1, −1, 0).
        let rows: Vec<[f32; 3]> = (0..64)
            .map(|i| {
                let (s, c) = (i as f32 / 64.0 * std::f32::consts::TAU).sin_cos();
                [3.0 * c, 3.0 * c, s]
            })
            .collect();
        let points: Vec<&[f32]> = rows.iter().map(|r| r.as_slice()).collect();
        let plane = Plane::of(&points);
        let (x, y) = plane.share;
        assert!(
            (x - 18.0 / 19.0).abs() < 1e-4 && (y - 1.0 / 19.0).abs() < 1e-4,
            "{x} {y}"
        );
        assert!((plane.points[0].0 - 3.0 * 2.0_f32.sqrt()).abs() < 1e-4);
    }

    #[test]
    fn equal_or_no_points_have_no_direction() {
        let same = [1.0_f32, 2.0];
        let plane = Plane::of(&[&same, &same]);
        assert_eq!(
            (plane.points.as_slice(), plane.share),
            (&[(0.0, 0.0); 2][..], (0.0, 0.0))
        );
        assert!(Plane::of(&[]).points.is_empty());
    }

    #[test]
    fn a_nan_stays_visible() {
        let plane = Plane::of(&[&[f32::NAN, 1.0], &[0.0, 2.0]]);
        assert!(plane.points.iter().all(|(x, y)| x.is_nan() && y.is_nan()));
        assert_eq!(plane.share, (0.0, 0.0));
    }

    #[test]
    fn few_and_many_points_give_the_same_axes() {
        // Four points in nine dimensions, and the same points among copies of their mean.
        let few = DMatrix::from_fn(9, 4, |i, j| ((i * 7 + j * 3).pow(2) as f64).sin());
        let mean = few.column_mean();
        let many = DMatrix::from_fn(9, 40, |i, j| if j < 4 { few[(i, j)] } else { mean[i] });
        let (few, many) = (Pca::fit(&few, 5), Pca::fit(&many, 5));
        assert_eq!((few.axes().ncols(), many.axes().ncols()), (3, 3));
        assert!((few.axes() - many.axes()).norm() < 1e-9);
        assert!((few.variances()[0] - 10.0 * many.variances()[0]).abs() < 1e-9);
    }
}
