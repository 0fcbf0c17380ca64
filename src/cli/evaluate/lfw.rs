//! `evaluate --lfw`: a trained network by the protocol of Labeled Faces in the Wild.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Serialize;

use super::{Evaluate, area, rate};
use crate::cli::Status;
use crate::cli::context::{Context, RunFlag};
use crate::cli::loading;
use crate::cli::output::percent;
use crate::data::pairs::Pair;
use crate::evaluate::lfw::{self, Accuracy, PairedDifference, scores_of};
use crate::metrics::{self, Comparison, ECE_BINS, Prior, Scores, Tally};
use crate::model::checkpoint::Saved;
use crate::recognition::{AnsweringModel, Unlike};
use crate::units::{Distance, ImageId};

/// The answer in JSON; all rates from 0 to 1. The figures of the first model, and what others on the same pairs have.
#[derive(Serialize)]
struct LfwReport {
    protocol: String,
    mated: usize,
    non_mated: usize,
    #[serde(flatten)]
    figures: LfwFigures,
    /// The other models, in the order of the flags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    against: Vec<Rival>,
}

/// What one model has on the pairs.
#[derive(Serialize)]
struct LfwFigures {
    /// The model.
    model: String,
    accuracy: Accuracy,
    eer: f64,
    auc: f64,
    /// The error rates at the threshold that was chosen before, on the model's own comparisons.
    frozen: Option<Frozen>,
    /// Expected calibration error of the similarities, mated and non-mated comparisons with equal weight.
    ece: f64,
    /// Pictures in which no face was found, so that their middle was used.
    fallbacks: usize,
    /// How the pictures differ from those that the threshold was set on, if they do.
    #[serde(skip_serializing_if = "Option::is_none")]
    unlike: Option<Unlike>,
}

/// Another model on the same pairs.
#[derive(Serialize)]
struct Rival {
    #[serde(flatten)]
    figures: LfwFigures,
    /// The first model's figures less this one's, with intervals by leaving out people.
    difference: PairedDifference,
}

/// The error rates at a threshold from the model's validation comparisons.
#[derive(Serialize)]
struct Frozen {
    /// The false match rate that it has among those.
    validation_fmr: f64,
    /// The threshold, as a similarity.
    threshold: f32,
    fmr: f64,
    fnmr: f64,
}

/// The false match rate, among the model's validation comparisons, at which the threshold is frozen.
const FROZEN_FMR: f64 = 0.001;

pub(super) fn run(asked: &Evaluate, context: &Context, pairs: &Path) -> anyhow::Result<Status> {
    let first = measure(context, &asked.run, pairs)?;
    let mut against = Vec::new();
    for run in &asked.against {
        let flag = RunFlag {
            run: Some(run.clone()),
            ..asked.run.clone()
        };
        let other = measure(context, &flag, pairs)?;
        anyhow::ensure!(
            other.comparisons.len() == first.comparisons.len(),
            "the two models were given different pairs: {} changed meanwhile",
            pairs.display()
        );
        against.push(Rival {
            difference: lfw::difference(&first.comparisons, &other.comparisons),
            figures: other.figures,
        });
    }
    let report = LfwReport {
        protocol: first.protocol,
        mated: first.kinds[0],
        non_mated: first.kinds[1],
        figures: first.figures,
        against,
    };
    super::print(asked, &report, &text(&report))?;
    Ok(Status::Done)
}

/// One model on the pairs.
struct OnPairs {
    protocol: String,
    /// Number of mated and non-mated pairs.
    kinds: [usize; 2],
    figures: LfwFigures,
    /// The pairs of each set, with the negative distance as similarity.
    comparisons: Vec<Vec<Comparison>>,
}

