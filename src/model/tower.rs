//! One tower of a network, ready to embed.

use super::augmentation::TestTimeAugmentation;
use super::embedding::Embedding;
use super::whitening::Whitening;
use crate::nn::infer::Inference;
use crate::nn::network::Network;
use crate::nn::spec::LayerSpec;
use crate::nn::unit_norm;
use crate::vision::Face;
use std::sync::{Arc, OnceLock};

/// TestTimeAugmentation embedded at once: bounds the memory, and is enough to keep all cores busy.
const FACES_AT_ONCE: usize = 256;

/// Weights, and how their embeddings are read. Cloning it is free.
#[derive(Debug, Clone)]
pub struct Tower {
    network: Arc<Network>,
    /// Compiled when somebody first embeds: a snapshot that is only saved never needs it.
    inference: Arc<OnceLock<Inference>>,
    /// Takes the embeddings to where distances are compared. The weights know only the training people; what is right for
    /// strangers is found out after each epoch.
    whitening: Option<Whitening>,
}

impl Tower {
    /// A snapshot of `network`.
    pub fn new(network: Network) -> Self {
        Self {
            network: Arc::new(network),
            inference: Arc::default(),
            whitening: None,
        }
    }

    /// Its embeddings read otherwise.
    #[must_use]
    pub fn whitened(self, whitening: Option<Whitening>) -> Self {
        Self { whitening, ..self }
    }

    /// Embeds faces, in their order: the mean over their views, of length 1 again if the network's embeddings are, whitened.
    pub fn embed(&self, faces: &[Face], views: &TestTimeAugmentation) -> Vec<Embedding> {
        let block = (FACES_AT_ONCE / views.count()).max(1);
        faces
            .chunks(block)
            .flat_map(|faces| self.embed_block(faces, views))
            .collect()
    }

    fn embed_block(&self, faces: &[Face], views: &TestTimeAugmentation) -> Vec<Embedding> {
        let seen: Vec<Face> = faces.iter().flat_map(|face| views.of(face)).collect();
        let pictures: Vec<f32> = seen
            .iter()
            .flat_map(|f| f.pixels().iter().copied())
            .collect();
        let (values, size) = (self.inference().embed(&pictures), self.network.embedding());
        let mut means: Vec<f32> = Vec::with_capacity(faces.len() * size);
        for of_face in values.chunks_exact(size * views.count()) {
            let sum = |place: usize| of_face.iter().skip(place).step_by(size).sum::<f32>();
            means.extend((0..size).map(|place| sum(place) / views.count() as f32));
        }
        let unit = matches!(self.network.spec().layers.last(), Some(LayerSpec::UnitNorm));
        if unit && views.count() > 1 {
            unit_norm::normalise(&mut means, size);
        }
        let embeddings = means.chunks_exact(size).map(|v| Embedding(v.into()));
        match &self.whitening {
            Some(whitening) => embeddings.map(|e| whitening.apply(&e)).collect(),
            None => embeddings.collect(),
        }
    }

    /// The network, layer by layer.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The same as compiled for inference.
    pub fn inference(&self) -> &Inference {
        self.inference.get_or_init(|| Inference::new(&self.network))
    }

    /// How its embeddings are read.
    pub fn whitening(&self) -> Option<&Whitening> {
        self.whitening.as_ref()
    }

    /// Trained numbers.
    pub fn parameters(&self) -> usize {
        let parameters = self.network.parameters();
        parameters.iter().map(|p| p.len()).sum()
    }
}
