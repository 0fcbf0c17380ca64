//! A trained Siamese network that embeds and compares.
//!
//! The sigmoid that training leaves is too sure of itself: it was fitted to people that the network knows. Where there
//! are validation people, a logistic fitted to their distances takes its place when the network answers
//! ([`Siamese::calibrated`]), so that a similarity of 0.87 means: of pictures this far apart, half of all pairs being
//! mated, 87 % show one person.
//!
//! ```text
//! face a ──┐           ┌── embedding ──┐
//!          ├─ tower ───┤               ├─ d = ‖a − b‖ ── sigmoid(w·d + b) ── similarity
//! face b ──┘ (the same)└── embedding ──┘
//! ```

use crate::data::Dataset;
use crate::metrics::Logistic;
use crate::nn::infer::Inference;
use crate::nn::network::Network;
use crate::nn::spec::Extent;
use crate::units::{Distance, ImageId, Similarity};
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
    calibration: Option<Logistic>,
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
            calibration: None,
            preparation,
        }
    }

    /// With similarities that are probabilities by `calibration`; `None` leaves them to the head.
    #[must_use]
    pub fn calibrated(self, calibration: Option<Logistic>) -> Self {
        Self {
            calibration,
            ..self
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

    /// Embeds each of these pictures of a data set once; the places of the others stay empty.
    pub fn embed_images(
        &self,
        dataset: &Dataset,
        images: impl IntoIterator<Item = ImageId>,
    ) -> Vec<Option<Embedding>> {
        let mut wanted = vec![false; dataset.images.len()];
        images.into_iter().for_each(|id| wanted[id.0] = true);
        let ids: Vec<usize> = (0..wanted.len()).filter(|&i| wanted[i]).collect();
        let face = |&i: &usize| dataset.face(ImageId(i)).clone();
        let faces: Vec<Face> = ids.iter().map(face).collect();
        let mut embeddings = vec![None; wanted.len()];
        for (id, embedding) in ids.into_iter().zip(self.embed(&faces)) {
            embeddings[id] = Some(embedding);
        }
        embeddings
    }

    /// The similarity at a distance: calibrated where it can be, otherwise the head's.
    pub fn similarity(&self, distance: Distance) -> Similarity {
        match self.calibration {
            Some(logistic) => Similarity(logistic.probability(distance.0) as f32),
            None => self.head.similarity(distance),
        }
    }

    /// What makes similarities probabilities, if anything does.
    pub fn calibration(&self) -> Option<Logistic> {
        self.calibration
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
