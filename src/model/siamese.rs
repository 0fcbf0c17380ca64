//! A trained Siamese network that embeds and compares.
//!
//! ```text
//! face a ──┐           ┌── embedding ──┐
//!          ├─ tower ───┤               ├─ d = ‖a − b‖ ── sigmoid(w·d + b) ── similarity
//! face b ──┘ (the same)└── embedding ──┘
//! ```
//!
//! A network may be an ensemble: several members, each with its own tower, trained one after another from different first
//! weights. Their embeddings are concatenated. The errors of the members on unseen people differ, so they partly cancel out
//! (Hansen and Salamon 1990, "Neural network ensembles"). From outside an ensemble is one network: a face has one embedding, two
//! faces have one distance.
//!
//! A network on a backbone takes features instead of grey values: the backbone, which is frozen, comes before the tower.

use super::augmentation::TestTimeAugmentation;
use super::embedding::{EmbeddedImages, Embedding};
use super::input::{self, FrozenBackbone};
use super::tower::Tower;
use crate::data::Dataset;
use crate::metrics::Logistic;
use crate::units::{Distance, ImageId, Similarity};
use crate::vision::{Face, Preparation};
use std::borrow::Cow;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Faces whose features a backbone makes between two calls of a watch: a second's work.
const FEATURED: usize = 64;
/// Blocks of the tower in a part of [`Siamese::embed_watched`]: so few that faces that are read back are still in memory
/// when the next member takes them.
const PARTS: usize = 8;

/// The last dense unit with its sigmoid: `similarity = 1 / (1 + exp(−(weight·d + bias)))`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Head {
    /// Below 0 once trained: the similarity falls with the distance.
    pub weight: f32,
    /// The similarity is ½ at `d = −bias/weight`.
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
    members: Arc<[Tower]>,
    head: Head,
    preparation: Preparation,
    augmentation: TestTimeAugmentation,
    /// Replaces the head, which is overconfident because it was fitted to the training people. With it a similarity of 0.87
    /// means: if as many pairs are mated as not, 87 % of the pairs at this distance show one person.
    calibration: Option<Logistic>,
}

impl Siamese {
    /// A snapshot of the members, in the order of training, for faces prepared by `preparation`; `head` is that of the last
    /// member.
    ///
    /// # Panics
    /// If there is no member.
    pub fn new(members: Vec<Tower>, head: Head, preparation: Preparation) -> Self {
        assert!(!members.is_empty(), "a network has at least one member");
        Self {
            members: members.into(),
            head,
            preparation,
            augmentation: TestTimeAugmentation::default(),
            calibration: None,
        }
    }

    /// The same network with this test-time augmentation.
    #[must_use]
    pub fn with_augmentation(self, augmentation: TestTimeAugmentation) -> Self {
        Self {
            augmentation,
            ..self
        }
    }

    /// The same network with this calibration, or with the similarities of the head.
    #[must_use]
    pub fn calibrated(self, calibration: Option<Logistic>) -> Self {
        Self {
            calibration,
            ..self
        }
    }

    /// Embeds faces, in their order. A network on a backbone takes the features of a face; where a face has none, the backbone
    /// makes them of its colours, and of a face without colours zeros.
    ///
    /// # Panics
    /// If the network stands on a backbone that was not loaded. Opening a model checks it.
    pub fn embed(&self, faces: &[Face]) -> Vec<Embedding> {
        let faces = &*self.with_features(faces);
        let embed = |member: &Tower| member.embed(faces, &self.augmentation);
        let by_member: Vec<Vec<Embedding>> = self.members.iter().map(embed).collect();
        let joined = |face: usize| {
            let parts: Vec<&Embedding> = by_member.iter().map(|of| &of[face]).collect();
            Embedding::joined(&parts)
        };
        (0..faces.len()).map(joined).collect()
    }

