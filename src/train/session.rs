//! The training loop over epochs and batches.
//!
//! What the next batch does depends on the seed, the epoch, the batch's index in it, the weights and the optimiser's state.
//! A checkpoint holds the weights, the optimiser's state and how far the epoch had come, so training resumed from it gives
//! the same bits as one that was never stopped.

mod begin;

use super::checkpointer::Checkpointer;
use super::ensemble::Ensemble;
use super::epoch_metrics::{CHANCE, EpochMetrics, ValidationMetrics};
use super::error::TrainError;
use super::events::{Answer, BatchReport, EpochReport, Event, Started};
use super::recipe::Recipe;
use super::run_dir::Entry;
use super::sampler::{Plan, Sampler};
use super::speed::Speed;
use super::validation::ValidationSet;
use crate::data::Dataset;
use crate::model::checkpoint::{CheckpointMetadata, EpochProgress, ValidationScores};
use crate::model::{Siamese, StepReport};
use crate::units::Epoch;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One training, from its first batch or from a checkpoint.
#[derive(Debug)]
pub struct Session<'a> {
    dataset: &'a Dataset,
    recipe: Recipe,
    validation: ValidationSet,
    sampler: Sampler,
    ensemble: Ensemble,
    checkpointer: Checkpointer,
    /// What the user should know about how it was resumed.
    notes: Vec<String>,
    /// How far the current epoch has come.
    progress: EpochProgress,
    /// Metadata of the last complete epoch.
    metadata: CheckpointMetadata,
    /// Validation scores of the last complete epoch.
    scores: ValidationScores,
    history: Vec<EpochMetrics>,
}

/// The most batches that tell loss and accuracy before anything was learned.
const MOST_BATCHES_AT_START: usize = 200;

/// Whether training continues.
type Flow = ControlFlow<()>;

type Observer<'o> = &'o mut dyn FnMut(Event) -> Answer;

