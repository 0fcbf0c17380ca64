//! Which model answers: one rule for the command line and the screens.

use std::path::{Path, PathBuf};

use super::calibrate::{self, CalibratedOn};
use crate::data::{Dataset, Loading, Source, pairs};
use crate::files::clean;
use crate::metrics::{self, Scores};
use crate::model::checkpoint::Saved;
use crate::model::{Siamese, pretrained};
use crate::text::counted;
use crate::train::run_dir::{self, RunError};
use crate::train::{NEAR_CHANCE, RunDir};

/// The name that asks for the built-in model in the place of a run.
pub const BUILT_IN_RUN: &str = "builtin";
/// The name that asks for the best run on these faces.
pub const BEST_RUN: &str = "best";

/// With fewer held-out people than this, two models cannot be told apart.
pub const ENOUGH_HELD_OUT: usize = 10;

/// The model that answers, and why it is this one.
pub struct AnsweringModel {
    /// The model, with its metadata and validation scores.
    pub saved: Saved,
    /// Where it comes from.
    pub origin: ModelOrigin,
    /// On whose pictures its similarities and thresholds were set, if not by its training.
    pub calibrated_on: Option<CalibratedOn>,
}

impl AnsweringModel {
    /// A model with what it was trained with.
    pub fn new(saved: Saved, origin: ModelOrigin) -> Self {
        Self {
            saved,
            origin,
            calibrated_on: None,
        }
    }

    /// The same model with the calibration on one's own people, if one was made for it.
    fn with_own_calibration(self, runs: &Path) -> Result<Self, RunError> {
        let path = calibrate::calibration_path(runs, self.origin.run());
        let applied = calibrate::apply(self.saved, &path);
        let (saved, calibrated_on) = applied.map_err(|why| RunError::OwnCalibration {
            path,
            why: Box::new(why),
        })?;
        Ok(Self {
            saved,
            calibrated_on,
            ..self
        })
    }

    /// Why this model answers, and on whose pictures its thresholds were set if not by its training; one sentence each,
    /// without the full stop.
    pub fn explanations(&self) -> Vec<String> {
        let calibration = self.calibrated_on.as_ref().map(|on| {
            format!(
                "similarities and thresholds are those of {} people of {}, by `twinsight calibrate`",
                on.people,
                clean(&on.data)
            )
        });
        self.origin
            .explanation()
            .into_iter()
            .chain(calibration)
            .collect()
    }
}

/// Where the model that answers comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelOrigin {
    /// The best epoch of this run, which was asked for, or which is the newest one.
    Run(PathBuf),
    /// The best of the runs on these faces, because it was asked for.
    BestRun {
        /// The run.
        run: PathBuf,
        /// How many people it held out for validation.
        people: usize,
    },
    /// The built-in model, because it was asked for.
    BuiltIn,
    /// The built-in model, because there is no run with a model yet.
    NothingTrained,
    /// The built-in model, because the newest run was trained on other data.
    OtherData {
        /// The data set of the newest run.
        trained_on: String,
        /// The data set that was asked for.
        asked: String,
    },
    /// The built-in model, because the newest run held out too few people to tell which of the two is better.
    TooFewHeldOut {
        /// The newest run.
        run: PathBuf,
        /// How many people it held out for validation.
        people: usize,
    },
    /// The built-in model, because the newest run learned nothing.
    DidNotLearn {
        /// The newest run.
        run: PathBuf,
        /// Its validation EER.
        eer: f64,
    },
    /// The better one of the newest run and the built-in model.
    Better(BetterModel),
    /// A backbone that the user named, frozen, and nothing else.
    Backbone {
        /// The name in its description.
        name: String,
    },
}

/// The newest run and the built-in model, compared on the people that the run held out for validation.
#[derive(Debug, Clone, PartialEq)]
pub struct BetterModel {
    /// The newest run.
    pub run: PathBuf,
    /// How many people it held out for validation.
    pub people: usize,
    /// Its equal error rate on them.
    pub own_eer: f64,
    /// That of the built-in model.
    pub built_in_eer: f64,
}

impl BetterModel {
    /// Whether the run is better. If both are equal, the built-in model answers, because its threshold is known better.
    pub fn is_run(&self) -> bool {
        self.own_eer < self.built_in_eer
    }
}

impl ModelOrigin {
    /// The run whose model answers; `None` for the built-in model.
    pub fn run(&self) -> Option<&Path> {
        match self {
            Self::Run(run) | Self::BestRun { run, .. } => Some(run),
            Self::Better(found) => found.is_run().then_some(&found.run),
            _ => None,
        }
    }

