//! Which model answers: one rule for the command line and the screens.

use std::path::{Path, PathBuf};

use crate::model::checkpoint::Saved;
use crate::model::pretrained;
use crate::train::RunDir;
use crate::train::run_dir::RunError;

/// The model that answers, and why it is this one.
pub struct AnsweringModel {
    /// The model, with its metadata and validation scores.
    pub saved: Saved,
    /// Where it comes from.
    pub origin: ModelOrigin,
}

/// Where the model that answers comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelOrigin {
    /// The best epoch of this run.
    Run(PathBuf),
    /// The built-in model, because there is no run with a model yet.
    NothingTrained,
    /// The built-in model, because the newest run was trained on other data.
    OtherData {
        /// The data set of the newest run.
        trained_on: String,
        /// The data set that was asked for.
        asked: String,
    },
}

/// The model that answers about the data set called `data`: that of the run `run`, if one is named; else that of the
/// newest run below `runs`, if it was trained on a data set of this name; else the built-in model. Without `data`, the
/// newest run answers whatever it was trained on.
///
/// Data sets are compared by name and not by their pictures, so that a user who adds a person to a folder can go on with
/// the model trained on it.
///
/// # Errors
/// When the run that answers has no model, or a damaged one.
pub fn answering_model(
    runs: &Path,
    run: Option<&Path>,
    data: Option<&str>,
) -> Result<AnsweringModel, RunError> {
    let best = |run: RunDir| -> Result<AnsweringModel, RunError> {
        Ok(AnsweringModel {
            saved: run.best()?,
            origin: ModelOrigin::Run(run.path().to_owned()),
        })
    };
    let built_in = |origin| AnsweringModel {
        saved: pretrained(),
        origin,
    };
    if let Some(run) = run {
        return best(RunDir::open(run)?);
    }
    let newest = match RunDir::newest(runs) {
        Err(RunError::NoRuns(_)) => return Ok(built_in(ModelOrigin::NothingTrained)),
        other => best(other?)?,
    };
    let trained_on = &newest.saved.metadata.data;
    match data.filter(|data| data != trained_on) {
        None => Ok(newest),
        Some(asked) => Ok(built_in(ModelOrigin::OtherData {
            trained_on: trained_on.clone(),
            asked: asked.to_owned(),
        })),
    }
}
