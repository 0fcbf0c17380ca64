//! The members of a network under training: the finished ones and the one that learns.
//!
//! If the recipe asks for an ensemble, a member is finished after some epochs and the next begins from other first weights,
//! with its own learning rate schedule. The network's embedding is the embeddings of all members side by side. They are
//! trained one after another, not together: a step then takes no longer than with one member, memory does not grow, and the
//! training can be stopped after any of them. A member's first weights follow from the recipe's seed and its index, so a
//! training can be resumed in any of them.

use super::calibration::CalibratedScores;
use super::error::TrainError;
use super::recipe::Recipe;
use super::run_dir::RunError;
use super::validation::{EmbeddedSet, ValidationSet};
use crate::data::Dataset;
use crate::metrics::Logistic;
use crate::model::checkpoint::{EpochProgress, Saved};
use crate::model::{FaceInput, Learner, Rates, Siamese, Tower, Whitening};
use crate::nn::adam::Adam;
use crate::units::{Epoch, Purpose, Seed};
use rand::Rng;
use std::path::Path;

/// The result of one validation.
#[derive(Debug)]
pub(super) struct Evaluation {
    /// Cross-entropy of the last member's head.
    pub(super) loss: f32,
    /// Accuracy of the last member's head.
    pub(super) accuracy: f32,
    /// Scores of all members together.
    pub(super) calibrated: CalibratedScores,
    /// All members together, with this calibration.
    pub(super) model: Siamese,
}

/// All members so far.
#[derive(Debug)]
pub(super) struct Ensemble {
    finished: Vec<EmbeddedSet>,
    learner: Learner,
    /// Whitening of the member that learns, from the last validation.
    whitening: Option<Whitening>,
    /// Calibration of all members together, from the last validation.
    calibration: Option<Logistic>,
}

impl Ensemble {
    /// The first member with its first weights.
    pub(super) fn new(recipe: &Recipe) -> Result<Self, TrainError> {
        Ok(Self {
            finished: Vec::new(),
            learner: first_weights(recipe, 0)?,
            whitening: None,
            calibration: None,
        })
    }

    /// Restores the members of a checkpoint; returns how far its epoch had come.
    pub(super) fn restore(
        &mut self,
        recipe: &Recipe,
        (saved, path): (Saved, &Path),
        (validation, dataset): (&ValidationSet, &Dataset),
    ) -> Result<EpochProgress, TrainError> {
        let members = saved.model.members();
        let finished = &members[..members.len() - 1];
        let embed = |member: &Tower| {
            validation.embed(member.clone(), &recipe.test_time_augmentation, dataset)
        };
        self.finished = finished.iter().map(embed).collect();
        self.whitening = saved.model.last_member().whitening().cloned();
        self.calibration = saved.model.calibration();
        self.learner = first_weights(recipe, finished.len())?;
        let progress = self.learner.restore(saved, path).map_err(RunError::from)?;
        Ok(progress)
    }

    /// Finishes the member that learns and begins the next one, if that one begins in `epoch`.
    pub(super) fn begin(
        &mut self,
        recipe: &Recipe,
        epoch: Epoch,
        (validation, dataset): (&ValidationSet, &Dataset),
    ) -> Result<(), TrainError> {
        if self.finished.len() < recipe.member_of(epoch) {
            let member = self.learner.tower().whitened(self.whitening.take());
            let finished = validation.embed(member, &recipe.test_time_augmentation, dataset);
            self.finished.push(finished);
            self.learner = first_weights(recipe, self.finished.len())?;
        }
        Ok(())
    }

    /// The learning rates of the next step, in `epoch` of `batches`.
    pub(super) fn rates(&self, recipe: &Recipe, epoch: Epoch, batches: usize) -> Rates {
        let tower = rate(recipe, self.learner.steps(), epoch, batches);
        Rates {
            tower,
            head: tower * recipe.head_rate,
            decay: recipe.weight_decay,
        }
    }

    /// The learning rate of the previous step. It is computed, not stored, because a training may be resumed after an
    /// epoch's last batch and before its validation.
    pub(super) fn last_rate(&self, recipe: &Recipe, epoch: Epoch, batches: usize) -> f32 {
        let step = self.learner.steps().saturating_sub(1);
        rate(recipe, step, epoch, batches)
    }

