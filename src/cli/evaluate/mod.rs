//! `twinsight evaluate`: how well does a trained network know strangers?

mod measure;

use serde::Serialize;

use super::Status;
use super::context::{Common, Context, DataFlag, RunFlag};
use super::output::{self, percent};
use super::pairs::named;
use crate::config::Overrides;
use crate::data::Dataset;
use crate::metrics::{self, Interval};
use crate::model::checkpoint::{Facts, Saved};
use crate::units::{PersonId, Seed};
use measure::Measured;

/// Measure how well a trained network knows strangers: the people its run kept for testing, or everybody in another
/// data set.
///
/// Every picture is compared with every other. Rates are those of ISO/IEC 19795; intervals are 95 %, by resampling
/// people.
#[derive(Debug, clap::Args)]
pub struct Evaluate {
    #[command(flatten)]
    run: RunFlag,
    #[command(flatten)]
    data: DataFlag,
    /// Of the resampling, and of the random galleries for rank 1
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    #[command(flatten)]
    common: Common,
}

/// The answer in JSON; all rates from 0 to 1.
#[derive(Serialize)]
struct Report {
    protocol: String,
    /// Comparisons of two pictures of one person.
    mated: usize,
    /// Comparisons of two people.
    non_mated: usize,
    eer: Figure,
    auc: Figure,
    fnmr_at_fmr_5: Figure,
    fnmr_at_fmr_1: Figure,
    rank1: Figure,
}

/// A figure with its interval.
#[derive(Clone, Copy, Serialize)]
struct Figure {
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ci95: Option<Interval>,
}

impl Evaluate {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let flags = Overrides {
            seed: self.seed.map(Seed),
            data: self.data.data.clone(),
            ..Overrides::default()
        };
        let context = Context::new(&self.common, flags)?;
        let saved = context.model(self.run.run.as_deref())?;
        let dataset = context.dataset(saved.model.preparation())?;
        let (people, protocol) = self.people(&saved.facts, &dataset)?;
        let report = report(&saved, &dataset, &people, protocol, context.config.seed)?;
        tracing::info!(people = people.len(), eer = report.eer.value, "evaluated");
        match self.common.json {
            true => output::json(&report)?,
            false => output::line(&text(&report))?,
        }
        Ok(Status::Done)
    }

    /// Whom the network has never seen, and how that is called.
    fn people(&self, facts: &Facts, dataset: &Dataset) -> anyhow::Result<(Vec<PersonId>, String)> {
        let name = &dataset.name;
        if dataset.made(&facts.fingerprint) {
            let people = named(dataset, &facts.test);
            anyhow::ensure!(
                people.len() >= 2,
                "the run kept nobody for testing, so it can only be evaluated on people of another data set: \
                 name one with --data"
            );
            return Ok((
                people.clone(),
                format!(
                    "{} people of {name} that the run kept for testing",
                    people.len()
                ),
            ));
        }
        anyhow::ensure!(
            self.data.data.is_some(),
            "the model was trained on {} and not on {name} as they are now; name its data, or other data, with --data",
            facts.data
        );
        let people = dataset.everybody();
        Ok((
            people.clone(),
            format!(
                "all {} people of {name}, which are not the pictures that the model was trained on",
                people.len()
            ),
        ))
    }
}

fn report(
    saved: &Saved,
    dataset: &Dataset,
    people: &[PersonId],
    protocol: String,
    seed: Seed,
) -> anyhow::Result<Report> {
    let measured = Measured::new(&saved.model, dataset, people, seed);
    let scores = measured.scores();
    scores.check()?;
    let [eer, auc, fnmr_at_fmr_5, fnmr_at_fmr_1] = measured.rates(seed);
    Ok(Report {
        protocol: format!(
            "{protocol}; every unordered pair of their pictures; rank 1 against one random picture of each of them, \
             {} galleries",
            measure::GALLERIES
        ),
        mated: scores.mated.len(),
        non_mated: scores.non_mated.len(),
        eer,
        auc,
        fnmr_at_fmr_5,
        fnmr_at_fmr_1,
        rank1: measured.rank1(seed),
    })
}

fn text(report: &Report) -> String {
    let with_interval = |figure: Figure, show: fn(f64) -> String| match figure.ci95 {
        Some(ci) => format!(
            "{:>8}   95 %: {} – {}",
            show(figure.value),
            show(ci.low),
            show(ci.high)
        ),
        None => format!("{:>8}", show(figure.value)),
    };
    let rate = |figure: Figure| with_interval(figure, percent);
    let area = |value: f64| format!("{value:.4}");
    format!(
        "{}\n{} mated and {} non-mated comparisons\n\n\
         EER              {}\nAUC              {}\nFNMR at FMR 5 %  {}\nFNMR at FMR 1 %  {}\nrank 1           {}",
        report.protocol,
        report.mated,
        report.non_mated,
        rate(report.eer),
        with_interval(report.auc, area),
        rate(report.fnmr_at_fmr_5),
        rate(report.fnmr_at_fmr_1),
        rate(report.rank1),
    )
}

/// The four rates that are read from one tally, in the order of [`Report`].
fn four_rates(tally: &metrics::Tally) -> [f64; 4] {
    [
        tally.eer().rate,
        tally.auc(),
        tally.fnmr_at_fmr(0.05),
        tally.fnmr_at_fmr(0.01),
    ]
}
