//! The Siamese network in training: tower, head and optimiser, one batch at a time.
//!
//! Both towers of a pair are the same network, so all pictures of a batch go through it together, `[N, H·W]`, and comparisons
//! name rows of the result. A picture in several comparisons is embedded once. With dropout, which draws a mask for each
//! appearance, the caller repeats the picture ([`NetworkSpec::may_share`]).

use super::input::FaceInput;
use super::loss::{self, Comparison, LossSpec};
use super::siamese::Head;
use super::tower::Tower;
use crate::nn::adam::Adam;
use crate::nn::dense::dense;
use crate::nn::init;
use crate::nn::network::{Network, Parameter};
use crate::nn::profile::{self, Direction};
use crate::nn::spec::{LayerSpec, NetworkSpec, SpecError};
use crate::nn::tape::{Device, TapeError, TapeGradients, Var};
use crate::units::Seed;

/// What a step measured, before it changed the weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepReport {
    /// The loss.
    pub loss: f32,
    /// Weighted share of comparisons on the right side of similarity ½.
    pub accuracy: f32,
}

/// One batch.
#[derive(Debug, Clone)]
pub struct TrainBatch {
    /// What the network takes of each face: channels of its grey values `[N, 64·64·C]`, or features `[N, E]`.
    pub pictures: Vec<f32>,
    /// The person of each row, `[N]`: equal numbers mean one person.
    pub people: Vec<usize>,
    /// Which rows are compared.
    pub comparisons: Vec<Comparison>,
}

/// How far a step goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// Learning rate of the tower.
    pub tower: f32,
    /// Learning rate of the two numbers of the head.
    pub head: f32,
    /// Decoupled weight decay.
    pub decay: f32,
}

/// Steps between two clearings of the device's cache: rare enough to cost nothing, and a step leaves some megabytes.
const CACHED_STEPS: u64 = 16;

/// A Siamese network in training.
#[derive(Debug)]
pub struct Learner {
    network: Network,
    input: FaceInput,
    /// Weight and bias of the last unit, one number each.
    head: [Parameter; 2],
    adam: Adam,
    loss: LossSpec,
    seed: Seed,
    device: Device,
}

impl Learner {
    /// First weights of `spec` from `seed`, for a network that takes `input` of a face.
    ///
    /// # Errors
    /// [`SpecError`] if the description is not a network for this input.
    pub fn new(
        spec: &NetworkSpec,
        input: FaceInput,
        loss: LossSpec,
        seed: Seed,
    ) -> Result<Self, SpecError> {
        let network = Network::new(spec, input.extent(), seed)?;
        let head = head_parameters(first_head(&network, seed));
        let adam = Adam::new(network.parameters().iter().chain(&head));
        Ok(Self {
            network,
            input,
            head,
            adam,
            loss,
            seed,
            device: Device::new(),
        })
    }

    /// Steps taken so far.
    pub fn steps(&self) -> u64 {
        self.adam.steps
    }

    /// The network of the tower.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// What the network takes of a face.
    pub fn input(&self) -> &FaceInput {
        &self.input
    }

    /// The optimiser.
    pub fn adam(&self) -> &Adam {
        &self.adam
    }

    /// Number of trained numbers: tower and head.
    pub fn parameters(&self) -> usize {
        let all = self.network.parameters().iter().chain(&self.head);
        all.map(Parameter::len).sum()
    }

    /// Replaces weights and optimiser. The caller has checked that they fit.
    pub(super) fn replace(&mut self, network: Network, head: Head, adam: Adam) {
        self.network = network;
        self.head = head_parameters(head);
        self.adam = adam;
    }

    /// Learns from one batch: forward, backward, one step of Adam at `rates`.
    ///
    /// # Errors
    /// [`TapeError`] if memory runs out.
    pub fn step(&mut self, batch: TrainBatch, rates: Rates) -> Result<StepReport, TapeError> {
        let (report, mut grads) = self.forward(batch)?;
        self.update(&mut grads, rates);
        if self.adam.steps.is_multiple_of(CACHED_STEPS) {
            self.device.clear_cache()?;
        }
        Ok(report)
    }

    /// What a step would report, without learning from it.
    ///
    /// # Errors
    /// [`TapeError`] if memory runs out.
    pub fn measure(&mut self, batch: TrainBatch) -> Result<StepReport, TapeError> {
        // The pass moves the running averages of batch normalisation.
        let network = self.network.clone();
        let measured = self.forward(batch);
        self.network = network;
        measured.map(|(report, _)| report)
    }

    /// Replaces the head by one whose numbers are known to suit the embeddings.
    pub fn set_head(&mut self, head: Head) {
        self.head = head_parameters(head);
    }