    /// The name of the model: that of the run's folder or the backbone's, or `builtin`.
    pub fn name(&self) -> String {
        match (self.run(), self) {
            (Some(run), _) => name_of(run),
            (None, Self::Backbone { name }) => clean(name),
            (None, _) => BUILT_IN_RUN.to_owned(),
        }
    }

    /// Why this model answers, in one sentence without its full stop; `None` if the user named it.
    pub fn explanation(&self) -> Option<String> {
        match self {
            Self::Run(_) | Self::BuiltIn | Self::Backbone { .. } => None,
            Self::BestRun { run, people } => Some(format!(
                "{} has the lowest validation EER of the runs on these faces, on {}",
                name_of(run),
                counted(*people, "person")
            )),
            Self::NothingTrained => Some(
                "no model was trained here yet, so the built-in model answers; train one with `twinsight train`"
                    .to_owned(),
            ),
            Self::OtherData { trained_on, asked } => Some(format!(
                "the newest run was trained on {trained_on} and not on {asked}, so the built-in model answers; \
                 choose the run with --run, or train one on {asked}"
            )),
            Self::TooFewHeldOut { run, people } => Some(format!(
                "the newest run, {}, held out {people} people for validation, too few to show that it is better \
                 ({ENOUGH_HELD_OUT} are needed), so the built-in model answers; choose the run with --run",
                name_of(run)
            )),
            Self::DidNotLearn { run, eer } => Some(format!(
                "the newest run, {}, did not learn (validation EER {:.1} %, about as good as guessing), so the built-in model \
                 answers; choose the run with --run",
                name_of(run),
                100.0 * eer
            )),
            Self::Better(found) => Some(found.explanation()),
        }
    }
}

impl BetterModel {
    fn explanation(&self) -> String {
        let run = name_of(&self.run);
        let [own, built_in] = [self.own_eer, self.built_in_eer].map(|eer| 100.0 * eer);
        let people = self.people;
        match self.is_run() {
            true => format!(
                "the model of {run} answers: on the {people} people that it held out its EER is {own:.1} %, that of the \
                 built-in model {built_in:.1} %"
            ),
            false => format!(
                "the built-in model answers: on the {people} people that {run} held out its EER is {built_in:.1} %, that of \
                 {run} {own:.1} %; choose the run with --run"
            ),
        }
    }
}

fn name_of(run: &Path) -> String {
    let name = run.file_name().unwrap_or(run.as_os_str());
    clean(&name.to_string_lossy())
}

