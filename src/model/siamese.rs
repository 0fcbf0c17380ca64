//! A trained Siamese network that embeds and compares.
//!
//! ```text
//! face a ──┐           ┌── embedding ──┐
//!          ├─ tower ───┤               ├─ d = ‖a − b‖ ── sigmoid(w·d + b) ── similarity
//! face b ──┘ (the same)└── embedding ──┘
//! ```

use crate::nn::infer::Inference;
use crate::nn::network::Network;
use crate::nn::spec::Extent;
use crate::units::{Distance, Similarity};
use crate::vision::Preparation;
use crate::vision::{Face, SIDE};
use std::sync::Arc;

/// Extent of a prepared face.
pub const FACE: Extent = Extent {
    height: SIDE,
    width: SIDE,
    channels: 1,
};

/// What the tower makes of a face, `[E]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding(pub Arc<[f32]>);

impl Embedding {
    /// `‖a − b‖ = √Σ(aᵢ − bᵢ)²`; exactly 0 for identical embeddings, NaN if either holds one.
    ///
    /// # Panics
    /// If the two come from networks with embeddings of different length.
    pub fn distance(&self, other: &Self) -> Distance {
        assert_eq!(
            self.0.len(),
            other.0.len(),
            "embeddings of one network have one length"
        );
        let square: f32 = self
            .0
            .iter()
            .zip(other.0.iter())
            .map(|(a, b)| (a - b) * (a - b))
            .sum();
        Distance(square.sqrt())
    }
}

/// The last dense unit with its sigmoid: `similarity = 1 / (1 + exp(−(weight·d + bias)))`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Head {
    /// Below 0 once trained: the further apart, the less alike.
    pub weight: f32,
    /// Where the similarity is ½: at `d = −bias/weight`.
    pub bias: f32,
}

impl Head {
    /// The similarity at a distance.
    pub fn similarity(self, distance: Distance) -> Similarity {
        Similarity(1.0 / (1.0 + (-(self.weight * distance.0 + self.bias)).exp()))
    }
}

/// An immutable snapshot of the network; cloning it is free.
#[derive(Debug, Clone)]
pub struct Siamese {
    network: Arc<Network>,
    inference: Arc<Inference>,
    head: Head,
    preparation: Preparation,
}

impl Siamese {
    /// A snapshot of `network` and `head`, for faces prepared by `preparation`.
    pub fn new(network: Network, head: Head, preparation: Preparation) -> Self {
        let inference = Arc::new(Inference::new(&network));
        Self {
            network: Arc::new(network),
            inference,
            head,
            preparation,
        }
    }

    /// Embeds faces, in their order.
    pub fn embed(&self, faces: &[Face]) -> Vec<Embedding> {
        let pictures: Vec<f32> = faces
            .iter()
            .flat_map(|f| f.pixels().iter().copied())
            .collect();
        let values = self.inference.embed(&pictures);
        values
            .chunks_exact(self.network.embedding())
            .map(|e| Embedding(e.into()))
            .collect()
    }

    /// The similarity at a distance.
    pub fn similarity(&self, distance: Distance) -> Similarity {
        self.head.similarity(distance)
    }

    /// Trained numbers: tower and head.
    pub fn parameters(&self) -> usize {
        self.network
            .parameters()
            .iter()
            .map(|p| p.len())
            .sum::<usize>()
            + 2
    }

    /// How a photo must be prepared for this network.
    pub fn preparation(&self) -> &Preparation {
        &self.preparation
    }

    /// The tower.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The tower as compiled for inference.
    pub fn inference(&self) -> &Inference {
        &self.inference
    }

    /// The head.
    pub fn head(&self) -> Head {
        self.head
    }
}
