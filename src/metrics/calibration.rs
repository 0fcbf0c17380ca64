//! Calibration: whether a similarity of 0.87 is a probability of 87 %, and a logistic that makes it one.
//!
//! The logistic is fitted here and not by a crate: the fit has two parameters, and crates for logistic regression (linfa,
//! smartcore) have no per-kind weights, no smoothed targets (which keep the fit finite where the kinds are separable) and bring
//! their own matrix types. The fit is checked against gradient descent in NumPy (`tests/golden/metrics.py`).

use super::histogram::bin_of;
use super::{Scores, ScoresError};

/// The usual number of bins for [`ece`] (Guo et al. 2017, "On Calibration of Modern Neural Networks", use 15).
pub const ECE_BINS: usize = 15;

/// The assumed share of mated comparisons; a probability has no meaning without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prior {
    /// The share in the scores.
    Counted,
    /// One half, as in the pairs for training: both kinds have the same total weight.
    Even,
}

impl Prior {
    /// The weights of one mated and one non-mated comparison; all weights together are the number of comparisons.
    fn weights(self, mated: usize, non_mated: usize) -> (f64, f64) {
        match self {
            Self::Counted => (1.0, 1.0),
            Self::Even => {
                let half = (mated + non_mated) as f64 / 2.0;
                (half / mated as f64, half / non_mated as f64)
            }
        }
    }
}

/// Expected calibration error: the mean gap between the average similarity and the share of mated comparisons in `bins` equal
/// bins of the similarity, weighted by the number of comparisons in each (Naeini et al. 2015; Guo et al. 2017, eq. 3). From 0
/// to 1. A similarity that is not finite counts as a gap of 1. 0 if a kind is missing.
pub fn ece(scores: &Scores, bins: usize, prior: Prior) -> f64 {
    if scores.check().is_err() {
        return 0.0;
    }
    #[derive(Clone, Copy, Default)]
    struct Bin {
        similarity: f64,
        mated: f64,
    }
    let bins = bins.max(1);
    let (mated_weight, non_mated_weight) =
        prior.weights(scores.mated.len(), scores.non_mated.len());
    let mut sums = vec![Bin::default(); bins];
    let mut failed = 0.0;
    let mated = scores.mated.iter().map(|&s| (s, mated_weight, 1.0));
    let non_mated = scores.non_mated.iter().map(|&s| (s, non_mated_weight, 0.0));
    for (similarity, weight, truth) in mated.chain(non_mated) {
        if similarity.is_finite() {
            let bin = &mut sums[bin_of(similarity, bins)];
            bin.similarity += weight * f64::from(similarity);
            bin.mated += weight * truth;
        } else {
            failed += weight;
        }
    }
    let gaps: f64 = sums
        .iter()
        .map(|bin| (bin.similarity - bin.mated).abs())
        .sum();
    (gaps + failed) / (scores.mated.len() + scores.non_mated.len()) as f64
}

/// `sigmoid(weight · x + bias)`: the probability that a comparison at distance `x` is mated.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Logistic {
    /// Change of the log-odds per unit of distance; negative if smaller distances mean the same person.
    pub weight: f64,
    /// Log-odds at distance 0.
    pub bias: f64,
}

/// Why no calibration can be fitted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CalibrationError {
    /// One kind of comparison is missing.
    #[error("no calibration can be fitted: {0}")]
    Unmeasurable(#[from] ScoresError),
    /// A distance is NaN or infinite.
    #[error(
        "no calibration can be fitted to a distance that is {0}: the network has diverged, train it again with a lower learning rate"
    )]
    NotFinite(f32),
}

impl Logistic {
    /// Fits the logistic to the distances of `mated` and `non_mated` comparisons, by maximum likelihood.
    ///
    /// This is Platt scaling (1999) as corrected by Lin, Lin and Weng (2007, "A note on Platt's probabilistic outputs"):
    /// Newton's method, with the step halved while the likelihood would fall, and the targets (n₊ + 1)/(n₊ + 2) and
    /// 1/(n₋ + 2) instead of 1 and 0, which keep the result finite where the kinds are separable.
    ///
    /// # Errors
    /// [`CalibrationError`] if a kind is missing or a distance is not finite.
    pub fn fit(mated: &[f32], non_mated: &[f32], prior: Prior) -> Result<Self, CalibrationError> {
        let scores = Scores {
            mated: mated.to_vec(),
            non_mated: non_mated.to_vec(),
        };
        scores.check()?;
        if let Some(&bad) = mated.iter().chain(non_mated).find(|d| !d.is_finite()) {
            return Err(CalibrationError::NotFinite(bad));
        }
        let samples = Samples::new(&scores, prior);
        Ok(samples.newton())
    }