fn measure(context: &Context, run: &RunFlag, pairs: &Path) -> anyhow::Result<OnPairs> {
    let AnsweringModel { saved, origin, .. } = context.model(run)?;
    let model = &saved.model;
    let dataset = context.dataset(model.preparation())?;
    let sets = lfw::read(pairs, &dataset)?;
    anyhow::ensure!(
        sets.len() > 1,
        "{} holds one set only; the threshold of each set comes from the others, so give two or more",
        pairs.display()
    );
    let images = sets.iter().flatten().flat_map(|pair| [pair.a, pair.b]);
    let images: BTreeSet<ImageId> = images.collect();
    let images: Vec<ImageId> = images.into_iter().collect();
    let missed = images.iter().filter(|id| dataset.images[id.0].fallback);
    let missed = missed.count();
    let embedded = loading::embed(model, &dataset, images.iter().copied())?;
    let person = |id: ImageId| dataset.images[id.0].person;
    // Distances, because similarities close to 1 are rounded to the same number.
    let comparison = |pair: &Pair| Comparison {
        a: person(pair.a),
        b: person(pair.b),
        similarity: -embedded.distance(pair.a, pair.b).0,
    };
    let comparisons: Vec<Vec<Comparison>> = sets
        .iter()
        .map(|set| set.iter().map(comparison).collect())
        .collect();
    let all = Scores::of(&comparisons.concat());
    let similarities = each(&all, |nearness| model.similarity(Distance(-nearness)).0);
    Ok(OnPairs {
        protocol: format!(
            "View 2 of LFW on {}: {} sets, each at the threshold that is best on the others",
            dataset.name,
            sets.len()
        ),
        kinds: [all.mated.len(), all.non_mated.len()],
        figures: LfwFigures {
            model: origin.name().to_owned(),
            accuracy: lfw::accuracy(&scores_of(&comparisons)),
            eer: metrics::eer(&all).rate,
            auc: metrics::auc(&all),
            frozen: frozen(&saved, &all, &similarities),
            ece: metrics::ece(&similarities, ECE_BINS, Prior::Even),
            fallbacks: missed,
            unlike: super::unlike((&saved, &origin.name()), &dataset, &images, &embedded),
        },
        comparisons,
    })
}

/// Applies a function to every score.
fn each(scores: &Scores, of: impl Fn(f32) -> f32) -> Scores {
    let all = |kind: &[f32]| kind.iter().map(|&score| of(score)).collect();
    Scores {
        mated: all(&scores.mated),
        non_mated: all(&scores.non_mated),
    }
}

/// The error rates of comparisons, given as negative distances and as similarities, at the model's own threshold. `None` if the
/// model has no validation comparisons.
fn frozen(saved: &Saved, nearness: &Scores, similarities: &Scores) -> Option<Frozen> {
    saved.scores.check().ok()?;
    let (point, threshold) = match &saved.distances {
        Some(distances) => {
            let own = each(distances, |distance| -distance);
            let threshold = metrics::threshold_at_fmr(&own, FROZEN_FMR);
            let similarity = saved.model.similarity(Distance(-threshold.0));
            (Tally::new(nearness).at(threshold), similarity.0)
        }
        None => {
            let threshold = metrics::threshold_at_fmr(&saved.scores, FROZEN_FMR);
            (Tally::new(similarities).at(threshold), threshold.0)
        }
    };
    Some(Frozen {
        validation_fmr: FROZEN_FMR,
        threshold,
        fmr: point.fmr,
        fnmr: point.fnmr,
    })
}

fn text(report: &LfwReport) -> String {
    let others = report.against.iter().map(|rival| {
        let PairedDifference {
            accuracy,
            accuracy_error,
            eer,
            auc,
        } = rival.difference;
        format!(
            "\n\n{}\n{} less {}: accuracy {:+.1} points ± {:.1}   EER {}   AUC {}",
            figures(&rival.figures),
            report.figures.model,
            rival.figures.model,
            100.0 * accuracy,
            100.0 * accuracy_error,
            rate(eer).trim(),
            area(auc).trim(),
        )
    });
    format!(
        "{}\n{} mated and {} non-mated comparisons\n\n{}{}",
        report.protocol,
        report.mated,
        report.non_mated,
        figures(&report.figures),
        others.collect::<String>(),
    )
}

fn figures(figures: &LfwFigures) -> String {
    let unlike = figures.unlike.as_ref();
    let unlike = unlike.map_or(String::new(), |unlike| format!("\n  {}", unlike.note));
    let frozen = figures.frozen.as_ref().map_or(String::new(), |frozen| {
        format!(
            "\n  at the threshold {:.4}, which has an FMR of {} on the model's own comparisons: FMR {}, FNMR {}",
            frozen.threshold,
            percent(frozen.validation_fmr),
            percent(frozen.fmr),
            percent(frozen.fnmr),
        )
    });
    format!(
        "{}, which found no face in {} of the pictures\n  \
         accuracy  {} ± {} (standard error)\n  EER       {}\n  AUC       {:.4}\n  ECE       {}{frozen}{unlike}",
        figures.model,
        figures.fallbacks,
        percent(figures.accuracy.mean),
        percent(figures.accuracy.standard_error),
        percent(figures.eer),
        figures.auc,
        percent(figures.ece),
    )
}
