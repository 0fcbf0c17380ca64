//! How a session begins: from first weights, for a fold of an evaluation, or from a checkpoint.

use super::Session;
use crate::data::Dataset;
use crate::data::split::Split;
use crate::model::checkpoint::{CheckpointMetadata, EpochProgress, ValidationScores, version_of};
use crate::model::{CalibrationPhotos, InputSpec};
use crate::train::checkpointer::Checkpointer;
use crate::train::ensemble::Ensemble;
use crate::train::epoch_metrics::CHANCE;
use crate::train::error::TrainError;
use crate::train::recipe::Recipe;
use crate::train::run_dir::{About, Entry, RunDir};
use crate::train::sampler::Sampler;
use crate::train::validation::ValidationSet;
use crate::units::{Epoch, ImageId, PersonId};

impl<'a> Session<'a> {
    /// A training from first weights. Without a `run` it writes nothing.
    ///
    /// # Errors
    /// [`TrainError`] if the recipe or the data set cannot be used (see [`check`](crate::train::check)), or the run cannot
    /// be written.
    pub fn new(
        dataset: &'a Dataset,
        recipe: Recipe,
        run: Option<RunDir>,
    ) -> Result<Self, TrainError> {
        let validation = ValidationSet::new(dataset, &recipe)?;
        Self::with(dataset, recipe, validation, run)
    }

    /// A training for one fold of an evaluation: the people are given, and it writes nothing.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn for_split(
        dataset: &'a Dataset,
        recipe: Recipe,
        split: Split,
    ) -> Result<Self, TrainError> {
        let validation = ValidationSet::of_people(dataset, &recipe, split)?;
        Self::with(dataset, recipe, validation, None)
    }

    fn with(
        dataset: &'a Dataset,
        recipe: Recipe,
        validation: ValidationSet,
        run: Option<RunDir>,
    ) -> Result<Self, TrainError> {
        let ensemble = Ensemble::new(&recipe)?;
        let sampler = Sampler::new(
            &recipe,
            dataset,
            &validation.split.train,
            validation.train.clone(),
            recipe.members().iter().all(|m| m.network.may_share()),
        );
        let metadata = first_metadata(dataset, &recipe, &validation);
        let checkpointer = match run {
            Some(run) => Checkpointer::begin(run, &About::now(&metadata, dataset))?,
            None => Checkpointer::without_run(),
        };
        let progress = EpochProgress::default();
        let (scores, history) = (ValidationScores::default(), Vec::new());
        Ok(Self {
            dataset,
            recipe,
            validation,
            sampler,
            ensemble,
            checkpointer,
            notes: Vec::new(),
            progress,
            metadata,
            scores,
            history,
        })
    }

    /// Continues the training in `run`, up to the recipe's epochs. It starts from first weights if nothing was saved yet.
    ///
    /// # Errors
    /// [`TrainError`] if the run cannot be read, another process trains in it, or the data have changed.
    pub fn resume(
        dataset: &'a Dataset,
        recipe: Recipe,
        mut run: RunDir,
    ) -> Result<Self, TrainError> {
        let mut session = Self::new(dataset, recipe, None)?;
        run.lock()?;
        let begun_on = run.about()?.map(|about| about.fingerprint);
        let point = run.resume_point()?;
        let saved_on = point.as_ref().map(|p| &p.saved.metadata.fingerprint);
        let ours = &session.metadata.fingerprint;
        if saved_on.or(begun_on.as_ref()).is_some_and(|f| f != ours) {
            let data = dataset.name.clone();
            let theirs = point.map(|point| point.saved.metadata.data);
            return Err(match theirs.filter(|theirs| *theirs != data) {
                Some(theirs) => TrainError::OtherFaces { theirs, data },
                None => TrainError::OtherData { data },
            });
        }
        let Some(point) = point else {
            run.keep_rows(None)?;
            session.checkpointer =
                Checkpointer::begin(run, &About::now(&session.metadata, dataset))?;
            return Ok(session);
        };
        if let Some(why) = point.fallen_back {
            run.log(&Entry::Fault(&why));
            run.set_aside()?;
            session.notes.push(why);
        }
        let saved = point.saved;
        session.history = run.keep_rows(Some(saved.metadata.epoch))?;
        session.metadata = saved.metadata.clone();
        session.scores = saved.validation_scores();
        session.progress = session.ensemble.restore(
            &session.recipe,
            (saved, &point.path),
            (&session.validation, dataset),
        )?;
        session.checkpointer = Checkpointer::resume(run);
        Ok(session)
    }
}

fn first_metadata(dataset: &Dataset, recipe: &Recipe, set: &ValidationSet) -> CheckpointMetadata {
    let names = |ids: &[PersonId]| {
        ids.iter()
            .map(|id| dataset.people[id.0].name.clone())
            .collect()
    };
    let Split {
        train,
        validation,
        test,
    } = &set.split;
    let inputs: Vec<&InputSpec> = recipe.members().iter().map(|m| m.input).collect();
    CheckpointMetadata {
        version: version_of(&recipe.preparation, &inputs),
        preset: recipe.preset.clone(),
        epoch: Epoch(0),
        seed: recipe.seed,
        data: dataset.name.clone(),
        fingerprint: dataset.fingerprint(),
        train: names(train),
        validation: names(validation),
        test: names(test),
        val_eer: CHANCE,
        val_auc: CHANCE,
        photographs: photographs(dataset, &set.split),
    }
}

/// The most photographs whose looks are kept; a range from 5 to 95 % of them needs no more.
const MOST_PHOTOGRAPHS: usize = 5_000;

/// What the photographs look like whose comparisons set the threshold: those of everybody but the people kept for the test.
fn photographs(dataset: &Dataset, split: &Split) -> Option<CalibrationPhotos> {
    let mut people = [&split.train[..], &split.validation].concat();
    people.sort_unstable();
    let images: Vec<ImageId> = people
        .iter()
        .flat_map(|&person| dataset.person(person).images.clone())
        .collect();
    let every = images.len().div_ceil(MOST_PHOTOGRAPHS).max(1);
    let images: Vec<ImageId> = images.into_iter().step_by(every).collect();
    CalibrationPhotos::of(dataset, &images, None)
}
