//! Figures read from pieces, with 95 % intervals by resampling people.

use serde::Serialize;

use super::{OpenSet, Piece, PieceError};
use crate::metrics::{self, Comparison, ECE_BINS, Interval, Prior, RESAMPLES, Scores, Tally};
use crate::units::{PersonId, Seed, Threshold};

/// A figure with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// From 0 to 1.
    pub value: f64,
    /// Where it could be resampled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ci95: Option<Interval>,
}

/// What a method is worth, over all its pieces; rates from 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// The method's name.
    pub method: String,
    /// How many pieces are behind this.
    pub pieces: usize,
    /// Comparisons of two pictures of one person.
    pub mated: usize,
    /// Comparisons of two people.
    pub non_mated: usize,
    /// Equal error rate, all comparisons pooled.
    pub eer: Estimate,
    /// The mean of the pieces' own.
    pub eer_mean_of_folds: f64,
    /// Area under the ROC.
    pub auc: Estimate,
    /// FNMR where the pooled FMR is 5 %.
    pub fnmr_at_fmr_5: Estimate,
    /// FNMR where the pooled FMR is 1 %.
    pub fnmr_at_fmr_1: Estimate,
    /// One-shot rank 1 among the tested people of a fold.
    pub rank1: Estimate,
    /// Among them and the validation people, all strangers to the weights.
    pub rank1_among_strangers: Estimate,
    /// Among everybody.
    pub rank1_among_all: Estimate,
    /// How many people those three are chosen from.
    pub gallery_sizes: [usize; 3],
    /// FMR on tested people at the threshold where validation people had 1 %.
    pub frozen_fmr: Estimate,
    /// FNMR there.
    pub frozen_fnmr: Estimate,
    /// Who is this, or nobody known, with one picture of everybody enrolled, at the frozen thresholds.
    pub open_set: OpenSet,
    /// Expected calibration error, mated comparisons counting as often as non-mated ones.
    pub ece: f64,
    /// Median seconds of learning.
    pub seconds: f64,
    /// Median epochs behind the models that were asked.
    pub epochs: u32,
}

/// How far two methods are apart on the same people: the first minus the second, of the pooled EER and AUC.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// The first method.
    pub of: String,
    /// The second.
    pub from: String,
    /// Of the EER.
    pub eer: Estimate,
    /// Of the AUC.
    pub auc: Estimate,
}

/// EER, AUC, FNMR at FMR 5 % and at FMR 1 %.
pub(super) fn rates(tally: &Tally) -> [f64; 4] {
    [
        tally.eer().rate,
        tally.auc(),
        tally.fnmr_at_fmr(0.05),
        tally.fnmr_at_fmr(0.01),
    ]
}

/// The four [`rates`] of comparisons.
pub fn estimate_rates(comparisons: &[Comparison], seed: Seed) -> [Estimate; 4] {
    estimate(comparisons, seed, rates)
}

/// A mean over people's values.
pub fn estimate_mean(values: &[(PersonId, f64)], seed: Seed) -> Estimate {
    let sum: f64 = values.iter().map(|value| value.1).sum();
    Estimate {
        value: sum / values.len().max(1) as f64,
        ci95: metrics::bootstrap_mean(values, seed, RESAMPLES),
    }
}

fn estimate<const N: usize>(
    comparisons: &[Comparison],
    seed: Seed,
    figures: impl Fn(&Tally) -> [f64; N] + Sync,
) -> [Estimate; N] {
    let values = figures(&Tally::new(&Scores::of(comparisons)));
    let intervals = metrics::bootstrap(comparisons, seed, RESAMPLES, figures);
    std::array::from_fn(|i| Estimate {
        value: values[i],
        ci95: intervals.map(|all| all[i]),
    })
}

