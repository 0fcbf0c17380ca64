//! `evaluate` without folds: a trained network on people it was not trained on.

use serde::Serialize;

use super::{Evaluate, area, rate};
use crate::cli::Status;
use crate::cli::context::Context;
use crate::cli::loading;
use crate::cli::output;
use crate::cli::progress::ProgressReporter;
use crate::data::Dataset;
use crate::evaluate::{AllPairs, GALLERIES, Rates, Space};
use crate::metrics::ScoresError;
use crate::model::checkpoint::{CheckpointMetadata, Saved};
use crate::recognition::Unlike;
use crate::units::{ImageId, PersonId, Seed};

/// The answer in JSON.
#[derive(Serialize)]
struct HeldOutReport {
    /// The model that was evaluated: a run, or `builtin`.
    model: String,
    protocol: String,
    #[serde(flatten)]
    rates: Rates,
    /// How the pictures differ from those that the threshold was set on, if they do.
    #[serde(skip_serializing_if = "Option::is_none")]
    unlike: Option<Unlike>,
}

pub(super) fn run(asked: &Evaluate, context: &Context) -> anyhow::Result<Status> {
    let found = context.model(&asked.run)?;
    let (saved, model) = (found.saved, found.origin.name());
    let dataset = context.dataset(saved.model.preparation())?;
    let (people, protocol) = unseen_people(asked, &saved.metadata, &dataset)?;
    let report = report(
        (&saved, model),
        &dataset,
        &people,
        protocol,
        context.config.seed,
    )?;
    tracing::info!(
        people = people.len(),
        eer = report.rates.eer.value,
        "evaluated"
    );
    let unlike = report.unlike.iter();
    unlike.for_each(|unlike| output::note(&unlike.note));
    super::print(asked, &report, &text(&report))?;
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
    (saved, name): (&Saved, String),
    dataset: &Dataset,
    people: &[PersonId],
    protocol: String,
    seed: Seed,
) -> anyhow::Result<HeldOutReport> {
    let model = &saved.model;
    let images: Vec<ImageId> = people
        .iter()
        .flat_map(|&id| dataset.person(id).images.clone())
        .collect();
    let embedded = loading::embed(model, dataset, images.iter().copied())?;
    let space = Space {
        dataset,
        embedded: &embedded,
    };
    let hits = space.hits(people, people, seed);
    let progress = ProgressReporter::new("comparing pairs of pictures");
    let tell = |done, total| progress.show(done, total);
    let pairs = AllPairs::new(dataset, people, &embedded).reporting(&tell);
    let rates = Rates::counted(&pairs, &hits);
    ScoresError::check(rates.mated, rates.non_mated)?;
    Ok(HeldOutReport {
        protocol: format!(
            "{protocol}; every unordered pair of their pictures; rank 1 against one random picture of each of them, \
             {GALLERIES} galleries"
        ),
        rates,
        unlike: super::unlike((saved, &name), dataset, &images, &embedded),
        model: name,
    })
}

fn text(report: &HeldOutReport) -> String {
    let rates = &report.rates;
    format!(
        "{}\n{} mated and {} non-mated comparisons of {} people{}\n\n\
         EER              {}\nAUC              {}\nFNMR at FMR 5 %  {}\nFNMR at FMR 1 %  {}\nrank 1           {}\nmodel: {}",
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
        report.model,
    )
}