/// The model that answers about the faces of `data`: a source, and how it is read if the two models must be compared on it.
///
/// - If `run` is named, by its number, its name or its folder, it is the model of that run; the built-in one for
///   [`BUILT_IN_RUN`], and for [`BEST_RUN`] that of the run with the lowest validation EER among those on a data set of this name.
/// - Without `data`, it is that of the newest run below `runs`, whatever it was trained on.
/// - Otherwise it is that of the newest run if the run was trained on a data set of this name, and its EER on the people
///   that it held out for validation, at least [`ENOUGH_HELD_OUT`], is lower than that of the built-in model on the same
///   people.
/// - Otherwise it is the built-in model.
///
/// Data sets are compared by name and not by their pictures, so that a user who adds a person to a folder can go on with
/// the model trained on it.
///
/// If it was calibrated on one's own people, that calibration counts.
///
/// # Errors
/// When the run that answers has no model, or a damaged one, or its calibration is damaged.
pub fn answering_model(
    runs: &Path,
    run: Option<&Path>,
    data: Option<(&Source, &Loading<'_>)>,
) -> Result<AnsweringModel, RunError> {
    uncalibrated(runs, run, data)?.with_own_calibration(runs)
}

/// Where the model of [`answering_model`] comes from, without reading a calibration on one's own people, which may be damaged.
///
/// # Errors
/// When the run that answers has no model, or a damaged one.
pub fn answering_origin(
    runs: &Path,
    run: Option<&Path>,
    data: Option<(&Source, &Loading<'_>)>,
) -> Result<ModelOrigin, RunError> {
    Ok(uncalibrated(runs, run, data)?.origin)
}

fn uncalibrated(
    runs: &Path,
    run: Option<&Path>,
    data: Option<(&Source, &Loading<'_>)>,
) -> Result<AnsweringModel, RunError> {
    let built_in = |origin| AnsweringModel::new(pretrained(), origin);
    let of_run = |run: RunDir| -> Result<AnsweringModel, RunError> {
        let origin = ModelOrigin::Run(run.path().to_owned());
        Ok(AnsweringModel::new(run.best()?, origin))
    };
    match run.map(|run| (run.to_str(), run)) {
        Some((Some(BUILT_IN_RUN), _)) => return Ok(built_in(ModelOrigin::BuiltIn)),
        Some((Some(BEST_RUN), _)) => return best_run(runs, data.map(|(source, _)| source)),
        Some((_, run)) => return of_run(run_dir::find(runs, run)?),
        None => {}
    }
    let newest = match RunDir::newest(runs) {
        Err(RunError::NoRuns(_)) => return Ok(built_in(ModelOrigin::NothingTrained)),
        other => other?,
    };
    let path = newest.path().to_owned();
    let newest = of_run(newest)?;
    let Some((source, loading)) = data else {
        return Ok(newest);
    };
    let origin = compared(path, &newest.saved, source, loading);
    Ok(match origin.run() {
        Some(_) => AnsweringModel { origin, ..newest },
        None => built_in(origin),
    })
}

/// The run that is named by its number, its name or its folder, or as [`BEST_RUN`] of those on the faces of `data`, or of the
/// newest run.
///
/// # Errors
/// When there is none, or it is [`BUILT_IN_RUN`], which is a model and no run.
pub fn named_run(runs: &Path, asked: &Path, data: Option<&Source>) -> Result<RunDir, RunError> {
    match asked.to_str() {
        Some(BUILT_IN_RUN) => Err(RunError::BuiltIn),
        Some(BEST_RUN) => match best_run(runs, data)?.origin.run() {
            Some(best) => RunDir::open(best),
            None => Err(RunError::BuiltIn),
        },
        _ => run_dir::find(runs, asked),
    }
}

/// The run with the lowest validation EER, of those trained on a data set with the name of `data` (on that of the newest run
/// without `data`). Of two with the same EER it is the one that held out more people, then the newer one.
fn best_run(runs: &Path, data: Option<&Source>) -> Result<AnsweringModel, RunError> {
    let name = match data {
        Some(source) => source.name(),
        None => RunDir::newest(runs)?.best()?.metadata.data,
    };
    let of = |path: PathBuf| Some((RunDir::open(&path).ok()?.best().ok()?, path));
    // The newest first, which is then the first of equal ones.
    let all = run_dir::list(runs).into_iter().rev().filter_map(of);
    let learned = |saved: &Saved| saved.metadata.val_eer < NEAR_CHANCE;
    let here = all.filter(|(saved, _)| saved.metadata.data == name && learned(saved));
    let (saved, path) = here
        .min_by(|(a, _), (b, _)| {
            let key = |saved: &Saved| (saved.metadata.val_eer, saved.metadata.validation.len());
            let ((a, more_a), (b, more_b)) = (key(a), key(b));
            a.total_cmp(&b).then(more_b.cmp(&more_a))
        })
        .ok_or(RunError::NoBest(name))?;
    let people = saved.metadata.validation.len();
    let origin = ModelOrigin::BestRun { run: path, people };
    Ok(AnsweringModel::new(saved, origin))
}

/// Which of the newest run and the built-in model answers about the faces of `data`.
fn compared(run: PathBuf, own: &Saved, data: &Source, loading: &Loading<'_>) -> ModelOrigin {
    let metadata = &own.metadata;
    let asked = data.name();
    if metadata.data != asked {
        let trained_on = metadata.data.clone();
        return ModelOrigin::OtherData { trained_on, asked };
    }
    let people = metadata.validation.len();
    if people > 0 && metadata.val_eer >= NEAR_CHANCE {
        let eer = metadata.val_eer;
        return ModelOrigin::DidNotLearn { run, eer };
    }
    if people < ENOUGH_HELD_OUT {
        return ModelOrigin::TooFewHeldOut { run, people };
    }
    let built_in = pretrained().model;
    // Faces that cannot be read are an error of whoever compares with them.
    let Ok(dataset) = Dataset::open_with(data, built_in.preparation(), loading) else {
        return ModelOrigin::TooFewHeldOut { run, people: 0 };
    };
    let scores = scores_on(&built_in, &dataset, &metadata.validation);
    ModelOrigin::Better(BetterModel {
        run,
        people,
        own_eer: metadata.val_eer,
        built_in_eer: metrics::eer(&scores).rate,
    })
}

/// The scores of a model on every comparison among the pictures of these people.
fn scores_on(model: &Siamese, dataset: &Dataset, people: &[String]) -> Scores {
    let pairs = pairs::all(dataset, &dataset.people_named(people));
    let images = pairs.iter().flat_map(|pair| [pair.a, pair.b]);
    let embedded = model.embed_images(dataset, images);
    let mut scores = Scores::default();
    for pair in &pairs {
        let similarity = model.similarity(embedded.distance(pair.a, pair.b)).0;
        match pair.same {
            true => scores.mated.push(similarity),
            false => scores.non_mated.push(similarity),
        }
    }
    scores
}
