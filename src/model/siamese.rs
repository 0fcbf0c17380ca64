//! A trained Siamese network that embeds and compares.
//!
//! ```text
//! face a ──┐           ┌── embedding ──┐
//!          ├─ tower ───┤               ├─ d = ‖a − b‖ ── sigmoid(w·d + b) ── similarity
//! face b ──┘ (the same)└── embedding ──┘
//! ```

use super::views::Views;
use super::whitening::Whitening;
use crate::data::Dataset;
use crate::metrics::Logistic;
use crate::nn::infer::Inference;
use crate::nn::network::Network;
use crate::nn::spec::{Extent, LayerSpec};
use crate::nn::unit_norm;
use crate::units::{Distance, ImageId, Similarity};
use crate::vision::Preparation;
use crate::vision::{Face, SIDE};
use std::sync::Arc;

/// Views embedded at once: bounds the memory, and is enough to keep all cores busy.
const FACES_AT_ONCE: usize = 256;

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

/// How a finished network's embeddings are read. The tower and its head know only the training people; what is right for
/// strangers is found out after each epoch, on people that do not train.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Readout {
    /// Takes the embeddings to where distances are compared.
    pub whitening: Option<Whitening>,
    /// Takes the place of the head, whose sigmoid is too sure of itself: it was fitted to people that the network knows. With
    /// it a similarity of 0.87 means that of pictures this far apart, if as many pairs are mated as not, 87 % show one person.
    pub calibration: Option<Logistic>,
}

/// An immutable snapshot of the network; cloning it is free.
#[derive(Debug, Clone)]
pub struct Siamese {
    network: Arc<Network>,
    inference: Arc<Inference>,
    head: Head,
    preparation: Preparation,
    views: Views,
    readout: Readout,
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
            views: Views::default(),
            readout: Readout::default(),
        }
    }

    /// Looking at each face in several ways.
    #[must_use]
    pub fn with_views(self, views: Views) -> Self {
        Self { views, ..self }
    }

    /// Its embeddings read otherwise.
    #[must_use]
    pub fn with_readout(self, readout: Readout) -> Self {
        Self { readout, ..self }
    }

    /// Embeds faces, in their order: the mean over their views, of length 1 again if the tower's embeddings are, whitened.
    pub fn embed(&self, faces: &[Face]) -> Vec<Embedding> {
        let count = self.views.count();
        let block = (FACES_AT_ONCE / count).max(1);
        faces
            .chunks(block)
            .flat_map(|faces| self.embed_block(faces))
            .collect()
    }

    fn embed_block(&self, faces: &[Face]) -> Vec<Embedding> {
        let views: Vec<Face> = faces.iter().flat_map(|face| self.views.of(face)).collect();
        let pictures: Vec<f32> = views
            .iter()
            .flat_map(|f| f.pixels().iter().copied())
            .collect();
        let (values, size) = (self.inference.embed(&pictures), self.network.embedding());
        let mut means: Vec<f32> = Vec::with_capacity(faces.len() * size);
        for views in values.chunks_exact(size * self.views.count()) {
            let sum = |place: usize| views.iter().skip(place).step_by(size).sum::<f32>();
            means.extend((0..size).map(|place| sum(place) / self.views.count() as f32));
        }
        let unit = matches!(self.network.spec().layers.last(), Some(LayerSpec::UnitNorm));
        if unit && self.views.count() > 1 {
            unit_norm::normalise(&mut means, size);
        }
        let read = |values: &[f32]| {
            let embedding = Embedding(values.into());
            match &self.readout.whitening {
                Some(whitening) => whitening.apply(&embedding),
                None => embedding,
            }
        };
        means.chunks_exact(size).map(read).collect()
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
        match self.readout.calibration {
            Some(logistic) => Similarity(logistic.probability(distance.0) as f32),
            None => self.head.similarity(distance),
        }
    }

    /// In how many ways it looks at a face.
    pub fn views(&self) -> &Views {
        &self.views
    }

    /// How its embeddings are read.
    pub fn readout(&self) -> &Readout {
        &self.readout
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
