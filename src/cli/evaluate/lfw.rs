//! `evaluate --lfw`: a trained network by the protocol of Labeled Faces in the Wild.

use std::path::Path;

use serde::Serialize;

use super::Evaluate;
use crate::cli::Status;
use crate::cli::context::Context;
use crate::cli::output::{self, percent};
use crate::data::pairs::Pair;
use crate::evaluate::lfw::{self, Accuracy};
use crate::metrics::{self, Scores};

/// The answer in JSON; all rates from 0 to 1.
#[derive(Serialize)]
struct LfwReport {
    protocol: String,
    mated: usize,
    non_mated: usize,
    accuracy: Accuracy,
    eer: f64,
    auc: f64,
    /// Pictures in which no face was found, so that their middle was used.
    fallbacks: usize,
}

pub(super) fn run(asked: &Evaluate, context: &Context, pairs: &Path) -> anyhow::Result<Status> {
    let model = context.model(&asked.run)?.model;
    let dataset = context.dataset(model.preparation())?;
    let sets = lfw::read(pairs, &dataset)?;
    anyhow::ensure!(
        sets.len() > 1,
        "{} holds one set only; the threshold of each set comes from the others, so give two or more",
        pairs.display()
    );
    let images = sets.iter().flatten().flat_map(|pair| [pair.a, pair.b]);
    let embedded = model.embed_images(&dataset, images.clone());
    let similarity = |pair: &Pair| {
        let distance = embedded.distance(pair.a, pair.b);
        model.similarity(distance).0
    };
    let scores = |set: &Vec<Pair>| {
        let (mated, non_mated): (Vec<&Pair>, Vec<&Pair>) = set.iter().partition(|pair| pair.same);
        let [mated, non_mated] =
            [mated, non_mated].map(|kind| kind.into_iter().map(similarity).collect());
        Scores { mated, non_mated }
    };
    let sets: Vec<Scores> = sets.iter().map(scores).collect();
    let mut all = Scores::default();
    sets.iter().for_each(|set| all.extend(set));
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
        fallbacks: missed.len(),
    };
    match asked.common.json {
        true => output::json(&report)?,
        false => output::line(&text(&report))?,
    }
    Ok(Status::Done)
}

fn text(report: &LfwReport) -> String {
    format!(
        "{}\n{} mated and {} non-mated comparisons; no face was found in {} of the pictures\n\n\
         accuracy  {} ± {} (standard error)\nEER       {}\nAUC       {:.4}",
        report.protocol,
        report.mated,
        report.non_mated,
        report.fallbacks,
        percent(report.accuracy.mean),
        percent(report.accuracy.standard_error),
        percent(report.eer),
        report.auc,
    )
}