    /// The faces with the features of the network's backbone, if it has one; where a face has none, they are made.
    ///
    /// # Panics
    /// If the backbone was not loaded. Opening a model checks it.
    pub fn with_features<'a>(&self, faces: &'a [Face]) -> Cow<'a, [Face]> {
        match input::with_features(faces, &self.preparation) {
            Some(featured) => Cow::Owned(featured),
            None => Cow::Borrowed(faces),
        }
    }

    /// Embeds each of these pictures of a data set once.
    pub fn embed_images(
        &self,
        dataset: &Dataset,
        images: impl IntoIterator<Item = ImageId>,
    ) -> EmbeddedImages {
        EmbeddedImages::of(dataset, images, |faces| self.embed(faces))
    }

    /// The same in parts, with a report: `watch` is called before each part with the number of embedded pictures and of all.
    /// `None` if it answers [`ControlFlow::Break`].
    pub fn embed_images_watched(
        &self,
        dataset: &Dataset,
        images: impl IntoIterator<Item = ImageId>,
        mut watch: impl FnMut(usize, usize) -> ControlFlow<()>,
    ) -> Option<EmbeddedImages> {
        let mut stopped = false;
        let embedded = EmbeddedImages::of(dataset, images, |faces| {
            let watch = |done| watch(done, faces.len());
            self.embed_watched(faces, watch).unwrap_or_else(|| {
                stopped = true;
                Vec::new()
            })
        });
        (!stopped).then_some(embedded)
    }

    /// Embeds faces as [`embed`](Self::embed) does, in parts: `watch` is called before each part with the number of embedded
    /// faces, and more often while a backbone makes their features. `None` if it answers [`ControlFlow::Break`].
    ///
    /// # Panics
    /// As [`embed`](Self::embed).
    pub fn embed_watched(
        &self,
        faces: &[Face],
        mut watch: impl FnMut(usize) -> ControlFlow<()>,
    ) -> Option<Vec<Embedding>> {
        let mut embeddings = Vec::with_capacity(faces.len());
        for part in faces.chunks(self.part()) {
            let few = self.preparation.backbone.map_or(part.len(), |_| FEATURED);
            let mut featured: Vec<Face> = Vec::with_capacity(part.len());
            for few in part.chunks(few) {
                if watch(embeddings.len() + featured.len()).is_break() {
                    return None;
                }
                featured.extend_from_slice(&self.with_features(few));
            }
            embeddings.extend(self.embed(&featured));
        }
        Some(embeddings)
    }

    /// How many faces [`embed_watched`](Self::embed_watched) embeds together. Many faces in parts of as many give the same
    /// bits as all at once, because the same faces are computed together.
    pub fn part(&self) -> usize {
        PARTS * Tower::faces_at_once(&self.augmentation)
    }

    /// The similarity at a distance: calibrated if there is a calibration, otherwise the head's.
    pub fn similarity(&self, distance: Distance) -> Similarity {
        match self.calibration {
            Some(logistic) => Similarity(logistic.probability(distance.0) as f32),
            None => self.head.similarity(distance),
        }
    }

    /// Its test-time augmentation.
    pub fn augmentation(&self) -> &TestTimeAugmentation {
        &self.augmentation
    }

    /// Its calibration, from distance to similarity.
    pub fn calibration(&self) -> Option<Logistic> {
        self.calibration
    }

    /// Number of trained numbers: members and head.
    pub fn parameters(&self) -> usize {
        self.members.iter().map(Tower::parameters).sum::<usize>() + 2
    }

    /// The frozen backbone before its towers, if it has one that is loaded.
    pub fn backbone(&self) -> Option<FrozenBackbone> {
        FrozenBackbone::with_hash(self.preparation.backbone?).ok()
    }

    /// How a photo is prepared for this network.
    pub fn preparation(&self) -> &Preparation {
        &self.preparation
    }

    /// The towers of its members, in the order of training. A network that is no ensemble has one.
    pub fn members(&self) -> &[Tower] {
        &self.members
    }

    /// The member that was trained last, or still is.
    pub fn last_member(&self) -> &Tower {
        &self.members[self.members.len() - 1]
    }

    /// The head of the last member.
    pub fn head(&self) -> Head {
        self.head
    }
}