    /// The probability at `distance`, from 0 to 1.
    pub fn probability(&self, distance: f32) -> f64 {
        sigmoid(self.weight * f64::from(distance) + self.bias)
    }
}

/// The weighted samples of the likelihood.
struct Samples {
    /// `(standardised distance, target, weight)`.
    rows: Vec<(f64, f64, f64)>,
    /// Mean and standard deviation of the distances.
    mean: f64,
    spread: f64,
}

impl Samples {
    /// Standardises the distances: in exact arithmetic Newton's method does not depend on the scale, its stopping rule does.
    fn new(distances: &Scores, prior: Prior) -> Self {
        let (mated, non_mated) = (&distances.mated, &distances.non_mated);
        let (mated_weight, non_mated_weight) = prior.weights(mated.len(), non_mated.len());
        let count = (mated.len() + non_mated.len()) as f64;
        let all = || mated.iter().chain(non_mated).map(|&d| f64::from(d));
        let mean = all().sum::<f64>() / count;
        let deviation = (all().map(|d| (d - mean).powi(2)).sum::<f64>() / count).sqrt();
        let spread = if deviation > 0.0 { deviation } else { 1.0 };
        let high = (mated.len() as f64 + 1.0) / (mated.len() as f64 + 2.0);
        let low = 1.0 / (non_mated.len() as f64 + 2.0);
        let row = |d: f32, target, weight| ((f64::from(d) - mean) / spread, target, weight);
        let rows = mated.iter().map(|&d| row(d, high, mated_weight));
        let rows = rows
            .chain(non_mated.iter().map(|&d| row(d, low, non_mated_weight)))
            .collect();
        Self { rows, mean, spread }
    }

    /// Weighted cross-entropy at `(w, b)`.
    fn loss(&self, w: f64, b: f64) -> f64 {
        let term = |&(x, target, weight): &(f64, f64, f64)| {
            let z = w * x + b;
            // −t·ln σ(z) − (1−t)·ln(1−σ(z)) = ln(1+e^z) − t·z, written so that nothing overflows.
            weight * (z.max(0.0) + (-z.abs()).exp().ln_1p() - target * z)
        };
        self.rows.iter().map(term).sum()
    }

    /// The Newton step at `(w, b)`: the inverse Hessian times the gradient.
    fn step(&self, w: f64, b: f64) -> (f64, f64) {
        /// Keeps the Hessian invertible (Lin, Lin and Weng).
        const RIDGE: f64 = 1e-12;
        let (mut gw, mut gb, mut hww, mut hwb, mut hbb) = (0.0, 0.0, RIDGE, 0.0, RIDGE);
        for &(x, target, weight) in &self.rows {
            let p = sigmoid(w * x + b);
            let (slope, curvature) = (weight * (p - target), weight * p * (1.0 - p));
            gw += slope * x;
            gb += slope;
            hww += curvature * x * x;
            hwb += curvature * x;
            hbb += curvature;
        }
        let determinant = hww * hbb - hwb * hwb;
        (
            (hbb * gw - hwb * gb) / determinant,
            (hww * gb - hwb * gw) / determinant,
        )
    }

    /// Newton's method, until no step lowers the loss.
    fn newton(&self) -> Logistic {
        const ROUNDS: usize = 100;
        /// The most halvings of a step, to about 10⁻¹⁰ of it.
        const HALVINGS: i32 = 33;
        let (mut w, mut b) = (0.0, 0.0);
        let mut loss = self.loss(w, b);
        for _ in 0..ROUNDS {
            let (step_w, step_b) = self.step(w, b);
            let shorter = (0..HALVINGS).map(|halving| {
                let factor = 0.5_f64.powi(halving);
                let (w, b) = (w - factor * step_w, b - factor * step_b);
                (w, b, self.loss(w, b))
            });
            match shorter.into_iter().find(|next| next.2 < loss) {
                Some(next) => (w, b, loss) = next,
                None => break,
            }
        }
        Logistic {
            weight: w / self.spread,
            bias: b - w * self.mean / self.spread,
        }
    }
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}
