//! `evaluate --lfw`: a trained network by the protocol of Labeled Faces in the Wild.

use std::path::Path;

use serde::Serialize;

use super::Evaluate;
use crate::cli::Status;
use crate::cli::context::Context;
use crate::cli::output::{self, percent};
use crate::data::pairs::Pair;
use crate::evaluate::lfw::{self, Accuracy};
use crate::metrics::{self, ECE_BINS, Prior, Scores, Tally};
use crate::model::checkpoint::Saved;
use crate::units::Distance;

/// The answer in JSON; all rates from 0 to 1.
#[derive(Serialize)]
struct LfwReport {
    protocol: String,
    mated: usize,
    non_mated: usize,
    accuracy: Accuracy,
    eer: f64,
    auc: f64,
    /// The error rates at the threshold that was chosen before, on the model's own comparisons.
    frozen: Option<Frozen>,
    /// Expected calibration error of the similarities, mated and non-mated comparisons with equal weight.
    ece: f64,
    /// Pictures in which no face was found, so that their middle was used.
    fallbacks: usize,
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
    let saved = context.model(&asked.run)?;
    let model = &saved.model;
    let dataset = context.dataset(model.preparation())?;
    let sets = lfw::read(pairs, &dataset)?;
    anyhow::ensure!(
        sets.len() > 1,
        "{} holds one set only; the threshold of each set comes from the others, so give two or more",
        pairs.display()
    );
    let images = sets.iter().flatten().flat_map(|pair| [pair.a, pair.b]);
    let embedded = model.embed_images(&dataset, images.clone());
    // Distances, because similarities close to 1 are rounded to the same number.
    let distance = |pair: &Pair| embedded.distance(pair.a, pair.b).0;
    let distances = |set: &Vec<Pair>| {
        let (mated, non_mated): (Vec<&Pair>, Vec<&Pair>) = set.iter().partition(|pair| pair.same);
        let [mated, non_mated] =
            [mated, non_mated].map(|kind| kind.into_iter().map(distance).collect());
        Scores { mated, non_mated }
    };
    let distances: Vec<Scores> = sets.iter().map(distances).collect();
    let nearness = |set: &Scores| each(set, |distance| -distance);
    let sets: Vec<Scores> = distances.iter().map(nearness).collect();
    let [mut all, mut similarities] = [Scores::default(), Scores::default()];
    sets.iter().for_each(|set| all.extend(set));
    for set in &distances {
        similarities.extend(&each(set, |distance| {
            model.similarity(Distance(distance)).0
        }));
    }
    let missed: std::collections::BTreeSet<_> =
        images.filter(|id| dataset.images[id.0].fallback).collect();
    let report = LfwReport {
        protocol: format!(
            "View 2 of LFW on {}: {} sets, each at the threshold that is best on the others",
            dataset.name,
            sets.len()
        ),
        mated: all.mated.len(),
        non_mated: all.non_mated.len(),
        accuracy: lfw::accuracy(&sets),
        eer: metrics::eer(&all).rate,
        auc: metrics::auc(&all),
        frozen: frozen(&saved, &all, &similarities),
        ece: metrics::ece(&similarities, ECE_BINS, Prior::Even),
        fallbacks: missed.len(),
    };
    match asked.common.json {
        true => output::json(&report)?,
        false => output::line(&text(&report))?,
    }
    Ok(Status::Done)
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
    let frozen = report.frozen.as_ref().map_or(String::new(), |frozen| {
        format!(
            "\nat the threshold {:.4}, which has an FMR of {} on the model's own comparisons: FMR {}, FNMR {}",
            frozen.threshold,
            percent(frozen.validation_fmr),
            percent(frozen.fmr),
            percent(frozen.fnmr),
        )
    });
    format!(
        "{}\n{} mated and {} non-mated comparisons; no face was found in {} of the pictures\n\n\
         accuracy  {} ± {} (standard error)\nEER       {}\nAUC       {:.4}\nECE       {}{frozen}",
        report.protocol,
        report.mated,
        report.non_mated,
        report.fallbacks,
        percent(report.accuracy.mean),
        percent(report.accuracy.standard_error),
        percent(report.eer),
        report.auc,
        percent(report.ece),
    )
}
