//! The Siamese network while it learns: tower, head and optimiser, one batch at a time.
//!
//! Both towers are one: all pictures of a batch go through the network together, `[N, H·W]`, and comparisons name rows
//! of the result. A picture that stands in several comparisons is therefore embedded once, unless the caller repeats
//! it, as it must where dropout draws a mask for each appearance ([`NetworkSpec::may_share`]).

use super::loss::{self, LossSpec};
use super::siamese::{FACE, Head};
use super::tower::Tower;
use crate::nn::adam::Adam;
use crate::nn::dense::dense;
use crate::nn::init;
use crate::nn::network::{Network, Parameter};
use crate::nn::profile::{self, Way};
use crate::nn::spec::{LayerSpec, NetworkSpec, SpecError};
use crate::nn::tape::{Batch, Grads, Recording};
use crate::units::Seed;
use dfdx::tensor::{Cache, Cpu, CpuError, Gradients, TensorFromVec, Trace};
use dfdx::tensor_ops::{Backward, ReshapeTo};

/// Two rows of a batch, whether they show one person, and what the comparison weighs in the loss.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// Row of the first picture.
    pub a: usize,
    /// Row of the second.
    pub b: usize,
    /// Whether both show one person.
    pub same: bool,
    /// Weights of a batch add up to 1.
    pub weight: f32,
}

/// What a step saw, before it changed the weights.
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
    /// Pixels `[N, 64·64]`.
    pub pictures: Vec<f32>,
    /// Whose picture each row is (an index without further meaning), `[N]`.
    pub people: Vec<usize>,
    /// What is compared.
    pub comparisons: Vec<Comparison>,
}

/// After so many steps the cache of freed tensors is cleared: rare enough to cost nothing, and a step leaves some megabytes.
const CACHED_STEPS: u64 = 16;

/// A Siamese network in training.
#[derive(Debug)]
pub struct Learner {
    network: Network,
    /// Weight and bias of the last unit, one number each.
    head: [Parameter; 2],
    adam: Adam,
    loss: LossSpec,
    seed: Seed,
    device: Cpu,
}

impl Learner {
    /// First weights of `spec` from `seed`.
    ///
    /// # Errors
    /// [`SpecError`] if the description is not a network for faces.
    pub fn new(spec: &NetworkSpec, loss: LossSpec, seed: Seed) -> Result<Self, SpecError> {
        let network = Network::new(spec, FACE, seed)?;
        let device = Cpu::default();
        // Batches of one size ask for the same tensors each time: kept, they need not be fetched from the system, page by
        // page, at every step. What comes in by `tensor_from_vec` and is never asked for again, such as the pictures, would
        // pile up there, so `step` clears it now and then.
        device.enable_cache();
        let head = first_head(&network, seed);
        let scalar = |name: &str, shape: &[usize], value: f32| Parameter {
            name: name.to_owned(),
            shape: shape.to_vec(),
            value: device.tensor_from_vec(vec![value], (1,)),
        };
        let head = [
            scalar("head.weight", &[1, 1], head.weight),
            scalar("head.bias", &[1], head.bias),
        ];
        let adam = Adam::new(network.parameters().iter().chain(&head));
        Ok(Self {
            network,
            head,
            adam,
            loss,
            seed,
            device,
        })
    }

    /// Steps taken so far.
    pub fn steps(&self) -> u64 {
        self.adam.steps
    }

    /// The tower.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The optimiser.
    pub fn adam(&self) -> &Adam {
        &self.adam
    }

    /// Trained numbers: tower and head.
    pub fn parameters(&self) -> usize {
        self.network
            .parameters()
            .iter()
            .chain(&self.head)
            .map(|p| p.len())
            .sum()
    }

    /// Puts weights and optimiser in place of the present ones. The caller has checked that they fit.
    pub(super) fn replace(&mut self, network: Network, head: Head, adam: Adam) {
        let Head { weight, bias } = head;
        self.network = network;
        self.adam = adam;
        for (parameter, value) in self.head.iter_mut().zip([weight, bias]) {
            parameter.value = self.device.tensor_from_vec(vec![value], (1,));
        }
    }