    /// Validates all members together, and keeps the whitening and calibration that this gives.
    pub(super) fn evaluate(
        &mut self,
        recipe: &Recipe,
        (validation, dataset): (&ValidationSet, &Dataset),
    ) -> Evaluation {
        let augmentation = &recipe.test_time_augmentation;
        let head = self.learner.head();
        let raw = validation.embed(self.learner.tower(), augmentation, dataset);
        let (loss, accuracy) = validation.head_figures(head, &raw);
        let fitted_to = match recipe.whitening_zooms {
            true => augmentation.clone(),
            false => augmentation.plain(),
        };
        let last = validation.whiten(raw, &fitted_to, dataset, recipe.whitening);
        let members: Vec<&EmbeddedSet> = self.finished.iter().chain([&last]).collect();
        let calibrated = validation.evaluate(&members, head);
        self.whitening = last.member.whitening().cloned();
        self.calibration = calibrated.calibration;
        Evaluation {
            loss,
            accuracy,
            calibrated,
            model: self.with(last.member, recipe),
        }
    }

    /// The network as it is now, with the whitening and calibration of the last validation.
    pub(super) fn model(&self, recipe: &Recipe) -> Siamese {
        let learning = self.learner.tower().whitened(self.whitening.clone());
        self.with(learning, recipe)
    }

    /// The finished members and one more.
    fn with(&self, last: Tower, recipe: &Recipe) -> Siamese {
        let finished = self.finished.iter().map(|set| set.member.clone());
        let members = finished.chain([last]).collect();
        Siamese::new(members, self.learner.head(), recipe.preparation)
            .with_augmentation(recipe.test_time_augmentation.clone())
            .calibrated(self.calibration)
    }

    /// Fits the head of the first member to pairs of training people, before anything is trained. A backbone separates
    /// people from the start, so its similarities should mean something from the start too.
    pub(super) fn fit_head(&mut self, (validation, dataset): (&ValidationSet, &Dataset)) {
        if let Some(head) = validation.fitted_head(&self.learner.tower(), dataset) {
            self.learner.set_head(head);
        }
    }

    /// The member that learns.
    pub(super) fn learner(&mut self) -> &mut Learner {
        &mut self.learner
    }

    /// What the member that learns takes of a face.
    pub(super) fn input(&self) -> &FaceInput {
        self.learner.input()
    }

    /// The optimiser of the member that learns.
    pub(super) fn adam(&self) -> &Adam {
        self.learner.adam()
    }

    /// Number of trained parameters of one member with its head.
    pub(super) fn parameters(&self) -> usize {
        self.learner.parameters()
    }

    /// Whether all weights are finite: a loss can still be finite when the step after it is not.
    pub(super) fn is_finite(&self) -> bool {
        let network = self.learner.network();
        let finite = |values: &[f32]| values.iter().all(|v| v.is_finite());
        let mut parameters = network.parameters().iter();
        parameters.all(|p| finite(&p.value)) && network.buffers().iter().all(|b| finite(&b.value))
    }
}

/// The learning rate at a step of one member, counted from 0.
fn rate(recipe: &Recipe, step: u64, epoch: Epoch, batches: usize) -> f32 {
    let steps = u64::from(recipe.epochs_of_member(epoch)) * batches as u64;
    recipe.learning_rate * recipe.schedule.factor(step, steps)
}

/// An untrained member, by its index.
fn first_weights(recipe: &Recipe, member: usize) -> Result<Learner, TrainError> {
    let seed = match member {
        0 => recipe.seed,
        _ => Seed(recipe.seed.stream(Purpose::Tower, member as u64).next_u64()),
    };
    // A checkpoint of another recipe may have more members: then the weights do not fit, and restoring them says so.
    let first = (&recipe.network, &recipe.input);
    let (network, input) = recipe.network_of(member).unwrap_or(first);
    let input = FaceInput::of(&recipe.preparation, input)?;
    Ok(Learner::new(network, input, recipe.loss, seed)?)
}