impl Figures {
    /// Of the pieces of one method, which must belong to one evaluation.
    ///
    /// # Errors
    /// [`PieceError::Mixed`] if they do not.
    pub fn of(pieces: &[Piece]) -> Result<Self, PieceError> {
        let first = &pieces[0];
        if let Some(other) = pieces.iter().find(|p| p.key != first.key) {
            return Err(PieceError::Mixed(other.place));
        }
        let seed = first.protocol.seed;
        let all = pooled(pieces);
        let scores = Scores::of(&all);
        let [eer, auc, fnmr_at_fmr_5, fnmr_at_fmr_1] = estimate_rates(&all, seed);
        let [frozen_fmr, frozen_fnmr] = frozen(pieces, seed);
        let own = |p: &Piece| metrics::eer(&Scores::of(&p.comparisons().collect::<Vec<_>>())).rate;
        let ranks = |which: usize| {
            let hits: Vec<_> = pieces
                .iter()
                .flat_map(|p| p.hits()[which].clone())
                .collect();
            estimate_mean(&hits, seed)
        };
        let [train, validation, test] = first.people;
        let mut open_set = OpenSet::default();
        pieces.iter().for_each(|piece| open_set.add(piece.open_set));
        Ok(Self {
            method: first.method.clone(),
            pieces: pieces.len(),
            mated: scores.mated.len(),
            non_mated: scores.non_mated.len(),
            eer,
            eer_mean_of_folds: pieces.iter().map(own).sum::<f64>() / pieces.len() as f64,
            auc,
            fnmr_at_fmr_5,
            fnmr_at_fmr_1,
            rank1: ranks(0),
            rank1_among_strangers: ranks(1),
            rank1_among_all: ranks(2),
            gallery_sizes: [test, test + validation, test + validation + train],
            frozen_fmr,
            frozen_fnmr,
            open_set,
            ece: metrics::ece(&scores, ECE_BINS, Prior::Even),
            seconds: median(pieces.iter().map(|p| p.seconds).collect()),
            epochs: median(pieces.iter().map(|p| f64::from(p.epochs)).collect()) as u32,
        })
    }
}

impl Difference {
    /// Of two methods on the same places. The resamples are paired: each draws the same people for both.
    pub fn between(a: &[Piece], b: &[Piece]) -> Self {
        let seed = a[0].protocol.seed;
        let values = |pieces: &[Piece]| {
            metrics::resampled(&pooled(pieces), seed, RESAMPLES, |tally| {
                let [eer, auc, ..] = rates(tally);
                [eer, auc]
            })
        };
        let whole = |pieces: &[Piece]| rates(&Tally::new(&Scores::of(&pooled(pieces))));
        let (left, right) = (whole(a), whole(b));
        let resampled = values(a).zip(values(b));
        let apart = |which: usize| Estimate {
            value: left[which] - right[which],
            ci95: resampled.as_ref().and_then(|(a, b)| {
                let differences = a.iter().zip(b).map(|(a, b)| a[which] - b[which]);
                Interval::of(differences.collect())
            }),
        };
        Self {
            of: a[0].method.clone(),
            from: b[0].method.clone(),
            eer: apart(0),
            auc: apart(1),
        }
    }
}

/// All comparisons of all pieces.
pub(super) fn pooled(pieces: &[Piece]) -> Vec<Comparison> {
    pieces.iter().flat_map(Piece::comparisons).collect()
}

/// FMR and FNMR with each piece at its own frozen threshold: comparisons become 1 (accepted) or 0.
fn frozen(pieces: &[Piece], seed: Seed) -> [Estimate; 2] {
    let decide = |piece: &Piece| {
        let threshold = piece.threshold;
        let decided = move |c: Comparison| Comparison {
            similarity: match c.similarity.is_finite() {
                true => f32::from(u8::from(c.similarity >= threshold)),
                // A failed comparison stays the worst case.
                false => c.similarity,
            },
            ..c
        };
        piece.comparisons().map(decided).collect::<Vec<_>>()
    };
    let decided: Vec<Comparison> = pieces.iter().flat_map(decide).collect();
    estimate(&decided, seed, |tally| {
        let point = tally.at(Threshold(0.5));
        [point.fmr, point.fnmr]
    })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
