//! The training of the screens: starting, resuming, receiving its events, ending it.

use std::path::Path;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use super::super::task::Network;
use super::{LEAVE, Program};
use crate::app::data::Phase;
use crate::app::effect::TrainingRequest;
use crate::app::event::Event;
use crate::app::message::Level;
use crate::app::train::Settings;
use crate::config::Config;
use crate::data::{Dataset, Source, mislabelled};
use crate::train::background::Background;
use crate::train::recipe::Validation;
use crate::train::run_dir::RunError;
use crate::train::{
    self, Recipe, RecipeError, RunDir, RunOptions, TrainError, Trainer, TrainingCommand,
    TrainingEvent,
};
use crate::units::{Epoch, Seed};
use crate::vision::Preparation;

/// The most events that are handled at once; the rest waits for the next turn, so that keys are answered in between.
const MOST_EVENTS: usize = 1024;

/// Why a training did not start.
#[derive(Debug, thiserror::Error)]
pub(super) enum StartError {
    /// The data set is not loaded.
    #[error("there are no faces yet")]
    NoFaces,
    /// The settings are wrong.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The recipe does not suit the data.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The run directory failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The system gives no thread.
    #[error(transparent)]
    Thread(#[from] std::io::Error),
}

impl Program {
    /// Watches the training of another process as if it ran in this one.
    pub(in crate::tui) fn attach(&mut self, trainer: Trainer) {
        self.dispatch(Event::Attached);
        let run = self.options.run.as_ref();
        if let Some(recipe) = run.and_then(|run| RunDir::open(run).ok()?.recipe().ok()) {
            self.dispatch(Event::Recipe(Arc::new(recipe)));
        }
        *self.trainer.lock().unwrap_or_else(PoisonError::into_inner) = Some(trainer);
    }

    /// The training that was just stopped, as one to start in the background.
    pub(super) fn in_background(&self) -> Option<Background> {
        let started = self.state.train.started.as_ref()?;
        let source = self.state.data.source.parse::<Source>().ok()?;
        Some(Background {
            run: started.run.clone()?,
            source: source.absolute().ok()?.to_string(),
            threads: self.state.train.settings.threads,
            flags: Vec::new(),
        })
    }

    /// Handles the events of the training.
    pub(super) fn listen(&mut self) {
        if self.state.train.attached && self.state.data.phase == Phase::Loading {
            // Its events name people by their index, which needs the data set.
            return;
        }
        let mut events = Vec::new();
        if let Ok(trainer) = self.trainer.lock()
            && let Some(trainer) = trainer.as_ref()
        {
            events.extend(trainer.events().try_iter().take(MOST_EVENTS));
        }
        for event in events {
            let last = event.is_last();
            let event = self.keep_network(event);
            self.dispatch(Event::Training(event));
            if last {
                self.end_training();
            }
        }
    }

    /// The event without its weights, which stay here.
    fn keep_network(&mut self, event: train::Event) -> TrainingEvent {
        let (epoch, current) = match &event {
            train::Event::Epoch(report) => (report.metrics.epoch, report.is_current()),
            _ => (Epoch::default(), true),
        };
        event.map_model(|model| {
            if !current && self.network.is_some() {
                return;
            }
            self.revisions += 1;
            self.network = Some(Network {
                epoch,
                revision: self.revisions,
                model,
                // Known when the training has ended and calibrated it.
                calibration: None,
            });
        })
    }

    /// Ends the training, if one runs: stops it after its batch, which saves it. Waits no longer than [`LEAVE`]: the last
    /// checkpoint is complete in any case.
    pub(super) fn end_training(&mut self) {
        let held = self
            .trainer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        // A training in another process continues.
        let Some(trainer) = held.filter(|trainer| !trainer.is_attached()) else {
            return;
        };
        trainer.send(TrainingCommand::Stop);
        let until = Instant::now() + LEAVE;
        while let Some(rest) = until.checked_duration_since(Instant::now()) {
            match trainer.events().recv_timeout(rest) {
                Err(RecvTimeoutError::Disconnected) => return,
                Ok(event) if event.is_last() => return,
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => break,
            }
        }
        // It does not end in time. Dropping it would wait longer, and the user wants to leave.
        std::mem::forget(trainer);
    }

