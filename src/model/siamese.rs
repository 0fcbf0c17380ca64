//! A trained Siamese network that embeds and compares.
//!
//! ```text
//! face a ──┐           ┌── embedding ──┐
//!          ├─ tower ───┤               ├─ d = ‖a − b‖ ── sigmoid(w·d + b) ── similarity
//! face b ──┘ (the same)└── embedding ──┘
//! ```
//!
//! A recipe may ask for more than one tower ([`Recipe::tower_epochs`](crate::train::Recipe)): each learns by itself, one after
//! another, from other first weights, and their embeddings stand side by side. What towers get wrong of strangers is partly
//! their own, and cancels out (Hansen and Salamon 1990, "Neural network ensembles"). All the rest is as with one: a face has
//! an embedding, and two have a distance.

use super::augmentation::TestTimeAugmentation;
use super::embedding::{EmbeddedImages, Embedding};
use super::tower::Tower;
use crate::data::Dataset;
use crate::metrics::Logistic;
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
    towers: Arc<[Tower]>,
    head: Head,
    preparation: Preparation,
    views: TestTimeAugmentation,
    /// Takes the place of the head, whose sigmoid is too sure of itself: it was fitted to people that the network knows. With
    /// it a similarity of 0.87 means that of pictures this far apart, if as many pairs are mated as not, 87 % show one person.
    calibration: Option<Logistic>,
}

impl Siamese {
    /// A snapshot of the finished towers and the one that learns, which comes last and whose head this is, for faces prepared
    /// by `preparation`.
    ///
    /// # Panics
    /// If there is no tower.
    pub fn new(towers: Vec<Tower>, head: Head, preparation: Preparation) -> Self {
        assert!(!towers.is_empty(), "a network has a tower");
        Self {
            towers: towers.into(),
            head,
            preparation,
            views: TestTimeAugmentation::default(),
            calibration: None,
        }
    }

    /// Looking at each face in several ways.
    #[must_use]
    pub fn with_views(self, views: TestTimeAugmentation) -> Self {
        Self { views, ..self }
    }

    /// Its distances read otherwise than by the head.
    #[must_use]
    pub fn calibrated(self, calibration: Option<Logistic>) -> Self {
        Self {
            calibration,
            ..self
        }
    }

    /// Embeds faces, in their order.
    pub fn embed(&self, faces: &[Face]) -> Vec<Embedding> {
        let by_tower: Vec<Vec<Embedding>> = self
            .towers
            .iter()
            .map(|tower| tower.embed(faces, &self.views))
            .collect();
        let joined = |face: usize| {
            let parts: Vec<&Embedding> = by_tower.iter().map(|of| &of[face]).collect();
            Embedding::joined(&parts)
        };
        (0..faces.len()).map(joined).collect()
    }

    /// Embeds each of these pictures of a data set once.
    pub fn embed_images(
        &self,
        dataset: &Dataset,
        images: impl IntoIterator<Item = ImageId>,
    ) -> EmbeddedImages {
        EmbeddedImages::of(dataset, images, |faces| self.embed(faces))
    }

    /// The similarity at a distance: calibrated where it can be, otherwise the head's.
    pub fn similarity(&self, distance: Distance) -> Similarity {
        match self.calibration {
            Some(logistic) => Similarity(logistic.probability(distance.0) as f32),
            None => self.head.similarity(distance),
        }
    }

    /// In how many ways it looks at a face.
    pub fn views(&self) -> &TestTimeAugmentation {
        &self.views
    }

    /// How its distances are read.
    pub fn calibration(&self) -> Option<Logistic> {
        self.calibration
    }

    /// Trained numbers: towers and head.
    pub fn parameters(&self) -> usize {
        self.towers.iter().map(Tower::parameters).sum::<usize>() + 2
    }

    /// How a photo must be prepared for this network.
    pub fn preparation(&self) -> &Preparation {
        &self.preparation
    }

    /// All towers, in the order in which they were trained.
    pub fn towers(&self) -> &[Tower] {
        &self.towers
    }

    /// The last tower, the one that learns or learnt last.
    pub fn tower(&self) -> &Tower {
        &self.towers[self.towers.len() - 1]
    }

    /// The head of the last tower.
    pub fn head(&self) -> Head {
        self.head
    }
}