impl Session<'_> {
    /// What the user should know about how it was resumed, such as that the newest checkpoint was damaged.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Sets how often a checkpoint is written within an epoch; the default is [`SAVE_EVERY`](super::SAVE_EVERY).
    pub fn save_every(&mut self, every: Duration) {
        self.checkpointer.save_every(every);
    }

    /// Trains until the last epoch, or until the observer answers [`Answer::Stop`]. When it returns, everything is on disk.
    ///
    /// # Errors
    /// [`TrainError`]; earlier checkpoints stay.
    pub fn run(&mut self, observer: Observer<'_>) -> Result<(), TrainError> {
        let ended = self.run_on(observer);
        if let Err(error) = &ended {
            self.checkpointer.log_fault(error);
        }
        ended
    }

    fn run_on(&mut self, observer: Observer<'_>) -> Result<(), TrainError> {
        self.log_start();
        let started = self.started();
        let mut flow = self.notify(observer, Event::Started(started))?;
        if flow.is_continue() && self.begins_with_validation() {
            flow = self.epoch_zero(observer)?;
        }
        let mut speed = Speed::new(self.sampler.batches(), self.recipe.epochs);
        while flow.is_continue() && !self.is_done() {
            flow = self.epoch(&mut speed, observer)?;
        }
        let (epoch, batch) = (self.metadata.epoch, self.progress.batch);
        if batch > 0 && !self.checkpointer.holds(epoch, batch) {
            self.save()?;
        }
        self.checkpointer.log(&match self.is_done() {
            true => Entry::Finished(epoch.0),
            false => Entry::Stopped {
                epoch: epoch.0,
                batch,
            },
        });
        observer(Event::Finished {
            epoch,
            stopped: !self.is_done(),
        });
        Ok(())
    }

    fn log_start(&self) {
        let (epoch, batch) = (self.metadata.epoch.0, self.progress.batch);
        self.checkpointer.log(&match (epoch, batch) {
            (0, 0) => Entry::Started {
                seed: self.recipe.seed.0,
                epochs: self.recipe.epochs,
            },
            _ => Entry::Resumed { epoch, batch },
        });
    }

    fn is_done(&self) -> bool {
        // The checkpoint's epoch counts too: the rows may have been lost.
        self.metadata.epoch.0 >= self.recipe.epochs || self.recipe.is_over(&self.history)
    }

    /// The network as it is now, with the calibration of the last validation.
    pub fn model(&self) -> Siamese {
        self.ensemble.model(&self.recipe)
    }

    fn started(&self) -> Started {
        Started {
            run: self.checkpointer.path().map(Path::to_owned),
            parameters: self.ensemble.parameters(),
            epochs: self.recipe.epochs,
            members: self.recipe.member_starts(),
            batches: self.sampler.batches(),
            best: self.recipe.best_of(&self.history),
            history: self.history.clone(),
            split: self.validation.split.clone(),
            validation: self.validation.about.clone(),
        }
    }

    /// Whether the network is validated before the first batch: a backbone alone may be the best network, so it is a
    /// candidate, as epoch 0.
    fn begins_with_validation(&self) -> bool {
        let begun = self.metadata.epoch.0 > 0 || self.progress.batch > 0;
        self.recipe.preparation.backbone.is_some() && self.history.is_empty() && !begun
    }

    /// Epoch 0: loss and accuracy on the batches of epoch 1 without learning from them, and a validation.
    fn epoch_zero(&mut self, observer: Observer<'_>) -> Result<Flow, TrainError> {
        let begun = Instant::now();
        self.ensemble.fit_head((&self.validation, self.dataset));
        let mut progress = EpochProgress::default();
        for plan in self
            .sampler
            .epoch(Epoch(1))
            .into_iter()
            .take(MOST_BATCHES_AT_START)
        {
            let input = self.ensemble.input();
            let batch = self.sampler.batch(plan, self.dataset, 0, input);
            let StepReport { loss, accuracy } = self.ensemble.learner().measure(batch)?;
            progress.batch += 1;
            progress.loss += f64::from(loss);
            progress.accuracy += f64::from(accuracy);
        }
        self.progress = progress;
        self.end_epoch(Epoch(0), begun, observer)
    }

    fn epoch(&mut self, speed: &mut Speed, observer: Observer<'_>) -> Result<Flow, TrainError> {
        let epoch = Epoch(self.metadata.epoch.0 + 1);
        let begun = Instant::now();
        let data = (&self.validation, self.dataset);
        self.ensemble.begin(&self.recipe, epoch, data)?;
        let plans = self.sampler.epoch(epoch);
        let batches = plans.len();
        let mut flow = Flow::Continue(());
        for plan in plans.into_iter().skip(self.progress.batch) {
            let report = self.batch(epoch, batches, plan, speed)?;
            if self.progress.batch < batches && self.checkpointer.is_due() {
                self.save()?;
            }
            flow = self.notify(observer, Event::Batch(report))?;
            if flow.is_break() && self.progress.batch < batches {
                return Ok(flow);
            }
        }
        self.check_weights()?;
        match (self.end_epoch(epoch, begun, observer)?, flow) {
            (Flow::Continue(()), Flow::Continue(())) => Ok(Flow::Continue(())),
            _ => Ok(Flow::Break(())),
        }
    }

    /// Validates, saves and reports an epoch whose batches are done.
    fn end_epoch(
        &mut self,
        epoch: Epoch,
        begun: Instant,
        observer: Observer<'_>,
    ) -> Result<Flow, TrainError> {
        let report = self.close_epoch(epoch, begun);
        self.dataset.intact()?;
        let saved = self.save_epoch(&report)?;
        let mut ended = self
            .notify(observer, Event::Epoch(Box::new(report)))?
            .is_break();
        if let Some(path) = saved {
            ended |= self
                .notify(observer, Event::Saved { path, epoch })?
                .is_break();
        }
        Ok(if ended {
            Flow::Break(())
        } else {
            Flow::Continue(())
        })
    }

    fn batch(
        &mut self,
        epoch: Epoch,
        batches: usize,
        plan: Plan,
        speed: &mut Speed,
    ) -> Result<BatchReport, TrainError> {
        let step = u64::from(self.metadata.epoch.0) * batches as u64 + self.progress.batch as u64;
        let input = self.ensemble.input();
        let batch = self.sampler.batch(plan, self.dataset, step, input);
        self.dataset.intact()?;
        let pairs = batch.comparisons.len();
        let rates = self.ensemble.rates(&self.recipe, epoch, batches);
        let StepReport { loss, accuracy } = self.ensemble.learner().step(batch, rates)?;
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

    /// Validates if it is this epoch's turn, and records that it is complete.
    fn close_epoch(&mut self, epoch: Epoch, begun: Instant) -> EpochReport<Siamese> {
        let EpochProgress {
            batch,
            loss,
            accuracy,
        } = std::mem::take(&mut self.progress);
        // Nothing is learned in epoch 0.
        let learning_rate = if epoch.0 == 0 { 0.0 } else { self.last_rate() };
        let (validation, model) = match self.recipe.is_validated(epoch) {
            true => self.validate(),
            false => (None, self.model()),
        };
        let metrics = EpochMetrics {
            epoch,
            train_loss: (loss / batch as f64) as f32,
            train_accuracy: (accuracy / batch as f64) as f32,
            validation,
            learning_rate,
            seconds: begun.elapsed().as_secs_f64(),
        };
        self.history.push(metrics);
        let best = self.recipe.best_of(&self.history) == Some(self.history.len() - 1);
        self.metadata.epoch = epoch;
        EpochReport {
            metrics,
            best,
            scores: Arc::new(self.scores.similarities.clone()),
            model,
        }
    }

    /// Validates all members together, and keeps what a checkpoint says of it.
    fn validate(&mut self) -> (Option<ValidationMetrics>, Siamese) {
        let data = (&self.validation, self.dataset);
        let evaluation = self.ensemble.evaluate(&self.recipe, data);
        let calibrated = evaluation.calibrated;
        let validation = calibrated.rates.map(|(eer, auc)| ValidationMetrics {
            loss: evaluation.loss,
            accuracy: evaluation.accuracy,
            eer,
            auc,
        });
        let on_backbone = self.recipe.preparation.backbone.is_some();
        self.scores = ValidationScores {
            similarities: calibrated.scores,
            distances: on_backbone.then_some(calibrated.distances),
        };
        self.metadata.val_eer = validation.map_or(CHANCE, |v| v.eer);
        self.metadata.val_auc = validation.map_or(CHANCE, |v| v.auc);
        (validation, evaluation.model)
    }

    fn save_epoch(&mut self, report: &EpochReport<Siamese>) -> Result<Option<PathBuf>, TrainError> {
        self.checkpointer
            .save_epoch(report, &self.metadata, &self.scores)?;
        self.write(&report.model)
    }

    fn save(&mut self) -> Result<Option<PathBuf>, TrainError> {
        self.check_weights()?;
        self.write(&self.model())
    }

    /// Writes a checkpoint of `model`, whose weights have been checked.
    fn write(&mut self, model: &Siamese) -> Result<Option<PathBuf>, TrainError> {
        let training = (self.ensemble.adam(), self.progress);
        let saved = self
            .checkpointer
            .save(model, &self.metadata, &self.scores, training);
        Ok(saved?)
    }

    /// Refuses weights that are not finite: they are never saved.
    fn check_weights(&self) -> Result<(), TrainError> {
        if self.ensemble.is_finite() {
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
        self.ensemble.last_rate(&self.recipe, epoch, batches)
    }

    /// Sends an event to the observer, and does what it answers.
    fn notify(&mut self, observer: Observer<'_>, mut event: Event) -> Result<Flow, TrainError> {
        loop {
            match observer(event) {
                Answer::Continue => return Ok(Flow::Continue(())),
                Answer::Stop => return Ok(Flow::Break(())),
                Answer::Save => match self.save()? {
                    Some(path) => {
                        event = Event::Saved {
                            path,
                            epoch: self.metadata.epoch,
                        }
                    }
                    None => return Ok(Flow::Continue(())),
                },
            }
        }
    }
}
