//! What the photographs that a threshold was set on look like, so that other ones can be told from them.
//!
//! How often an answer is wrong was measured on the faces of the calibration; of photographs that differ from those nothing is
//! known. So a model keeps, for each [`Trait`] of these faces, the 5th and the 95th percentile, and a new face is *outside* where
//! it is beyond them by more than half of their distance.
//!
//! One trait is of embeddings: how far a face lies from everybody's, `√(mean ‖e − eᵢ‖²)`, which needs only the mean of the
//! embeddings and of their squared lengths:
//!
//! ```text
//! mean ‖e − eᵢ‖² = ‖e‖² − 2·e·c + s      c = mean eᵢ,  s = mean ‖eᵢ‖²
//! ```
//!
//! Measured with the built-in model, each of eight groups of ORL people against the others: 2.0 % of their photographs are
//! outside in any trait, and 95 % of the 2,734 of LFW (41 % without the size of the face; 19 % by the embedding alone).
//! Rejected: the median distance to everybody, which says nothing once embeddings are whitened; one Mahalanobis distance over all
//! traits, which finds as many and cannot say what differs.

use serde::{Deserialize, Serialize};

use super::embedding::{EmbeddedImages, Embedding};
use crate::data::{Dataset, Picture};
use crate::metrics::median;
use crate::units::{ImageId, PersonId};
use crate::vision::quality::{FaceQuality, sharpness};
use crate::vision::{Face, PreparedFace, Rect};

/// Fewer photographs, or of fewer people, say too little of what others look like.
const LEAST_PHOTOGRAPHS: usize = 20;
const LEAST_PEOPLE: usize = 5;
/// With fewer people, each one's distances to the others say too little.
const LEAST_PEOPLE_FOR_DISTANCES: usize = 10;
/// How far beyond the range a face may be, as a share of its width.
const MARGIN: f32 = 0.5;
/// Faces are aligned to so many pixels; a larger one gives no more.
const LARGEST: f32 = 112.0;

/// Something that can be measured of a face in a photograph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trait {
    /// Geometric mean of the face's width and height in pixels, at most 112.
    Size,
    /// See [`sharpness`].
    Sharpness,
    /// How sure the detector is, 0 to 1; only less matters.
    Score,
    /// Mean of the grey values, 0 to 1.
    Brightness,
    /// Standard deviation of the grey values.
    Contrast,
    /// The larger of the angles to a side and up or down, in degrees; only more matters.
    Turned,
    /// Root of the mean squared distance to the faces of the calibration; only more matters.
    Distance,
}

/// The traits that need no embedding.
const OF_FACES: [Trait; 6] = [
    Trait::Size,
    Trait::Sharpness,
    Trait::Score,
    Trait::Brightness,
    Trait::Contrast,
    Trait::Turned,
];

impl Trait {
    /// The least width of its range: photographs that are all alike in it do not make every other one different.
    fn least_width(self) -> f32 {
        match self {
            Self::Size => 20.0,
            Self::Sharpness => 0.15,
            Self::Score => 0.04,
            Self::Brightness => 0.15,
            Self::Contrast => 0.06,
            Self::Turned => 15.0,
            Self::Distance => 0.05,
        }
    }
}

/// The traits of one face, those that are known.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FaceTraits(Vec<(Trait, f32)>);

impl FaceTraits {
    /// Those of a prepared face.
    pub fn of(face: &PreparedFace) -> Self {
        Self::measure(&face.face, face.area, face.quality)
    }

    /// Those of a picture of a data set.
    pub fn of_picture(picture: &Picture) -> Self {
        Self::measure(&picture.face, picture.area, picture.quality)
    }

    fn measure(face: &Face, area: Rect, quality: Option<FaceQuality>) -> Self {
        let pixels = face.pixels();
        let count = pixels.len() as f32;
        let mean = pixels.iter().sum::<f32>() / count;
        let variance = pixels.iter().map(|p| (p - mean).powi(2)).sum::<f32>() / count;
        let side = (area.width as f32 * area.height as f32).sqrt();
        let mut traits = vec![
            (
                Trait::Size,
                quality.map_or(side, |quality| quality.size).min(LARGEST),
            ),
            (Trait::Sharpness, sharpness(face)),
            (Trait::Brightness, mean),
            (Trait::Contrast, variance.sqrt()),
        ];
        if let Some(FaceQuality { score, pose, .. }) = quality {
            traits.push((Trait::Score, score));
            traits.push((Trait::Turned, pose.yaw.abs().max(pose.pitch.abs())));
        }
        Self(traits)
    }

    fn value(&self, of: Trait) -> Option<f32> {
        self.0
            .iter()
            .find(|(other, _)| *other == of)
            .map(|(_, value)| *value)
    }
}

/// From where to where a trait usually is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TraitRange {
    /// The trait.
    #[serde(rename = "trait")]
    pub of: Trait,
    /// The 5th percentile.
    pub low: f32,
    /// The 95th percentile.
    pub high: f32,
}

impl TraitRange {
    fn new(of: Trait, mut values: Vec<f32>) -> Option<Self> {
        values.retain(|value| value.is_finite());
        if values.len() < LEAST_PHOTOGRAPHS {
            return None;
        }
        values.sort_by(f32::total_cmp);
        let at = |share: f32| values[((values.len() - 1) as f32 * share).round() as usize];
        let (low, high) = (at(0.05), at(0.95));
        Some(Self { of, low, high })
    }

    /// Whether the value is beyond the range by more than `margin` of its width.
    fn is_beyond(&self, value: f32, margin: f32) -> bool {
        let beyond = margin * (self.high - self.low).max(self.of.least_width());
        let (below, above) = (value < self.low - beyond, value > self.high + beyond);
        match self.of {
            Trait::Score => below,
            Trait::Turned | Trait::Distance => above,
            _ => below || above,
        }
    }
}

