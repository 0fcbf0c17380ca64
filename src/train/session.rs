//! The loop over epochs and batches.
//!
//! All that decides what the next batch does is the seed, the epoch, the batch's place in it, the weights and the
//! optimiser's state. A checkpoint holds the last three and how far the epoch had come, so training goes on from any
//! of them as if it had never stopped, to the bit.

mod begin;

use super::error::TrainError;
use super::events::{Answer, BatchReport, EpochMetrics, EpochReport, Event, Started};
use super::keeper::Keeper;
use super::recipe::Recipe;
use super::run_dir::Entry;
use super::sampler::{Plan, Sampler};
use super::speed::Speed;
use super::towers::Towers;
use super::validation::Material;
use crate::data::Dataset;
use crate::metrics::Scores;
use crate::model::checkpoint::{CheckpointMetadata, EpochProgress};
use crate::model::{Siamese, StepReport};
use crate::units::Epoch;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One training, from its first batch or from where it stopped.
#[derive(Debug)]
pub struct Session<'a> {
    dataset: &'a Dataset,
    recipe: Recipe,
    material: Material,
    sampler: Sampler,
    towers: Towers,
    keeper: Keeper,
    /// What the owner should know of how it was resumed.
    notes: Vec<String>,
    /// Of the epoch under way.
    progress: EpochProgress,
    /// Of the last complete epoch.
    metadata: CheckpointMetadata,
    /// Of the last complete epoch.
    scores: Arc<Scores>,
    history: Vec<EpochMetrics>,
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Flow {
    On,
    End,
}

impl Flow {
    fn and(self, other: Self) -> Self {
        if self == Self::On { other } else { Self::End }
    }
}

type Observer<'o> = &'o mut dyn FnMut(Event) -> Answer;

