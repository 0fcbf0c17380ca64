//! What a network makes of faces.

use crate::data::Dataset;
use crate::units::{Distance, ImageId};
use crate::vision::Face;
use std::sync::Arc;

/// What the towers make of a face, `[E]`.
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

    /// What several towers make of one face, side by side: each divided by the root of their number, so that a distance is
    /// the root of the mean of the squares of the towers' own.
    pub fn joined(parts: &[&Self]) -> Self {
        if let [only] = parts {
            return (*only).clone();
        }
        let share = (parts.len() as f32).sqrt().recip();
        let numbers = parts.iter().flat_map(|part| part.0.iter());
        Self(numbers.map(|value| value * share).collect())
    }
}

/// Embeddings of some of a data set's pictures.
#[derive(Debug, Clone, Default)]
pub struct EmbeddedImages {
    /// One place for each picture of the data set; those that nobody asked for are empty.
    places: Vec<Option<Embedding>>,
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
        let mut places = vec![None; wanted.len()];
        for (id, embedding) in ids.into_iter().zip(embed(&faces)) {
            places[id] = Some(embedding);
        }
        Self { places }
    }

    /// Each of them read otherwise.
    #[must_use]
    pub fn map(self, read: impl Fn(&Embedding) -> Embedding) -> Self {
        let places = self.places.iter().map(|place| place.as_ref().map(&read));
        Self {
            places: places.collect(),
        }
    }

    /// Side by side what several towers made of the same pictures.
    pub fn joined(parts: &[&Self]) -> Self {
        let pictures = parts.first().map_or(0, |part| part.places.len());
        let place = |index: usize| {
            let of_all: Option<Vec<&Embedding>> = parts
                .iter()
                .map(|part| part.places[index].as_ref())
                .collect();
            of_all.map(|of_all| Embedding::joined(&of_all))
        };
        Self {
            places: (0..pictures).map(place).collect(),
        }
    }

    /// How far apart two pictures are.
    ///
    /// # Panics
    /// If one of them was not embedded.
    pub fn distance(&self, a: ImageId, b: ImageId) -> Distance {
        let of = |id: ImageId| {
            let embedding = self.places[id.0].as_ref();
            embedding.expect("the pictures that are compared were embedded")
        };
        of(a).distance(of(b))
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
