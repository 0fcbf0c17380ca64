//! The towers of a network under training: one that learns, and those that have.
//!
//! Where the recipe says so, a tower is finished after some epochs, and the next begins from other first weights, with a
//! schedule of its own; what the network makes of a face is what all of them do, side by side. One after another rather than
//! side by side, because then a step takes no longer than with one, the memory does not grow, and whoever has seen enough
//! after the first may stop there. What a tower starts from follows from the recipe's seed and its place, so a training can
//! be resumed in any of them.

use super::error::TrainError;
use super::recipe::Recipe;
use super::run_dir::RunError;
use super::validation::{Material, Reading, Verdict};
use crate::data::Dataset;
use crate::metrics::Logistic;
use crate::model::checkpoint::{EpochProgress, Saved};
use crate::model::{Learner, Rates, Siamese, Tower, Whitening};
use crate::nn::adam::Adam;
use crate::units::{Epoch, Purpose, Seed};
use rand::Rng;
use std::path::Path;

/// What one validation says: of the last tower alone, and of all together.
#[derive(Debug)]
pub(super) struct Judged {
    /// The head's, of the last tower.
    pub(super) loss: f32,
    /// The head's, of the last tower.
    pub(super) accuracy: f32,
    /// Of all together.
    pub(super) verdict: Verdict,
    /// All together, read accordingly.
    pub(super) model: Siamese,
}

/// All towers so far.
#[derive(Debug)]
pub(super) struct Towers {
    finished: Vec<Reading>,
    learner: Learner,
    /// Of the one that learns, by the last validation.
    whitening: Option<Whitening>,
    /// Of all, by the last validation.
    calibration: Option<Logistic>,
}

impl Towers {
    /// The first one, with its first weights.
    pub(super) fn new(recipe: &Recipe) -> Result<Self, TrainError> {
        Ok(Self {
            finished: Vec::new(),
            learner: first_weights(recipe, 0)?,
            whitening: None,
            calibration: None,
        })
    }

    /// Those of a checkpoint; answers how far the training was.
    pub(super) fn restore(
        &mut self,
        recipe: &Recipe,
        (saved, path): (Saved, &Path),
        (material, dataset): (&Material, &Dataset),
    ) -> Result<EpochProgress, TrainError> {
        let towers = saved.model.members();
        let finished = &towers[..towers.len() - 1];
        let look = |tower: &Tower| material.look(tower.clone(), &recipe.views, dataset);
        self.finished = finished.iter().map(look).collect();
        self.whitening = saved.model.last_member().whitening().cloned();
        self.calibration = saved.model.calibration();
        self.learner = first_weights(recipe, finished.len())?;
        let progress = self.learner.restore(saved, path).map_err(RunError::from)?;
        Ok(progress)
    }

    /// Finishes the tower that learnt and begins the next, if it is time for that.
    pub(super) fn begin(
        &mut self,
        recipe: &Recipe,
        epoch: Epoch,
        (material, dataset): (&Material, &Dataset),
    ) -> Result<(), TrainError> {
        if self.finished.len() < recipe.tower_of(epoch) {
            let tower = self.learner.tower().whitened(self.whitening.take());
            let finished = material.look(tower, &recipe.views, dataset);
            self.finished.push(finished);
            self.learner = first_weights(recipe, self.finished.len())?;
        }
        Ok(())
    }

    /// How far the next step goes, in `epoch` of `batches`.
    pub(super) fn rates(&self, recipe: &Recipe, epoch: Epoch, batches: usize) -> Rates {
        let tower = rate(recipe, self.learner.steps(), epoch, batches);
        Rates {
            tower,
            head: tower * recipe.head_rate,
            decay: recipe.weight_decay,
        }
    }

    /// The learning rate of the step before, the one that led here. Computed, not remembered: a training may be resumed after
    /// an epoch's last batch and before its validation.
    pub(super) fn last_rate(&self, recipe: &Recipe, epoch: Epoch, batches: usize) -> f32 {
        rate(
            recipe,
            self.learner.steps().saturating_sub(1),
            epoch,
            batches,
        )
    }

    /// Lets all of them be judged; from now on they are read accordingly.
    pub(super) fn judge(
        &mut self,
        recipe: &Recipe,
        (material, dataset): (&Material, &Dataset),
    ) -> Judged {
        let head = self.learner.head();
        let tower = self.learner.tower();
        let raw = material.look(tower, &recipe.views, dataset);
        let (loss, accuracy) = material.head_figures(head, &raw);
        let last = material.whiten(raw, &recipe.views, dataset, recipe.whitening);
        let readings: Vec<&Reading> = self.finished.iter().chain([&last]).collect();
        let verdict = material.judge(&readings, head);
        self.whitening = last.tower.whitening().cloned();
        self.calibration = verdict.calibration;
        Judged {
            loss,
            accuracy,
            verdict,
            model: self.with(last.tower, recipe),
        }
    }

    /// The network as it stands, read as the last validation found best.
    pub(super) fn model(&self, recipe: &Recipe) -> Siamese {
        let learning = self.learner.tower().whitened(self.whitening.clone());
        self.with(learning, recipe)
    }

    /// The finished towers and one more.
    fn with(&self, last: Tower, recipe: &Recipe) -> Siamese {
        let finished = self.finished.iter().map(|reading| reading.tower.clone());
        let towers = finished.chain([last]).collect();
        Siamese::new(towers, self.learner.head(), recipe.preparation)
            .with_augmentation(recipe.views.clone())
            .calibrated(self.calibration)
    }

    /// The one that learns.
    pub(super) fn learner(&mut self) -> &mut Learner {
        &mut self.learner
    }

    /// The optimiser of the one that learns.
    pub(super) fn adam(&self) -> &Adam {
        self.learner.adam()
    }

    /// Trained numbers of one tower with its head.
    pub(super) fn parameters(&self) -> usize {
        self.learner.parameters()
    }

    /// A loss can still be a number when the step it led to left none.
    pub(super) fn is_sound(&self) -> bool {
        let network = self.learner.network();
        let finite = |values: &[f32]| values.iter().all(|v| v.is_finite());
        let mut parameters = network.parameters().iter();
        parameters.all(|p| finite(&p.value)) && network.buffers().iter().all(|b| finite(&b.value))
    }
}

/// The tower's learning rate at a step of its own, counted from 0.
fn rate(recipe: &Recipe, step: u64, epoch: Epoch, batches: usize) -> f32 {
    let steps = u64::from(recipe.epochs_of_tower(epoch)) * batches as u64;
    recipe.learning_rate * recipe.schedule.factor(step, steps)
}

/// The tower at `place`, untrained.
fn first_weights(recipe: &Recipe, place: usize) -> Result<Learner, TrainError> {
    let seed = match place {
        0 => recipe.seed,
        _ => Seed(recipe.seed.stream(Purpose::Tower, place as u64).next_u64()),
    };
    // A checkpoint of another recipe may have more: the weights then do not fit, which is said when they are put in.
    let network = recipe.network_of(place).unwrap_or(&recipe.network);
    Ok(Learner::new(network, recipe.loss, seed)?)
}
