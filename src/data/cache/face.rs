//! One prepared face as bytes.
//!
//! | bytes | content |
//! |---|---|
//! | 8 | `TWFACE1` and a zero |
//! | 32, 32 | hash of the picture's content, key of the preparation |
//! | 8 | width and height of the photo |
//! | 17 | x, y, width and height of the area; 1 if no face was found |
//! | 1, 40 | 1, and five landmarks; or 0 |
//! | 1, 30 | 1, and the quality; or 0 |
//! | 4, 4 n | number of features, and the features |
//! | 1, 37,632 | 1, and the aligned colours; or 0 |
//! | 16,384 | the grey values |
//! | 32 | SHA-256 of all before it |

use std::sync::Arc;

use image::RgbImage;

use super::bytes::{Bytes, sealed, unsealed};
use super::{CachedFace, ContentHash, PreparationKey};
use crate::vision::align::COLOUR_SIDE;
use crate::vision::quality::{FaceQuality, Pose};
use crate::vision::yunet::{Landmarks, Orientation};
use crate::vision::{Face, PreparedFace, Rect, SIDE};

const MAGIC: &[u8; 8] = b"TWFACE1\0";
/// The most features of a face that are read back.
const MAX_FEATURES: u32 = 1 << 16;
/// Bytes of the grey values.
pub(in crate::data) const GREY_BYTES: u64 = 4 * (SIDE * SIDE) as u64;
/// Bytes of the colours.
pub(in crate::data) const COLOUR_BYTES: u64 = 3 * (COLOUR_SIDE * COLOUR_SIDE) as u64;
/// Bytes of a face's file besides its features, colours and grey values, at most.
const OTHER_BYTES: u64 = 224;

/// All that is known of a prepared face besides its grey values and colours.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::data) struct FaceFacts {
    /// Width and height of the photo.
    size: (u32, u32),
    area: Rect,
    fallback: bool,
    landmarks: Option<Landmarks>,
    quality: Option<FaceQuality>,
    features: Option<Arc<[f32]>>,
    /// Whether there are colours.
    pub(in crate::data) coloured: bool,
}

impl FaceFacts {
    pub(in crate::data) fn of(face: &CachedFace) -> Self {
        let prepared = &face.prepared;
        Self {
            size: face.size,
            area: prepared.area,
            fallback: prepared.fallback,
            landmarks: prepared.landmarks,
            quality: prepared.quality,
            features: prepared.face.shared_features(),
            coloured: prepared.face.is_coloured(),
        }
    }

    /// The face with these grey values and colours.
    pub(in crate::data) fn with(self, face: Face) -> CachedFace {
        let face = match self.features {
            Some(features) => face.with_features(features),
            None => face,
        };
        let prepared = PreparedFace {
            face,
            area: self.area,
            fallback: self.fallback,
            landmarks: self.landmarks,
            quality: self.quality,
        };
        CachedFace {
            size: self.size,
            prepared,
        }
    }

    /// Bytes of the face's file, about.
    pub(super) fn file_bytes(&self) -> u64 {
        let features = self
            .features
            .as_ref()
            .map_or(0, |values| 4 * values.len() as u64);
        let colours = if self.coloured { COLOUR_BYTES } else { 0 };
        OTHER_BYTES + features + colours + GREY_BYTES
    }

    pub(super) fn append_to(&self, bytes: &mut Vec<u8>) {
        let Rect {
            x,
            y,
            width,
            height,
        } = self.area;
        for number in [self.size.0, self.size.1, x, y, width, height] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.push(u8::from(self.fallback));
        bytes.push(u8::from(self.landmarks.is_some()));
        let points = self.landmarks.as_ref();
        append(bytes, points.map_or(&[], |points| points.as_flattened()));
        bytes.push(u8::from(self.quality.is_some()));
        if let Some(quality) = &self.quality {
            append_quality(bytes, quality);
        }
        let features = self.features.as_deref().unwrap_or_default();
        bytes.extend_from_slice(&(features.len() as u32).to_le_bytes());
        append(bytes, features);
        bytes.push(u8::from(self.coloured));
    }

    pub(super) fn read(from: &mut Bytes<'_>) -> Option<Self> {
        Some(Self {
            size: (from.u32()?, from.u32()?),
            area: Rect {
                x: from.u32()?,
                y: from.u32()?,
                width: from.u32()?,
                height: from.u32()?,
            },
            fallback: from.flag()?,
            landmarks: match from.flag()? {
                true => Some(landmarks(from)?),
                false => None,
            },
            quality: match from.flag()? {
                true => Some(quality(from)?),
                false => None,
            },
            features: match from.u32()? {
                0 => None,
                count @ ..=MAX_FEATURES => Some(from.f32s(count as usize)?.into()),
                _ => return None,
            },
            coloured: from.flag()?,
        })
    }
}

pub(super) fn encode(face: &CachedFace, content: ContentHash, key: PreparationKey) -> Vec<u8> {
    let colour = face.prepared.face.colour();
    let colour = colour.filter(|colour| colour.dimensions() == (COLOUR_SIDE, COLOUR_SIDE));
    let facts = FaceFacts {
        coloured: colour.is_some(),
        ..FaceFacts::of(face)
    };
    let mut bytes = Vec::with_capacity(facts.file_bytes() as usize);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&content.0);
    bytes.extend_from_slice(&key.0);
    facts.append_to(&mut bytes);
    if let Some(colour) = colour {
        bytes.extend_from_slice(colour.as_raw());
    }
    append(&mut bytes, &face.prepared.face.pixels());
    sealed(bytes)
}