    /// Learns from one batch: forward, backward, one step of Adam at `rates`.
    ///
    /// # Errors
    /// [`CpuError`] if memory runs out.
    pub fn step(&mut self, batch: TrainBatch, rates: Rates) -> Result<StepReport, CpuError> {
        let rows = batch.people.len();
        let pictures = self
            .device
            .try_tensor_from_vec(batch.pictures, (rows, FACE.features()))?;
        let embeddings = self.network.train(
            pictures.traced(Gradients::leaky()),
            self.seed,
            self.adam.steps,
        )?;
        let comparisons = &batch.comparisons;
        profile::label(|| "loss".to_owned());
        let (loss, mut grads, logits) = match self.loss {
            LossSpec::PairCrossEntropy => {
                let logits = self.logits(embeddings, comparisons)?;
                let values = logits.as_vec();
                let (loss, grads) = descend(loss::cross_entropy(logits, comparisons)?)?;
                (loss, grads, values)
            }
            of_tower => {
                let apart = self
                    .device
                    .try_tensor_from_vec(embeddings.as_vec(), (rows, self.network.embedding()))?;
                let (loss, grads) = descend(tower_loss(
                    of_tower,
                    embeddings,
                    comparisons,
                    &batch.people,
                )?)?;
                let logits = self.logits(apart.traced(grads), comparisons)?;
                let values = logits.as_vec();
                let (_, grads) = descend(loss::cross_entropy(logits, comparisons)?)?;
                (loss, grads, values)
            }
        };
        let tower = self
            .network
            .parameters_mut()
            .iter_mut()
            .map(|p| (p, rates.tower));
        let head = self.head.iter_mut().map(|p| (p, rates.head));
        profile::label(|| "optimiser".to_owned());
        profile::time(profile::place(), Way::There, || {
            self.adam.step(tower.chain(head), &mut grads, rates.decay)
        })?;
        if self.adam.steps.is_multiple_of(CACHED_STEPS) {
            self.device.try_empty_cache()?;
        }
        let right = comparisons
            .iter()
            .zip(logits)
            .filter(|(c, z)| c.same == (*z >= 0.0));
        Ok(StepReport {
            loss,
            accuracy: right.map(|(c, _)| c.weight).sum(),
        })
    }

    fn logits(
        &self,
        e: Batch<Recording>,
        comparisons: &[Comparison],
    ) -> Result<Batch<Recording>, CpuError> {
        dense(
            loss::distances(e, comparisons)?,
            &self.head[0].value,
            &self.head[1].value,
        )
    }

    /// The head as it stands.
    pub fn head(&self) -> Head {
        let [weight, bias] = self.head.each_ref().map(|p| p.value.as_vec()[0]);
        Head { weight, bias }
    }

    /// The tower as it stands, its embeddings not yet read in any way.
    pub fn tower(&self) -> Tower {
        Tower::new(self.network.clone())
    }
}

/// How far a step goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// Learning rate of the tower.
    pub tower: f32,
    /// Learning rate of the head's two numbers.
    pub head: f32,
    /// Decoupled weight decay.
    pub decay: f32,
}

/// The loss that moves the tower, where it is not the head's own.
fn tower_loss(
    loss: LossSpec,
    embeddings: Batch<Recording>,
    comparisons: &[Comparison],
    people: &[usize],
) -> Result<Batch<Recording>, CpuError> {
    let of_pairs = |embeddings| loss::distances(embeddings, comparisons);
    match loss {
        LossSpec::PairCrossEntropy => unreachable!("the head's own loss"),
        LossSpec::Contrastive { margin } => {
            loss::contrastive(of_pairs(embeddings)?, comparisons, margin)
        }
        LossSpec::Triplet { margin } => loss::batch_hard(embeddings, people, margin),
        LossSpec::SupervisedContrastive { temperature } => {
            loss::supervised_contrastive(embeddings, people, temperature)
        }
    }
}

fn descend(loss: Batch<Recording>) -> Result<(f32, Grads), CpuError> {
    let value = loss.as_vec()[0];
    Ok((value, loss.try_reshape_like(&())?.try_backward()?))
}

/// Where the head starts: falling with the distance, which a random sign (Glorot's, in Keras) gives only every other
/// time. On the unit sphere, where strangers start near `d = 1`, steep enough to use the whole range of similarities.
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
