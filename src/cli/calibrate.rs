//! `twinsight calibrate`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;

use super::Status;
use super::context::{Common, Context, DataFlag, RunFlag, explain, from_data};
use super::evaluate::with_interval;
use super::long_task::LongTask;
use super::output::{self, Usage, percent};
use crate::evaluate::Rates;
use crate::files::{as_argument, clean, shown};
use crate::metrics::{self, Estimate, TooFew};
use crate::model::checkpoint;
use crate::recognition::{OwnCalibration, calibrate, calibration_path, shown_threshold};
use crate::units::{Distance, Threshold};

/// The false match rate at which a threshold is told.
const TOLD_FMR: f64 = 0.001;
/// What is said after Ctrl-C.
const STOPPED: &str = "stopped; the calibration is as it was";

/// Set the similarities and thresholds of a model on people of your own, without training.
///
/// Without --run it is the model that answers about the people of --data. These take the place of those whose comparisons the model keeps; people it was trained on are left out.
/// At most 10 pictures of each person and 1,500 in all are compared. What the model thinks of faces, its embeddings, stays.
#[derive(Debug, clap::Args)]
pub struct Calibrate {
    #[command(flatten)]
    run: RunFlag,
    #[command(flatten)]
    data: DataFlag,
    /// Go back to the calibration that the model came with
    #[arg(long)]
    undo: bool,
    #[command(flatten)]
    common: Common,
}

/// The answer in JSON; rates from 0 to 1.
#[derive(Serialize)]
struct CalibrateReport {
    /// The model.
    model: String,
    data: String,
    /// People with two pictures or more that the model was not trained on.
    people: usize,
    pictures: usize,
    mated: usize,
    non_mated: usize,
    eer: Estimate,
    auc: Estimate,
    /// The threshold with a false match rate of 0.1 % among these comparisons; `null` where they cannot tell it.
    threshold_at_fmr_0_1: Option<Threshold>,
    /// Why they cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<TooFew>,
    /// The file that keeps it; deleting it, or `--undo`, goes back.
    kept: PathBuf,
}

impl Calibrate {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let context = Context::new(&self.common, from_data(self.data.data.clone()))?;
        let runs = context.paths.runs_dir();
        if self.undo {
            let origin = context.origin(&self.run)?;
            return self.undone(&calibration_path(&runs, origin.run()), &origin.name());
        }
        if self.data.data.is_none() {
            let why = "name the pictures of your people with --data DIR, or go back with --undo";
            return Err(Usage(why.to_owned()).into());
        }
        if self.run.backbone.is_some() && self.run.run.is_none() {
            let why = "a backbone alone cannot keep a calibration; name a run that was trained on it with --run";
            return Err(Usage(why.to_owned()).into());
        }
        let found = context.answering(&self.run)?;
        explain(&found.explanations());
        let path = calibration_path(&runs, found.origin.run());
        let model = found.origin.name();
        let dataset = context.dataset(found.saved.model.preparation())?;
        let task = LongTask::begin("embedding pictures", STOPPED)?;
        let own = calibrate(found.saved, &dataset, |done, total| task.step(done, total));
        task.check()?;
        let own = own?;
        drop(task);
        dataset.intact()?;
        let report = report(&own, model, dataset.name.clone(), path);
        let saved = &own.saved;
        let scores = saved.validation_scores();
        checkpoint::save(&report.kept, &saved.model, &saved.metadata, &scores, None)?;
        match self.common.json {
            true => output::json(&report)?,
            false => output::line(&text(&report))?,
        }
        Ok(Status::Done)
    }

    fn undone(&self, path: &Path, model: &str) -> anyhow::Result<Status> {
        let existed = path.exists();
        if existed {
            std::fs::remove_file(path).with_context(|| format!("cannot remove {}", shown(path)))?;
        }
        match (self.common.json, existed) {
            (true, _) => output::json(&serde_json::json!({"model": model, "undone": existed}))?,
            (false, true) => output::line(&format!(
                "{model} has the calibration again that it came with"
            ))?,
            (false, false) => output::line(&format!(
                "{model} has the calibration that it came with; there was nothing to undo"
            ))?,
        }
        Ok(Status::Done)
    }
}

fn report(own: &OwnCalibration, model: String, data: String, kept: PathBuf) -> CalibrateReport {
    let rates = Rates::of(&own.comparisons, &[]);
    let scores = &own.saved.scores;
    let nearness = metrics::Scores::of(&own.comparisons);
    let told = metrics::tells_fmr(TOLD_FMR, scores.non_mated.len());
    let threshold = metrics::threshold_at_fmr(&nearness, TOLD_FMR);
    CalibrateReport {
        model,
        data,
        people: rates.people,
        pictures: own.pictures,
        mated: rates.mated,
        non_mated: rates.non_mated,
        eer: rates.eer,
        auc: rates.auc,
        threshold_at_fmr_0_1: told
            .is_ok()
            .then(|| Threshold(own.saved.model.similarity(Distance(-threshold.0)).0)),
        reason: told.err(),
        kept,
    }
}

fn text(report: &CalibrateReport) -> String {
    let threshold = match (report.threshold_at_fmr_0_1, report.reason) {
        (Some(threshold), _) => shown_threshold(threshold),
        (None, reason) => format!(
            "n/a   ({})",
            reason.map(|why| why.to_string()).unwrap_or_default()
        ),
    };
    format!(
        "{} is calibrated on {}: {} people, {} pictures, {} mated and {} non-mated comparisons\n\
         EER there               {}\n\
         threshold at FMR {}  {threshold}\n\
         The figures are those of the people it was set on; others may do worse.\n\
         kept in {}; `twinsight calibrate --undo --run {}` goes back",
        report.model,
        clean(&report.data),
        report.people,
        report.pictures,
        report.mated,
        report.non_mated,
        with_interval(report.eer, percent).trim(),
        percent(TOLD_FMR),
        shown(&report.kept),
        as_argument(report.model.as_ref()),
    )
}
