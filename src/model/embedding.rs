//! Embeddings, the vectors in which faces are compared.

use crate::data::Dataset;
use crate::units::{Distance, ImageId};
use crate::vision::Face;
use std::sync::Arc;

/// The embedding of a face, `[E]`.
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

    /// The embeddings of one face by several members, concatenated. Each is divided by the root of their number, so a distance is
    /// the root of the mean square of the distances of the members.
    pub fn joined(parts: &[&Self]) -> Self {
        if let [only] = parts {
            return (*only).clone();
        }
        let share = (parts.len() as f32).sqrt().recip();
        let numbers = parts.iter().flat_map(|part| part.0.iter());
        Self(numbers.map(|value| value * share).collect())
    }
}

/// Embeddings of some pictures of a data set.
#[derive(Debug, Clone, Default)]
pub struct EmbeddedImages {
    /// One entry for each picture of the data set, `None` for those that were not embedded.
    entries: Vec<Option<Embedding>>,
}

impl EmbeddedImages {
    /// Embeds each of these pictures of a data set once, all in one call of `embed`.
    pub fn of(
        dataset: &Dataset,
        images: impl IntoIterator<Item = ImageId>,
        embed: impl FnOnce(&[Face]) -> Vec<Embedding>,
    ) -> Self {
        let mut wanted = vec![false; dataset.images.len()];
        images.into_iter().for_each(|id| wanted[id.0] = true);
        let ids: Vec<usize> = (0..wanted.len()).filter(|&i| wanted[i]).collect();
        let face = |&i: &usize| dataset.face(ImageId(i)).clone();
        let faces: Vec<Face> = ids.iter().map(face).collect();
        let mut entries = vec![None; wanted.len()];
        for (id, embedding) in ids.into_iter().zip(embed(&faces)) {
            entries[id] = Some(embedding);
        }
        Self { entries }
    }

    /// The same embeddings after a function, such as a whitening.
    #[must_use]
    pub fn map(self, f: impl Fn(&Embedding) -> Embedding) -> Self {
        let entries = self.entries.iter().map(|entry| entry.as_ref().map(&f));
        Self {
            entries: entries.collect(),
        }
    }

    /// The embeddings of the same pictures by several members, concatenated.
    pub fn joined(parts: &[&Self]) -> Self {
        let pictures = parts.first().map_or(0, |part| part.entries.len());
        let entry = |index: usize| {
            let of_all: Option<Vec<&Embedding>> = parts
                .iter()
                .map(|part| part.entries[index].as_ref())
                .collect();
            of_all.map(|of_all| Embedding::joined(&of_all))
        };
        Self {
            entries: (0..pictures).map(entry).collect(),
        }
    }

    /// The distance of two pictures.
    ///
    /// # Panics
    /// If one of them was not embedded.
    pub fn distance(&self, a: ImageId, b: ImageId) -> Distance {
        self.embedding(a).distance(self.embedding(b))
    }

    /// The embedding of a picture.
    ///
    /// # Panics
    /// If it was not embedded.
    pub fn embedding(&self, image: ImageId) -> &Embedding {
        let embedding = self.entries[image.0].as_ref();
        embedding.expect("the pictures that are asked for were embedded")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_distances_are_root_mean_squares() {
        let embedding = |values: &[f32]| Embedding(values.into());
        let (a, b) = (
            [embedding(&[0.0, 0.0]), embedding(&[1.0, 0.0])],
            [embedding(&[3.0, 4.0]), embedding(&[1.0, 1.0])],
        );
        let [a, b] = [&a, &b].map(|parts| Embedding::joined(&parts.iter().collect::<Vec<_>>()));
        // √((5² + 1²) / 2)
        assert!((a.distance(&b).0 - 13.0_f32.sqrt()).abs() < 1e-6);
        assert_eq!(Embedding::joined(&[&a]), a);
    }
}
