//! Image processing without learning: from an image file to the 64 × 64 grey values that a network receives.
//!
//! A photo is decoded and put upright ([`photo`]; [`gray`] has the conversion to grey). Its faces are found, either by
//! [`yunet`] with their landmarks, by which they are aligned ([`align`]), or by a Haar [`cascade`] ([`detect`]); then they
//! are cut out and scaled (`crop`). [`blocks`] converts pictures into terminal
//! cells. Positions and sizes are in pixels of the upright photo, with the origin at the top left.
//!
//! ```
//! use twinsight::vision::{Crop, Photo, Preparation, SIDE};
//!
//! // A PGM file of 80 × 80 pixels whose grey levels grow from left to right.
//! let mut file = b"P5 80 80 255\n".to_vec();
//! file.extend((0..80 * 80).map(|i| (i % 80 * 3) as u8));
//! let photo = Photo::decode(&file)?;
//! let prepared = Preparation::of(Crop::Whole).prepare(&photo);
//! let pixels = prepared.face.pixels();
//! assert_eq!(pixels.len(), SIDE * SIDE);
//! assert!(pixels[0] < 0.01 && pixels[SIDE - 1] > 0.9);
//! # Ok::<(), twinsight::vision::PhotoError>(())
//! ```

pub mod align;
pub mod aligned;
mod backbone_hash;
pub mod blocks;
pub mod cascade;
pub(crate) mod close;
mod crop;
pub mod detect;
mod face;
pub mod gray;
mod halved;
pub(crate) mod integral;
mod jpeg;
pub(crate) mod kind;
pub mod photo;
mod preparation;
pub mod quality;
mod rect;
mod resize;
pub mod resize_exact;
pub(crate) mod warp;
pub mod yunet;

pub use backbone_hash::BackboneHash;
pub use crop::{Crop, UnknownCrop};
pub use face::{Face, SIDE};
pub(crate) use face::{FaceContent, FaceSource};
pub use gray::PhotoError;
pub use photo::Photo;
pub use preparation::{Preparation, PreparedFace};
pub use rect::Rect;