fn append(bytes: &mut Vec<u8>, values: &[f32]) {
    values
        .iter()
        .for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
}

fn append_quality(bytes: &mut Vec<u8>, quality: &FaceQuality) {
    let Pose { yaw, pitch, roll } = quality.pose;
    append(
        bytes,
        &[
            quality.score,
            quality.size,
            quality.sharpness,
            yaw,
            pitch,
            roll,
        ],
    );
    bytes.extend_from_slice(&(quality.faces as u32).to_le_bytes());
    bytes.push(u8::from(quality.beside));
    bytes.push(u8::from(quality.cut_off));
    let orientation = Orientation::ALL
        .iter()
        .position(|o| *o == quality.orientation);
    bytes.push(orientation.unwrap_or(0) as u8);
}

/// The face in these bytes; `None` if they are damaged or of another content or preparation.
pub(super) fn decode(
    bytes: &[u8],
    content: ContentHash,
    key: PreparationKey,
) -> Option<CachedFace> {
    let mut from = unsealed(bytes)?;
    if from.array()? != *MAGIC || from.array()? != content.0 || from.array()? != key.0 {
        return None;
    }
    let facts = FaceFacts::read(&mut from)?;
    let colour = match facts.coloured {
        true => {
            let pixels = from.take(COLOUR_BYTES as usize)?;
            RgbImage::from_raw(COLOUR_SIDE, COLOUR_SIDE, pixels.to_vec())
        }
        false => None,
    };
    let mut face = Face::from_pixels(from.f32s(SIDE * SIDE)?);
    if let Some(colour) = colour {
        face = face.with_colour(colour);
    }
    from.is_empty().then(|| facts.with(face))
}

fn landmarks(from: &mut Bytes<'_>) -> Option<Landmarks> {
    let mut points = Landmarks::default();
    for value in points.as_flattened_mut() {
        *value = from.f32()?;
    }
    Some(points)
}

fn quality(from: &mut Bytes<'_>) -> Option<FaceQuality> {
    Some(FaceQuality {
        score: from.f32()?,
        size: from.f32()?,
        sharpness: from.f32()?,
        pose: Pose {
            yaw: from.f32()?,
            pitch: from.f32()?,
            roll: from.f32()?,
        },
        faces: from.u32()? as usize,
        beside: from.flag()?,
        cut_off: from.flag()?,
        orientation: *Orientation::ALL.get(usize::from(from.array::<1>()?[0]))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vision::Preparation;
    use proptest::prelude::*;

    fn example(aligned: bool) -> CachedFace {
        let face = Face::from_pixels((0..SIDE * SIDE).map(|i| i as f32 / 7.0).collect::<Vec<_>>());
        let quality = FaceQuality {
            score: 0.9,
            size: 71.5,
            sharpness: 0.31,
            pose: Pose {
                yaw: -3.0,
                pitch: 4.5,
                roll: 0.25,
            },
            faces: 3,
            beside: true,
            cut_off: true,
            orientation: Orientation::UpsideDown,
        };
        let colour = RgbImage::from_fn(COLOUR_SIDE, COLOUR_SIDE, |x, y| {
            image::Rgb([x as u8, y as u8, 9])
        });
        let face = match aligned {
            true => face
                .with_colour(colour)
                .with_features(vec![0.5, f32::MIN_POSITIVE, -1.0]),
            false => face,
        };
        CachedFace {
            size: (640, 480),
            prepared: PreparedFace {
                face,
                area: Rect {
                    x: 1,
                    y: 2,
                    width: 3,
                    height: 4,
                },
                fallback: !aligned,
                landmarks: aligned.then_some([[1.0, 2.5]; 5]),
                quality: aligned.then_some(quality),
            },
        }
    }

    #[test]
    fn a_face_comes_back_exactly() {
        let content = ContentHash::of(b"a picture");
        let key = PreparationKey::of(&Preparation::default());
        for aligned in [false, true] {
            let face = example(aligned);
            let bytes = encode(&face, content, key);
            assert_eq!(decode(&bytes, content, key), Some(face));
            let other = PreparationKey::of(&Preparation::of(crate::vision::Crop::Aligned));
            assert_eq!(decode(&bytes, content, other), None);
            assert_eq!(decode(&bytes, ContentHash::of(b"another"), key), None);
        }
    }

    proptest! {
        #[test]
        fn damage_is_noticed(at in 0_usize..1 << 20, bit in 0_u8..8, cut in 0_usize..1 << 20) {
            let content = ContentHash::of(b"a picture");
            let key = PreparationKey::of(&Preparation::default());
            let bytes = encode(&example(true), content, key);
            let mut flipped = bytes.clone();
            flipped[at % bytes.len()] ^= 1 << bit;
            prop_assert_eq!(decode(&flipped, content, key), None);
            prop_assert_eq!(decode(&bytes[..cut % bytes.len()], content, key), None);
            // With a right checksum, the content is still checked.
            let body = sealed(flipped[..cut % bytes.len()].to_vec());
            prop_assert_eq!(decode(&body, content, key), None);
        }
    }
}
