//! Whether "87 %" means a probability, and how to make it mean one.

use super::histogram::bin_of;
use super::{Scores, ScoresError};

/// The usual number of bins for [`ece`] (Guo et al. 2017, "On Calibration of Modern Neural Networks", use 15).
pub const ECE_BINS: usize = 15;

/// How frequent mated comparisons are taken to be. A probability means nothing without this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prior {
    /// As many as there are in the scores.
    Counted,
    /// One in two, as in the pairs the network is trained on: each kind has the same total weight.
    Even,
}

impl Prior {
    /// The weight of one mated and of one non-mated comparison; together the comparisons weigh as much as they number.
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

/// Expected calibration error: over `bins` equal bins of the similarity, the mean gap between the average similarity
/// and the share of mated comparisons, weighted by how many comparisons the bin holds (Naeini et al. 2015; Guo et al.
/// 2017, eq. 3). From 0 to 1. A similarity that is not finite counts as a gap of 1. 0 if a kind is missing.
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
    /// Change of the log-odds per unit of distance; negative if nearer means more alike.
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
    /// This is Platt's scaling (1999) as Lin, Lin and Weng put it right (2007, "A note on Platt's probabilistic
    /// outputs"): Newton's method with a halved step where the likelihood would fall, and the targets (n₊ + 1)/(n₊ + 2)
    /// and 1/(n₋ + 2) in place of 1 and 0, which keep the answer finite where the kinds are separable.
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

/// What the likelihood is summed over.
struct Samples {
    /// `(standardised distance, target, weight)`.
    rows: Vec<(f64, f64, f64)>,
    /// Of the distances, to return from standardised to real ones.
    mean: f64,
    spread: f64,
}

impl Samples {
    /// Standardised first: Newton's method is indifferent to scale in exact arithmetic, the stopping rule is not.
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

    /// Steps until none, however short, lowers the loss.
    fn newton(&self) -> Logistic {
        const ROUNDS: usize = 100;
        /// A step is halved at most so often, to about 10⁻¹⁰ of itself.
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