    /// Starts a training with `begin`; if that fails, the screens show why.
    pub(super) fn start_training(
        &mut self,
        begin: impl FnOnce(&mut Self) -> Result<(), StartError>,
    ) -> Result<(), StartError> {
        let started = begin(self);
        if let Err(why) = &started {
            self.dispatch(Event::Training(TrainingEvent::Failed(why.to_string())));
        }
        started
    }

    fn all_faces(&self) -> Result<Arc<Dataset>, StartError> {
        self.state.data.dataset.clone().ok_or(StartError::NoFaces)
    }

    /// The data set, if its faces are prepared in this way. Otherwise they are requested, and with them `training` again.
    fn prepared_faces(
        &mut self,
        preparation: &Preparation,
        training: impl FnOnce() -> TrainingRequest,
    ) -> Result<Option<Arc<Dataset>>, StartError> {
        let all = self.all_faces()?;
        if all.preparation == *preparation {
            return Ok(Some(all));
        }
        self.dispatch(Event::OtherFaces(*preparation, training()));
        Ok(None)
    }

    /// The data set without the pictures that are marked as mislabelled.
    fn without_mislabelled(&mut self, all: Arc<Dataset>) -> Result<Arc<Dataset>, StartError> {
        let pairs = &self.state.pairs;
        match pairs.left_out.len() {
            0 => Ok(all),
            n => {
                let rest = Arc::new(mislabelled::leave_out(&all, &pairs.marks));
                let plural = if n == 1 { "" } else { "s" };
                let text = format!("training without {n} picture{plural} marked as mislabelled");
                self.dispatch(Event::Notice(Level::Info, text));
                Ok(rest)
            }
        }
    }

    /// Continues the training in `run`.
    pub(super) fn resume(&mut self, run: &Path) -> Result<(), StartError> {
        let run = RunDir::open(run)?;
        let recipe = run.recipe()?;
        let again = || TrainingRequest::Resume(run.path().to_owned());
        let Some(all) = self.prepared_faces(&recipe.preparation, again)? else {
            return Ok(());
        };
        let dataset = run.learns_from(&all, &self.state.pairs.marks)?;
        let options = RunOptions {
            run: Some(run),
            resume: true,
            threads: self.state.train.settings.threads,
        };
        self.train(Arc::new(dataset), recipe, options)
    }

    /// Starts a new training.
    pub(super) fn begin(&mut self, settings: &Settings) -> Result<(), StartError> {
        // Its error says which presets there are.
        Recipe::preset(&settings.preset)?;
        let config = Config {
            data: self.all_faces()?.source.clone(),
            preset: settings.preset.parse().ok(),
            epochs: Some(settings.epochs),
            batch: Some(settings.batch),
            learning_rate: Some(settings.learning_rate),
            seed: Seed(settings.seed),
            ..self.options.config.clone()
        };
        let mut recipe = Recipe::of_config(&config)?;
        if settings.by_pairs {
            recipe.validation = Validation::Pairs;
        }
        let again = || TrainingRequest::Start(settings.clone());
        let Some(all) = self.prepared_faces(&recipe.preparation, again)? else {
            return Ok(());
        };
        let dataset = self.without_mislabelled(all)?;
        // Before a run is created, which would stay empty.
        train::check(&dataset, &recipe)?;
        let run = RunDir::create_next(&self.options.paths.runs_dir(), &recipe)?;
        let options = RunOptions {
            run: Some(run),
            resume: false,
            threads: settings.threads,
        };
        self.train(dataset, recipe, options)
    }

    fn train(
        &mut self,
        dataset: Arc<Dataset>,
        recipe: Recipe,
        options: RunOptions,
    ) -> Result<(), StartError> {
        self.dispatch(Event::Recipe(Arc::new(recipe.clone())));
        let trainer = (self.options.trainer)(dataset, recipe, options)?;
        *self.trainer.lock().unwrap_or_else(PoisonError::into_inner) = Some(trainer);
        Ok(())
    }
}
