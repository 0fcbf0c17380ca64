//! What a network takes of a face: its grey values, or the features that a frozen backbone makes of its colours.

use crate::backbone::{Backbone, Description, UnknownBackbone};
use crate::nn::spec::Extent;
use crate::onnx::on_all_cores;
use crate::vision::{BackboneHash, Face, Preparation, SIDE};

/// Extent of the grey values of a face.
pub const FACE: Extent = Extent {
    height: SIDE,
    width: SIDE,
    channels: 1,
};

/// Numbers of SFace, with the averages of its batch normalisations, counted in OpenCV's file.
const SFACE_PARAMETERS: usize = 9_667_072;
/// Multiply-adds of SFace for one face: over its convolutions and its last layer.
const SFACE_MULTIPLY_ADDS: u64 = 574_138_880;

/// A backbone as the first, frozen part of a network: what a drawing shows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrozenBackbone {
    /// Its name, such as `SFace`.
    pub name: String,
    /// Width and height of the colour picture that it takes, in pixels.
    pub side: u32,
    /// How many numbers it gives, which are the input of the trained layers.
    pub embedding: usize,
    /// How many numbers it has, if known. None of them is trained here.
    pub parameters: Option<usize>,
    /// Multiply-adds for one face, if known.
    pub multiply_adds: Option<u64>,
}

impl FrozenBackbone {
    /// The backbone with this hash. The built-in one is not loaded for it.
    ///
    /// # Errors
    /// If it is another one that was not loaded.
    pub fn with_hash(hash: BackboneHash) -> Result<Self, UnknownBackbone> {
        let of = |description: &Description| Self {
            name: description.name.clone(),
            side: description.template.side,
            embedding: description.embedding,
            parameters: None,
            multiply_adds: None,
        };
        if hash == Backbone::built_in_id().hash {
            return Ok(Self {
                parameters: Some(SFACE_PARAMETERS),
                multiply_adds: Some(SFACE_MULTIPLY_ADDS),
                ..of(&Description::sface())
            });
        }
        Backbone::with_hash(hash).map(|backbone| of(backbone.description()))
    }
}

/// The extent of what a network takes of a face with this preparation: [`FACE`], or `1 × 1 × E` for a backbone with `E`
/// features.
///
/// # Errors
/// If the preparation names a backbone that was not loaded.
pub fn input_extent(preparation: &Preparation) -> Result<Extent, UnknownBackbone> {
    let Some(hash) = preparation.backbone else {
        return Ok(FACE);
    };
    FrozenBackbone::with_hash(hash).map(|backbone| Extent {
        height: 1,
        width: 1,
        channels: backbone.embedding,
    })
}

/// The values of a face that a network with an input of this extent takes.
///
/// # Panics
/// If it takes features and the face has none.
pub(super) fn values(face: &Face, input: Extent) -> &[f32] {
    match input == FACE {
        true => face.pixels(),
        false => face
            .features()
            .expect("a face for this network has features"),
    }
}

/// The same faces with the features of the preparation's backbone. Faces that have them stay as they are.
///
/// # Panics
/// If the backbone was not loaded.
pub(super) fn with_features(faces: &[Face], preparation: &Preparation) -> Option<Vec<Face>> {
    let missing = |face: &Face| face.features().is_none();
    let hash = preparation.backbone.filter(|_| faces.iter().any(missing))?;
    let backbone = Backbone::with_hash(hash).expect("a model is opened after its backbone");
    Some(on_all_cores(faces, |face| {
        backbone.with_features(face.clone())
    }))
}