/// Where the embeddings of the calibration's faces lie.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Centre {
    /// Their mean.
    mean: Vec<f32>,
    /// The mean of their squared lengths.
    square: f32,
}

impl Centre {
    fn of<'a>(embeddings: impl Iterator<Item = &'a Embedding>) -> Option<Self> {
        let (mut mean, mut square, mut count) = (Vec::<f64>::new(), 0.0, 0.0);
        for Embedding(values) in embeddings {
            mean.resize(values.len(), 0.0);
            for (sum, &value) in mean.iter_mut().zip(values.iter()) {
                *sum += f64::from(value);
                square += f64::from(value).powi(2);
            }
            count += 1.0;
        }
        (count > 0.0).then(|| Self {
            mean: mean.iter().map(|sum| (sum / count) as f32).collect(),
            square: (square / count) as f32,
        })
    }

    /// See the module; `None` for an embedding of another length.
    fn distance(&self, Embedding(values): &Embedding) -> Option<f32> {
        let pairs = values.iter().zip(&self.mean);
        let own: f32 = values.iter().map(|value| value * value).sum();
        let product: f32 = pairs.map(|(value, mean)| value * mean).sum();
        let squared = own - 2.0 * product + self.square;
        (values.len() == self.mean.len()).then(|| squared.max(0.0).sqrt())
    }
}

/// What the photographs of a calibration look like; stored with the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalibrationPhotos {
    /// The name of their data set.
    pub data: String,
    ranges: Vec<TraitRange>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    centre: Option<Centre>,
}

/// A trait in which photographs differ from those of the calibration.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Difference {
    /// The trait, and where it usually is.
    #[serde(flatten)]
    pub range: TraitRange,
    /// Where it is here; of several photographs the median.
    pub value: f32,
}

impl CalibrationPhotos {
    /// Of these pictures of a data set, those of one person next to each other, with their embeddings if a model made them.
    /// `None` if they are too few.
    ///
    /// # Panics
    /// If a picture is not embedded.
    pub fn of(
        dataset: &Dataset,
        images: &[ImageId],
        embedded: Option<&EmbeddedImages>,
    ) -> Option<Self> {
        let owners: Vec<PersonId> = images.iter().map(|&i| dataset.person_of(i)).collect();
        let people = owners.chunk_by(|a, b| a == b).count();
        if people < LEAST_PEOPLE {
            return None;
        }
        let traits: Vec<FaceTraits> = images
            .iter()
            .map(|&image| FaceTraits::of_picture(dataset.picture(image)))
            .collect();
        let range = |&of: &Trait| {
            TraitRange::new(
                of,
                traits.iter().filter_map(|face| face.value(of)).collect(),
            )
        };
        let mut ranges: Vec<TraitRange> = OF_FACES.iter().filter_map(range).collect();
        let embedded = embedded.filter(|_| people >= LEAST_PEOPLE_FOR_DISTANCES);
        let embedded: Vec<&Embedding> = embedded
            .iter()
            .flat_map(|all| images.iter().map(|&image| all.embedding(image)))
            .collect();
        let distances = TraitRange::new(Trait::Distance, to_others(&embedded, &owners));
        ranges.extend(distances);
        (!ranges.is_empty()).then(|| Self {
            data: dataset.name.clone(),
            centre: distances.and_then(|_| Centre::of(embedded.iter().copied())),
            ranges,
        })
    }

    /// The traits of a face, with its distance to the faces of the calibration if that is known.
    pub fn measure(&self, mut face: FaceTraits, embedding: Option<&Embedding>) -> FaceTraits {
        let centre = self.centre.as_ref().zip(embedding);
        let distance = centre.and_then(|(centre, embedding)| centre.distance(embedding));
        face.0
            .extend(distance.map(|value| (Trait::Distance, value)));
        face
    }

    /// The traits in which a face is outside.
    pub fn outside(&self, face: &FaceTraits) -> Vec<Difference> {
        self.beyond(|of| face.value(of), MARGIN)
    }

    /// The traits in which the middle one of many faces is not where most of the calibration's are.
    pub fn shifted(&self, faces: &[FaceTraits]) -> Vec<Difference> {
        self.beyond(|of| middle(faces, of), 0.0)
    }

    fn beyond(&self, value: impl Fn(Trait) -> Option<f32>, margin: f32) -> Vec<Difference> {
        let differs = |&range: &TraitRange| {
            let value = value(range.of).filter(|&value| range.is_beyond(value, margin))?;
            Some(Difference { range, value })
        };
        self.ranges.iter().filter_map(differs).collect()
    }
}

/// The median of a trait of several faces.
pub(crate) fn middle(faces: &[FaceTraits], of: Trait) -> Option<f32> {
    median(faces.iter().filter_map(|face| face.value(of)).collect())
}

/// For each embedding its distance to those of all other people.
fn to_others(embedded: &[&Embedding], owners: &[PersonId]) -> Vec<f32> {
    let all = || embedded.iter().copied().zip(owners);
    let mut distances = Vec::with_capacity(embedded.len());
    for group in owners.chunk_by(|a, b| a == b) {
        let person = group[0];
        let others = all().filter(|(_, owner)| **owner != person);
        let Some(centre) = Centre::of(others.map(|(embedding, _)| embedding)) else {
            continue;
        };
        let own = all().filter(|(_, owner)| **owner == person);
        distances.extend(own.filter_map(|(embedding, _)| centre.distance(embedding)));
    }
    distances
}
