//! The tower of a network, ready to embed.

use super::augmentation::TestTimeAugmentation;
use super::embedding::Embedding;
use super::input::FaceInput;
use super::whitening::Whitening;
use crate::nn::infer::Inference;
use crate::nn::network::Network;
use crate::nn::spec::LayerSpec;
use crate::nn::unit_norm;
use crate::vision::Face;
use rayon::prelude::*;
use std::sync::{Arc, OnceLock};

/// Pictures embedded at once: few enough to bound the memory, many enough to keep all cores busy.
const PICTURES_AT_ONCE: usize = 256;

/// A network with the whitening of its embeddings. Cloning it is free.
#[derive(Debug, Clone)]
pub struct Tower {
    network: Arc<Network>,
    input: FaceInput,
    /// Compiled at the first use: a snapshot that is only saved does not need it.
    inference: Arc<OnceLock<Inference>>,
    /// Applied to the embeddings before distances are computed. It is fitted after each epoch.
    whitening: Option<Whitening>,
}

impl Tower {
    /// A snapshot of `network`, which takes `input` of a face.
    ///
    /// # Panics
    /// If the network was built for another extent.
    pub fn new(network: Network, input: FaceInput) -> Self {
        assert_eq!(network.input(), input.extent(), "the input of the network");
        Self {
            network: Arc::new(network),
            input,
            inference: Arc::default(),
            whitening: None,
        }
    }

    /// The same tower with this whitening.
    #[must_use]
    pub fn whitened(self, whitening: Option<Whitening>) -> Self {
        Self { whitening, ..self }
    }

    /// Embeds faces, in their order: the mean over the views of each face, scaled to length 1 if the network's embeddings are,
    /// then whitened.
    pub fn embed(&self, faces: &[Face], augmentation: &TestTimeAugmentation) -> Vec<Embedding> {
        faces
            .chunks(Self::faces_at_once(augmentation))
            .flat_map(|faces| self.embed_block(faces, augmentation))
            .collect()
    }

    /// How many faces are embedded together.
    pub(super) fn faces_at_once(augmentation: &TestTimeAugmentation) -> usize {
        (PICTURES_AT_ONCE / augmentation.count()).max(1)
    }

    fn embed_block(&self, faces: &[Face], augmentation: &TestTimeAugmentation) -> Vec<Embedding> {
        let (count, features) = (augmentation.count(), self.network.input().features());
        let mut pictures = vec![0.0; faces.len() * count * features];
        let of_faces = pictures.par_chunks_exact_mut(count * features);
        of_faces.zip(faces).for_each(|(of_face, face)| {
            let views = augmentation.views(face, self.input.zoom());
            for (picture, view) in of_face.chunks_exact_mut(features).zip(&views) {
                self.input.fill(view, picture);
            }
        });
        let (values, size) = (self.inference().embed(&pictures), self.network.embedding());
        let mut means: Vec<f32> = Vec::with_capacity(faces.len() * size);
        for of_face in values.chunks_exact(size * count) {
            let sum = |place: usize| of_face.iter().skip(place).step_by(size).sum::<f32>();
            means.extend((0..size).map(|place| sum(place) / count as f32));
        }
        let unit = matches!(self.network.spec().layers.last(), Some(LayerSpec::UnitNorm));
        if unit && count > 1 {
            unit_norm::normalise(&mut means, size);
        }
        let embeddings = means.chunks_exact(size).map(|v| Embedding(v.into()));
        match &self.whitening {
            Some(whitening) => embeddings.map(|e| whitening.apply(&e)).collect(),
            None => embeddings.collect(),
        }
    }

    /// The values of a face that its network takes: channels of its grey values, `[64·64·C]`, or the `[E]` features of a
    /// backbone.
    ///
    /// # Panics
    /// If it takes features and the face has none.
    pub fn values(&self, face: &Face) -> Vec<f32> {
        let mut values = vec![0.0; self.network.input().features()];
        let itself = TestTimeAugmentation::default().views(face, self.input.zoom());
        self.input.fill(&itself[0], &mut values);
        values
    }

    /// What it takes of a face.
    pub fn input(&self) -> &FaceInput {
        &self.input
    }

    /// Its network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Its network compiled for inference.
    pub fn inference(&self) -> &Inference {
        self.inference.get_or_init(|| Inference::new(&self.network))
    }

    /// Its whitening.
    pub fn whitening(&self) -> Option<&Whitening> {
        self.whitening.as_ref()
    }

    /// Number of trained numbers.
    pub fn parameters(&self) -> usize {
        let parameters = self.network.parameters();
        parameters.iter().map(|p| p.len()).sum()
    }
}
