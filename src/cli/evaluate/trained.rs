//! `evaluate` without folds: a trained network on people it was not trained on.

use serde::Serialize;

use super::{Evaluate, Rates, area, rate};
use crate::cli::Status;
use crate::cli::context::Context;
use crate::cli::output;
use crate::data::Dataset;
use crate::evaluate::{GALLERIES, Measured, PlainRates, estimate_rates, tested};
use crate::metrics;
use crate::model::checkpoint::{CheckpointMetadata, Saved};
use crate::units::{Distance, PersonId, Seed};

/// The answer in JSON.
#[derive(Serialize)]
struct HeldOutReport {
    protocol: String,
    #[serde(flatten)]
    rates: Rates,
}

pub(super) fn run(asked: &Evaluate, context: &Context) -> anyhow::Result<Status> {
    let saved = context.model(&asked.run)?.saved;
    let dataset = context.dataset(saved.model.preparation())?;
    let (people, protocol) = unseen_people(asked, &saved.metadata, &dataset)?;
    let report = report(&saved, &dataset, &people, protocol, context.config.seed)?;
    tracing::info!(
        people = people.len(),
        eer = report.rates.eer.value,
        "evaluated"
    );
    match asked.common.json {
        true => output::json(&report)?,
        false => output::line(&text(&report))?,
    }
    Ok(Status::Done)
}

/// People that the network was not trained on, and their description.
fn unseen_people(
    asked: &Evaluate,
    metadata: &CheckpointMetadata,
    dataset: &Dataset,
) -> anyhow::Result<(Vec<PersonId>, String)> {
    let name = &dataset.name;
    if dataset.made(&metadata.fingerprint) && metadata.train.is_empty() {
        let held_out = [&metadata.validation[..], &metadata.test].concat();
        let people = dataset.people_named(&held_out);
        let protocol = format!(
            "all {} people of {name}; the model was trained on none of them, and its calibration and thresholds come from them",
            people.len()
        );
        return Ok((people, protocol));
    }
    if dataset.made(&metadata.fingerprint) {
        let people = dataset.people_named(&metadata.test);
        anyhow::ensure!(
            people.len() >= 2,
            "the run kept nobody for testing, so it can only be evaluated on people of another data set: \
             name one with --data"
        );
        let protocol = format!(
            "{} people of {name} that the run kept for testing",
            people.len()
        );
        return Ok((people, protocol));
    }
    anyhow::ensure!(
        asked.data.data.is_some(),
        "the model was trained on {} and not on {name} as they are now; name its data, or other data, with --data",
        metadata.data
    );
    let people = dataset.everybody();
    let protocol = format!(
        "all {} people of {name}, which are not the pictures that the model was trained on",
        people.len()
    );
    Ok((people, protocol))
}

fn report(
    saved: &Saved,
    dataset: &Dataset,
    people: &[PersonId],
    protocol: String,
    seed: Seed,
) -> anyhow::Result<HeldOutReport> {
    let model = &saved.model;
    let images = people
        .iter()
        .flat_map(|&id| dataset.person(id).images.clone());
    let embedded = model.embed_images(dataset, images);
    // Similarities close to 1 would be rounded to the same number.
    let nearness = |distance: Distance| -distance.0;
    let measured = Measured::new(dataset, people, &embedded, nearness, seed);
    let scores = measured.scores();
    scores.check()?;
    let [eer, auc, fnmr_at_fmr_5, fnmr_at_fmr_1] = estimate_rates(&measured.comparisons);
    Ok(HeldOutReport {
        protocol: format!(
            "{protocol}; every unordered pair of their pictures; rank 1 against one random picture of each of them, \
             {GALLERIES} galleries"
        ),
        rates: Rates {
            mated: scores.mated.len(),
            non_mated: scores.non_mated.len(),
            people: tested(&measured.comparisons),
            comparisons_alike: PlainRates::of(&measured.comparisons),
            eer,
            auc,
            fnmr_at_fmr_5,
            fnmr_at_fmr_1,
            rank1: metrics::estimate_mean(&measured.hits),
        },
    })
}

fn text(report: &HeldOutReport) -> String {
    let rates = &report.rates;
    format!(
        "{}\n{} mated and {} non-mated comparisons of {} people{}\n\n\
         EER              {}\nAUC              {}\nFNMR at FMR 5 %  {}\nFNMR at FMR 1 %  {}\nrank 1           {}",
        report.protocol,
        rates.mated,
        rates.non_mated,
        rates.people,
        super::alike(rates),
        rate(rates.eer),
        area(rates.auc),
        rate(rates.fnmr_at_fmr_5),
        rate(rates.fnmr_at_fmr_1),
        rate(rates.rank1),
    )
}