    /// Loss and accuracy of a batch, and the gradients of the loss.
    fn forward(&mut self, batch: TrainBatch) -> Result<(StepReport, TapeGradients), TapeError> {
        let rows = batch.people.len();
        let features = self.network.input().features();
        let pictures = self.device.batch(batch.pictures, (rows, features))?;
        let embeddings = self
            .network
            .train(pictures.record(), self.seed, self.adam.steps)?;
        profile::label(|| "loss".to_owned());
        let comparisons = &batch.comparisons;
        let (loss, grads, logits) = match self.loss {
            LossSpec::PairCrossEntropy => self.descend_head(embeddings, comparisons)?,
            of_tower => {
                // The head learns from the same embeddings, but on a tape of its own that does not reach the tower.
                let values = embeddings.values();
                let detached = self.device.batch(values, embeddings.shape())?;
                let loss = tower_loss(of_tower, embeddings, comparisons, &batch.people)?;
                let value = loss.values()[0];
                let detached = detached.record_onto(loss.backward()?);
                let (_, grads, logits) = self.descend_head(detached, comparisons)?;
                (value, grads, logits)
            }
        };
        let right = comparisons
            .iter()
            .zip(logits)
            .filter(|(c, z)| c.same == (*z >= 0.0));
        let report = StepReport {
            loss,
            accuracy: right.map(|(c, _)| c.weight).sum(),
        };
        Ok((report, grads))
    }

    /// The cross-entropy of the comparisons, its gradients, and the logits.
    fn descend_head(
        &self,
        embeddings: Var,
        comparisons: &[Comparison],
    ) -> Result<(f32, TapeGradients, Vec<f32>), TapeError> {
        let [weight, bias] = &self.head;
        let distances = loss::distances(embeddings, comparisons)?;
        let logits = dense(distances, &weight.value, &bias.value)?;
        let values = logits.values();
        let loss = loss::cross_entropy(logits, comparisons)?;
        Ok((loss.values()[0], loss.backward()?, values))
    }

    fn update(&mut self, grads: &mut TapeGradients, rates: Rates) {
        let tower = self.network.parameters_mut().iter_mut();
        let tower = tower.map(|p| (p, rates.tower));
        let head = self.head.iter_mut().map(|p| (p, rates.head));
        profile::label(|| "optimiser".to_owned());
        profile::time(profile::current(), Direction::Forward, || {
            self.adam.step(tower.chain(head), grads, rates.decay);
        });
    }

    /// The head with its present weights.
    pub fn head(&self) -> Head {
        let [weight, bias] = self.head.each_ref().map(|p| p.value[0]);
        Head { weight, bias }
    }

    /// The tower with its present weights, without whitening.
    pub fn tower(&self) -> Tower {
        Tower::new(self.network.clone(), self.input.clone())
    }
}

fn head_parameters(head: Head) -> [Parameter; 2] {
    let parameter = |name: &str, shape: &[usize], value: f32| Parameter {
        name: name.to_owned(),
        shape: shape.to_vec(),
        value: [value].into(),
    };
    [
        parameter("head.weight", &[1, 1], head.weight),
        parameter("head.bias", &[1], head.bias),
    ]
}

/// The loss of the tower, where it is not the head's cross-entropy.
fn tower_loss(
    loss: LossSpec,
    embeddings: Var,
    comparisons: &[Comparison],
    people: &[usize],
) -> Result<Var, TapeError> {
    match loss {
        LossSpec::PairCrossEntropy => unreachable!("the head's own loss"),
        LossSpec::Contrastive { margin } => {
            let distances = loss::distances(embeddings, comparisons)?;
            loss::contrastive(distances, comparisons, margin)
        }
        LossSpec::Triplet { margin } => loss::batch_hard(embeddings, people, margin),
        LossSpec::SupervisedContrastive { temperature } => {
            loss::supervised_contrastive(embeddings, people, temperature)
        }
    }
}

/// The first weights of the head. The similarity must fall with the distance, but Glorot's random sign (as in Keras) makes it
/// fall only half of the time. On the unit sphere, where pictures of two people start near `d = 1`, the slope is steep enough
/// to use the whole range of similarities.
fn first_head(network: &Network, seed: Seed) -> Head {
    match network.spec().layers.last() {
        Some(LayerSpec::UnitNorm) => Head {
            weight: -6.0,
            bias: 5.0,
        },
        _ => Head {
            weight: -init::glorot_uniform(&[1, 1], seed, u64::MAX)[0].abs(),
            bias: 0.0,
        },
    }
}
