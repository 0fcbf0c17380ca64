//! What the loop has to do with the training: begins it, resumes it, listens to it, ends it.

use std::path::Path;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use super::super::task::Network;
use super::{LEAVE, Program};
use crate::app::data::Phase;
use crate::app::event::{Event, Progress};
use crate::app::message::Level;
use crate::app::train::Settings;
use crate::data::{Dataset, Source, mislabelled};
use crate::train::background::Background;
use crate::train::recipe::Overrides;
use crate::train::run_dir::RunError;
use crate::train::{Command, Recipe, RecipeError, RunDir, RunOptions, Trainer, events};
use crate::units::Seed;

/// What is heard at once; the rest waits for the next turn, so that keys are answered in between.
const MOST_NEWS: usize = 1024;

/// Why a training did not start.
#[derive(Debug, thiserror::Error)]
pub(super) enum StartError {
    /// The data set is not loaded.
    #[error("there are no faces yet")]
    NoFaces,
    /// The settings are wrong.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The run directory failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The system gives no thread.
    #[error(transparent)]
    Thread(#[from] std::io::Error),
}

impl Program {
    /// Watches the training of another process as if it were one of ours.
    pub(in crate::tui) fn attach(&mut self, trainer: Trainer) {
        self.dispatch(Event::Attached);
        *self.trainer.lock().unwrap_or_else(PoisonError::into_inner) = Some(trainer);
    }

    /// The training that was just stopped, as it goes on in the background.
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

    /// Takes in what the training said.
    pub(super) fn listen(&mut self) {
        if self.state.train.attached && self.state.data.phase == Phase::Loading {
            // It began before this program did; who is who is only known with the faces.
            return;
        }
        let mut news = Vec::new();
        if let Ok(trainer) = self.trainer.lock()
            && let Some(trainer) = trainer.as_ref()
        {
            news.extend(trainer.events().try_iter().take(MOST_NEWS));
        }
        for event in news {
            let over = matches!(
                event,
                events::Event::Finished { .. } | events::Event::Failed { .. }
            );
            let news = self.progress(event);
            self.dispatch(Event::Training(news));
            if over {
                self.end_training();
            }
        }
    }

    /// News without weights, which stay here.
    fn progress(&mut self, event: events::Event) -> Progress {
        match event {
            events::Event::Started(started) => Progress::Started(started),
            events::Event::Batch(report) => Progress::Batch(report),
            events::Event::Epoch(report) => {
                self.revisions += 1;
                let events::EpochReport {
                    metrics,
                    best,
                    scores,
                    model,
                } = *report;
                self.network = Some(Network {
                    epoch: metrics.epoch,
                    revision: self.revisions,
                    model,
                });
                Progress::Epoch {
                    metrics,
                    best,
                    scores,
                }
            }
            events::Event::Paused => Progress::Paused,
            events::Event::Resumed => Progress::Resumed,
            events::Event::Saved { path, epoch } => Progress::Saved { path, epoch },
            events::Event::Finished { epoch, stopped } => Progress::Finished { epoch, stopped },
            events::Event::Failed { message } => Progress::Failed(message),
        }
    }

    /// Ends the training, if one is on: stops it after its batch, which saves it. Waits no longer than [`LEAVE`]: the
    /// last save on disk is whole in any case.
    pub(super) fn end_training(&mut self) {
        let held = self
            .trainer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        // Another process's goes on without us.
        let Some(trainer) = held.filter(|trainer| !trainer.is_attached()) else {
            return;
        };
        trainer.send(Command::Stop);
        let until = Instant::now() + LEAVE;
        while let Some(rest) = until.checked_duration_since(Instant::now()) {
            match trainer.events().recv_timeout(rest) {
                Ok(events::Event::Finished { .. } | events::Event::Failed { .. })
                | Err(RecvTimeoutError::Disconnected) => {
                    return;
                }
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => break,
            }
        }
        // It does not end in time: leaving without joining is what a user who leaves wants.
        std::mem::forget(trainer);
    }

    pub(super) fn start_training(
        &mut self,
        begin: impl FnOnce(&mut Self) -> Result<(), StartError>,
    ) -> Result<(), StartError> {
        let started = begin(self);
        if let Err(why) = &started {
            self.dispatch(Event::Training(Progress::Failed(why.to_string())));
        }
        started
    }

    fn all_faces(&self) -> Result<Arc<Dataset>, StartError> {
        self.state.data.dataset.clone().ok_or(StartError::NoFaces)
    }

    /// The faces to learn from: all but those that are marked as mislabelled.
    fn faces(&mut self) -> Result<Arc<Dataset>, StartError> {
        let all = self.all_faces()?;
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

    pub(super) fn resume(&mut self, run: &Path) -> Result<(), StartError> {
        let run = RunDir::open(run)?;
        let all = self.all_faces()?;
        let dataset = run.learns_from(&all, &self.state.pairs.marks);
        let dataset = Arc::new(dataset?);
        let recipe = run.recipe()?;
        let options = RunOptions {
            run: Some(run),
            resume: true,
            threads: self.state.train.settings.threads,
        };
        self.train(dataset, recipe, options)
    }

    pub(super) fn begin(&mut self, settings: &Settings) -> Result<(), StartError> {
        let dataset = self.faces()?;
        let overrides = Overrides {
            epochs: Some(settings.epochs),
            batch: Some(settings.batch),
            learning_rate: Some(settings.learning_rate),
            seed: Some(Seed(settings.seed)),
            preparation: Some(dataset.preparation),
            ..Overrides::default()
        };
        let recipe = Recipe::preset(&settings.preset)?.with(&overrides)?;
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
        let trainer = (self.options.trainer)(dataset, recipe, options)?;
        *self.trainer.lock().unwrap_or_else(PoisonError::into_inner) = Some(trainer);
        Ok(())
    }
}