impl Session<'_> {
    /// What the owner should know of how it was resumed, such as that the newest checkpoint was damaged.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Saves within an epoch when so much time has passed; otherwise [`SAVE_EVERY`](super::SAVE_EVERY).
    pub fn save_every(&mut self, every: Duration) {
        self.keeper.save_every(every);
    }

    /// Trains until the last epoch, or until the observer says stop; then everything is on disk.
    ///
    /// # Errors
    /// [`TrainError`]; what was saved before stays.
    pub fn run(&mut self, observer: Observer<'_>) -> Result<(), TrainError> {
        let ended = self.run_on(observer);
        if let Err(error) = &ended {
            self.keeper.log_fault(error);
        }
        ended
    }

    fn run_on(&mut self, observer: Observer<'_>) -> Result<(), TrainError> {
        self.log_start();
        let started = self.started();
        let mut flow = self.tell(observer, Event::Started(started))?;
        let mut speed = Speed::new(self.sampler.batches(), self.recipe.epochs);
        while flow == Flow::On && !self.is_done() {
            flow = self.epoch(&mut speed, observer)?;
        }
        let (epoch, batch) = (self.metadata.epoch, self.progress.batch);
        if batch > 0 && !self.keeper.holds(epoch, batch) {
            self.save()?;
        }
        let place = (epoch.0, batch);
        self.keeper.log(&match (self.is_done(), place) {
            (true, (epoch, _)) => Entry::Finished(epoch),
            (false, (epoch, batch)) => Entry::Stopped { epoch, batch },
        });
        observer(Event::Finished {
            epoch,
            stopped: !self.is_done(),
        });
        Ok(())
    }

    fn log_start(&self) {
        let (epoch, batch) = (self.metadata.epoch.0, self.progress.batch);
        self.keeper.log(&match (epoch, batch) {
            (0, 0) => Entry::Started {
                seed: self.recipe.seed.0,
                epochs: self.recipe.epochs,
            },
            _ => Entry::Resumed { epoch, batch },
        });
    }

    fn is_done(&self) -> bool {
        // The rows may have been lost; the checkpoint counts too.
        self.metadata.epoch.0 >= self.recipe.epochs || self.recipe.is_over(&self.history)
    }

    /// The network as it stands, read as the last validation found best.
    pub fn model(&self) -> Siamese {
        self.towers.model(&self.recipe)
    }

    fn started(&self) -> Started {
        Started {
            run: self.keeper.path().map(Path::to_owned),
            parameters: self.towers.parameters(),
            epochs: self.recipe.epochs,
            towers: self.recipe.tower_starts(),
            batches: self.sampler.batches(),
            best: self.recipe.best_of(&self.history),
            history: self.history.clone(),
            split: self.material.split.clone(),
            validation: self.material.about.clone(),
        }
    }

    fn epoch(&mut self, speed: &mut Speed, observer: Observer<'_>) -> Result<Flow, TrainError> {
        let epoch = Epoch(self.metadata.epoch.0 + 1);
        let begun = Instant::now();
        let seen = (&self.material, self.dataset);
        self.towers.begin(&self.recipe, epoch, seen)?;
        let plans = self.sampler.epoch(epoch);
        let batches = plans.len();
        let mut flow = Flow::On;
        for plan in plans.into_iter().skip(self.progress.batch) {
            let report = self.batch(epoch, batches, plan, speed)?;
            if self.progress.batch < batches && self.keeper.is_due() {
                self.save()?;
            }
            flow = self.tell(observer, Event::Batch(report))?;
            if flow == Flow::End && self.progress.batch < batches {
                return Ok(Flow::End);
            }
        }
        self.check_weights()?;
        let report = self.close_epoch(epoch, begun);
        let saved = self.save_epoch(&report)?;
        flow = flow.and(self.tell(observer, Event::Epoch(Box::new(report)))?);
        if let Some(path) = saved {
            flow = flow.and(self.tell(observer, Event::Saved { path, epoch })?);
        }
        Ok(flow)
    }

    fn batch(
        &mut self,
        epoch: Epoch,
        batches: usize,
        plan: Plan,
        speed: &mut Speed,
    ) -> Result<BatchReport, TrainError> {
        let step = u64::from(self.metadata.epoch.0) * batches as u64 + self.progress.batch as u64;
        let batch = self.sampler.batch(plan, self.dataset, step);
        let pairs = batch.comparisons.len();
        let rates = self.towers.rates(&self.recipe, epoch, batches);
        let StepReport { loss, accuracy } = self.towers.learner().step(batch, rates)?;
        let (batch, learning_rate) = (self.progress.batch + 1, rates.tower);
        if !loss.is_finite() {
            return Err(TrainError::diverged(epoch, batch, loss, learning_rate));
        }
        self.progress.batch = batch;
        self.progress.loss += f64::from(loss);
        self.progress.accuracy += f64::from(accuracy);
        let (pairs_per_second, remaining) = speed.batch(pairs, epoch, batch);
        Ok(BatchReport {
            epoch,
            batch,
            batches,
            loss,
            accuracy,
            pairs_per_second,
            remaining,
            learning_rate,
        })
    }

    /// Validates, and notes that the epoch is complete.
    fn close_epoch(&mut self, epoch: Epoch, begun: Instant) -> EpochReport {
        let EpochProgress {
            batch,
            loss,
            accuracy,
        } = std::mem::take(&mut self.progress);
        let learning_rate = self.last_rate();
        let seen = (&self.material, self.dataset);
        let judged = self.towers.judge(&self.recipe, seen);
        let verdict = judged.verdict;
        let metrics = EpochMetrics {
            epoch,
            train_loss: (loss / batch as f64) as f32,
            train_accuracy: (accuracy / batch as f64) as f32,
            val_loss: judged.loss,
            val_accuracy: judged.accuracy,
            val_eer: verdict.eer,
            val_auc: verdict.auc,
            learning_rate,
            seconds: begun.elapsed().as_secs_f64(),
        };
        self.history.push(metrics);
        let best = self.recipe.best_of(&self.history) == Some(self.history.len() - 1);
        self.scores = Arc::new(verdict.scores);
        self.metadata.epoch = epoch;
        self.metadata.val_eer = metrics.val_eer;
        self.metadata.val_auc = metrics.val_auc;
        EpochReport {
            metrics,
            best,
            scores: self.scores.clone(),
            model: judged.model,
        }
    }

    fn save_epoch(&mut self, report: &EpochReport) -> Result<Option<PathBuf>, TrainError> {
        self.keeper
            .save_epoch(report, &self.metadata, &self.scores)?;
        self.keep(&report.model)
    }

    fn save(&mut self) -> Result<Option<PathBuf>, TrainError> {
        self.check_weights()?;
        self.keep(&self.model())
    }

    /// A checkpoint with the network as it stands, whose weights have been checked.
    fn keep(&mut self, model: &Siamese) -> Result<Option<PathBuf>, TrainError> {
        let training = (self.towers.adam(), self.progress);
        let saved = self
            .keeper
            .save(model, &self.metadata, &self.scores, training);
        Ok(saved?)
    }

    /// Weights that hold no numbers are never saved.
    fn check_weights(&self) -> Result<(), TrainError> {
        if self.towers.is_sound() {
            return Ok(());
        }
        Err(TrainError::diverged(
            Epoch(self.metadata.epoch.0 + 1),
            self.progress.batch,
            f32::NAN,
            self.last_rate(),
        ))
    }

    fn last_rate(&self) -> f32 {
        let (epoch, batches) = (Epoch(self.metadata.epoch.0 + 1), self.sampler.batches());
        self.towers.last_rate(&self.recipe, epoch, batches)
    }

    /// Tells the observer, and does what it answers.
    fn tell(&mut self, observer: Observer<'_>, mut event: Event) -> Result<Flow, TrainError> {
        loop {
            match observer(event) {
                Answer::Continue => return Ok(Flow::On),
                Answer::Stop => return Ok(Flow::End),
                Answer::Save => match self.save()? {
                    Some(path) => {
                        event = Event::Saved {
                            path,
                            epoch: self.metadata.epoch,
                        }
                    }
                    None => return Ok(Flow::On),
                },
            }
        }
    }
}
