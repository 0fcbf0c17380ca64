//! What a network takes of a face: channels of its grey values, or the features that a frozen backbone makes of its colours.

use super::channels::InputSpec;
use crate::backbone::{Backbone, Description, UnknownBackbone};
use crate::nn::spec::Extent;
use crate::onnx::on_all_cores;
use crate::vision::{BackboneHash, Face, Preparation};

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

/// What a network takes of a face.
#[derive(Debug, Clone, PartialEq)]
pub enum FaceInput {
    /// Channels of its grey values.
    Pixels(InputSpec),
    /// The features of a backbone, so many of them.
    Features(usize),
}

impl Default for FaceInput {
    /// The grey values alone.
    fn default() -> Self {
        Self::Pixels(InputSpec::default())
    }
}

impl FaceInput {
    /// What a network takes of faces with this preparation: the features of its backbone, or else what `spec` says.
    ///
    /// # Errors
    /// If the preparation names a backbone that was not loaded.
    pub fn of(preparation: &Preparation, spec: &InputSpec) -> Result<Self, UnknownBackbone> {
        let Some(hash) = preparation.backbone else {
            return Ok(Self::Pixels(spec.clone()));
        };
        FrozenBackbone::with_hash(hash).map(|backbone| Self::Features(backbone.embedding))
    }

    /// The extent of it: `64 × 64 × C` for C channels, or `1 × 1 × E` for E features.
    pub fn extent(&self) -> Extent {
        match *self {
            Self::Pixels(ref spec) => spec.extent(),
            Self::Features(channels) => Extent {
                height: 1,
                width: 1,
                channels,
            },
        }
    }

    /// The channels and the zoom; the default for features.
    pub fn spec(&self) -> InputSpec {
        match self {
            Self::Pixels(spec) => spec.clone(),
            Self::Features(_) => InputSpec::default(),
        }
    }

    /// The factor by which faces are enlarged before [`fill`](Self::fill).
    pub fn zoom(&self) -> f32 {
        match self {
            Self::Pixels(spec) => spec.zoom,
            Self::Features(_) => 1.0,
        }
    }

    /// Writes what a network takes of `face`, which is enlarged already.
    ///
    /// # Panics
    /// If `to` has another length than the [`extent`](Self::extent), or the network takes features and the face has none.
    pub fn fill(&self, face: &Face, to: &mut [f32]) {
        match self {
            Self::Pixels(spec) => spec.fill(&face.pixels(), to),
            Self::Features(_) => {
                let features = face.features();
                to.copy_from_slice(features.expect("a face for this network has features"));
            }
        }
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
