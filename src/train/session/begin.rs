//! How a session begins: from first weights, for a fold of an evaluation, or where another stopped.

use super::Session;
use crate::data::Dataset;
use crate::data::split::Split;
use crate::model::checkpoint::{CheckpointMetadata, EpochProgress, VERSION};
use crate::train::error::TrainError;
use crate::train::keeper::Keeper;
use crate::train::recipe::Recipe;
use crate::train::run_dir::{About, Entry, RunDir};
use crate::train::sampler::Sampler;
use crate::train::towers::Towers;
use crate::train::validation::Material;
use crate::units::{Epoch, PersonId};
use std::sync::Arc;

impl<'a> Session<'a> {
    /// A training from first weights; it writes nothing if there is no `run`.
    ///
    /// # Errors
    /// [`TrainError`] if the recipe, or the data for it, cannot do.
    pub fn new(
        dataset: &'a Dataset,
        recipe: Recipe,
        run: Option<RunDir>,
    ) -> Result<Self, TrainError> {
        let material = Material::new(dataset, &recipe)?;
        Self::with(dataset, recipe, material, run)
    }

    /// A training for one fold of an evaluation: its people are given, and it writes nothing.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn for_split(
        dataset: &'a Dataset,
        recipe: Recipe,
        split: Split,
    ) -> Result<Self, TrainError> {
        let material = Material::of_people(dataset, &recipe, split);
        Self::with(dataset, recipe, material, None)
    }

    fn with(
        dataset: &'a Dataset,
        recipe: Recipe,
        material: Material,
        run: Option<RunDir>,
    ) -> Result<Self, TrainError> {
        recipe.validate()?;
        if material.train.is_empty() {
            return Err(TrainError::NoPairs {
                data: dataset.name.clone(),
            });
        }
        let towers = Towers::new(&recipe)?;
        let sampler = Sampler::new(
            &recipe,
            dataset,
            &material.split.train,
            material.train.clone(),
            recipe.networks().iter().all(|network| network.may_share()),
        );
        let metadata = first_facts(dataset, &recipe, &material);
        let keeper = match run {
            Some(run) => Keeper::begin(run, &About::now(&metadata.fingerprint, &dataset.left_out))?,
            None => Keeper::nothing(),
        };
        let (progress, scores, history) = (EpochProgress::default(), Arc::default(), Vec::new());
        Ok(Self {
            dataset,
            recipe,
            material,
            sampler,
            towers,
            keeper,
            notes: Vec::new(),
            progress,
            metadata,
            scores,
            history,
        })
    }

    /// A training that goes on where the one in `run` stopped, up to the recipe's epochs; from first weights if that
    /// stopped before anything was saved.
    ///
    /// # Errors
    /// [`TrainError`] if the run cannot be read, somebody trains in it, or the data have changed.
    pub fn resume(
        dataset: &'a Dataset,
        recipe: Recipe,
        mut run: RunDir,
    ) -> Result<Self, TrainError> {
        let mut session = Self::new(dataset, recipe, None)?;
        run.hold()?;
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
            run.keep_rows(Epoch(0))?;
            session.keeper = Keeper::begin(run, &About::now(ours, &dataset.left_out))?;
            return Ok(session);
        };
        if let Some(why) = point.fallen_back {
            run.log(&Entry::Fault(&why));
            run.set_aside()?;
            session.notes.push(why);
        }
        let saved = point.saved;
        session.history = run.keep_rows(saved.metadata.epoch)?;
        session.metadata = saved.metadata.clone();
        session.scores = Arc::new(saved.scores.clone());
        session.progress = session.towers.restore(
            &session.recipe,
            (saved, &point.path),
            (&session.material, dataset),
        )?;
        session.keeper = Keeper::going_on(run);
        Ok(session)
    }
}

fn first_facts(dataset: &Dataset, recipe: &Recipe, material: &Material) -> CheckpointMetadata {
    let names = |ids: &[PersonId]| {
        ids.iter()
            .map(|id| dataset.people[id.0].name.clone())
            .collect()
    };
    let Split {
        train,
        validation,
        test,
    } = &material.split;
    CheckpointMetadata {
        version: VERSION,
        preset: recipe.preset.clone(),
        epoch: Epoch(0),
        seed: recipe.seed,
        data: dataset.name.clone(),
        fingerprint: dataset.fingerprint(),
        train: names(train),
        validation: names(validation),
        test: names(test),
        val_eer: 0.5,
        val_auc: 0.5,
    }
}
