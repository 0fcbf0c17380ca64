//! `twinsight evaluate`: evaluates a network, or a recipe, on held-out people.

pub(super) mod folds;
mod lfw;
pub(super) mod progress;
mod trained;

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::Status;
use super::context::{Common, Context, DataFlag, RunFlag, loaded};
use super::output::{self, Usage, percent};
use crate::config::{Detector, Overrides, Preset};
use crate::data::Dataset;
use crate::evaluate::{AlikeRates, Rates};
use crate::files::{self, shown};
use crate::metrics::Estimate;
use crate::model::EmbeddedImages;
use crate::model::checkpoint::Saved;
use crate::model::photographs::FaceTraits;
use crate::recognition::Unlike;
use crate::units::{ImageId, PersonId, Seed};
use serde::Serialize;

/// Evaluate on held-out people.
///
/// Without --folds: a trained network, on the people that its run kept for testing, or on everybody in another data set.
/// With --folds: a recipe, trained once for each fold of people and tested on that fold. If it is interrupted, the same
/// command continues with the missing folds.
///
/// Every picture is compared with every other. Rates are those of ISO/IEC 19795; people weigh alike, and
/// 95 % intervals are by leaving out people; fewer than five give none.
#[derive(Debug, clap::Args)]
pub struct Evaluate {
    #[command(flatten)]
    run: RunFlag,
    #[command(flatten)]
    data: DataFlag,
    /// Seed of the random galleries for rank 1, and of the assignment of people to folds
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Divide the people into K folds, and train once for each
    #[arg(long, value_name = "K", conflicts_with_all = ["run", "merge"])]
    folds: Option<usize>,
    /// Number of different assignments of people to folds
    #[arg(long, value_name = "N", requires = "folds", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1000))]
    assignments: u64,
    /// Only this fold, counted from 0 over all assignments; its JSON can be merged
    #[arg(long, value_name = "I", requires = "folds")]
    fold: Option<usize>,
    /// Merge the JSON files that --fold made, on any number of machines
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["run", "lfw"])]
    merge: Vec<PathBuf>,
    /// The recipe of the folds, by its name. Given again: another recipe on the same folds, with the differences of the first
    /// to the others
    #[arg(long, value_name = "NAME", requires = "folds")]
    preset: Vec<Preset>,
    /// The recipe of the folds, as a RON file (a run's recipe.ron is one)
    #[arg(
        long,
        value_name = "FILE",
        requires = "folds",
        conflicts_with = "preset"
    )]
    recipe: Option<PathBuf>,
    /// How faces are found: yunet also aligns them; otherwise as suits the preset
    #[arg(
        long,
        value_name = "WHICH",
        requires = "folds",
        conflicts_with = "recipe"
    )]
    detector: Option<Detector>,
    /// Passes over the training pictures; otherwise as the recipe says
    #[arg(long, value_name = "N", requires = "folds")]
    epochs: Option<u32>,
    /// Also evaluate baselines on the same folds: the backbone alone if the recipe has one, pixels, principal components,
    /// Fisherfaces
    #[arg(long, requires = "folds")]
    baselines: bool,
    /// Write report.txt and report.json into this folder; of folds also report.svg
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// The pairs.txt of Labeled Faces in the Wild, or one like it, for --data laid out as LFW is
    #[arg(long, value_name = "PAIRS", conflicts_with = "folds")]
    lfw: Option<PathBuf>,
    /// Also evaluate this run (or `builtin`) on the same pairs, and report the differences
    #[arg(long, value_name = "RUN", requires = "lfw")]
    against: Vec<PathBuf>,
    #[command(flatten)]
    common: Common,
}

impl Evaluate {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let on_backbone = self.run.backbone.as_ref().filter(|_| self.recipe.is_none());
        let flags = Overrides {
            seed: self.seed.map(Seed),
            preset: self
                .preset
                .first()
                .copied()
                .or(on_backbone.map(|_| Preset::Transfer)),
            detector: self.detector,
            epochs: self.epochs,
            data: self.data.data.clone(),
            ..Overrides::default()
        };
        let context = Context::new(&self.common, flags)?;
        if let Some(file) = &self.run.backbone {
            loaded(file)?;
        }
        if let Some(folder) = &self.report {
            // Before hours of work.
            files::create_private_dir(folder)?;
        }
        match (self.folds, &self.lfw) {
            (Some(count), _) => folds::run(&self, &context, count),
            (None, _) if !self.merge.is_empty() => folds::merge(&self),
            (None, Some(_)) if self.data.data.is_none() => Err(Usage(
                "--lfw needs --data DIR, a folder with one sub-folder for each person".to_owned(),
            )
            .into()),
            (None, Some(pairs)) => lfw::run(&self, &context, pairs),
            (None, None) => trained::run(&self, &context),
        }
    }
}

/// Prints a report as text or as JSON, and writes both into the folder that --report names.
fn print(asked: &Evaluate, report: &impl Serialize, text: &str) -> anyhow::Result<()> {
    if let Some(folder) = &asked.report {
        files::write_private(&folder.join("report.txt"), text.as_bytes())?;
        let json = serde_json::to_vec_pretty(report)?;
        files::write_private(&folder.join("report.json"), &json)?;
        output::note(&format!("the report is in {}", shown(folder)));
    }
    match asked.common.json {
        true => output::json(report),
        false => output::line(text),
    }
}

/// How these pictures differ from those that the threshold of a model was set on; `name` is the model's.
fn unlike(
    (saved, name): (&Saved, &str),
    dataset: &Dataset,
    images: &[ImageId],
    embedded: &EmbeddedImages,
) -> Option<Unlike> {
    let calibration = saved.metadata.photographs.as_ref()?;
    let traits = images.iter().map(|&image| {
        let face = FaceTraits::of_picture(dataset.picture(image));
        calibration.measure(face, Some(embedded.embedding(image)))
    });
    let traits: Vec<FaceTraits> = traits.collect();
    let people: BTreeSet<PersonId> = images.iter().map(|&i| dataset.person_of(i)).collect();
    Unlike::of(calibration, &traits, Some(people.len()), name)
}

/// What the figures are where a person with many pictures weighs more, if that is something else.
fn alike(rates: &Rates) -> String {
    let AlikeRates { eer, auc, .. } = rates.comparisons_alike;
    match (rates.eer.value, eer) {
        (Some(value), Some(eer)) if (value - eer).abs() >= 5e-4 => format!(
            "; people weigh alike, however many pictures they have (all comparisons alike: EER {}, AUC {})",
            percent(eer),
            auc.map_or("n/a".to_owned(), |auc| format!("{auc:.4}"))
        ),
        _ => String::new(),
    }
}

/// A figure and its interval as text, or why one is missing.
pub(super) fn with_interval(figure: Estimate, show: fn(f64) -> String) -> String {
    let value = figure.value.map_or("n/a".to_owned(), show);
    let reason = figure.reason.map(|reason| format!("   ({reason})"));
    let interval = figure
        .ci95
        .map(|ci| format!("   95 %: {} – {}", show(ci.low), show(ci.high)));
    format!("{value:>8}{}", interval.or(reason).unwrap_or_default())
}

fn rate(figure: Estimate) -> String {
    with_interval(figure, percent)
}

fn area(figure: Estimate) -> String {
    with_interval(figure, |value| format!("{value:.4}"))
}
