//! Image processing without learning: from an image file to the 64 × 64 grey values that a network receives.
//!
//! A photo is decoded into an upright grey picture ([`gray`]), the face is found in it ([`detect`], with a Haar
//! [`cascade`]), and the part around the face is cut out and scaled ([`crop`]). [`blocks`] converts pictures into terminal
//! cells. Positions and sizes are in pixels of the upright photo, with the origin at the top left.
//!
//! ```
//! use twinsight::vision::{Crop, Preparation, SIDE, gray};
//!
//! // A PGM file of 80 × 80 pixels whose grey levels grow from left to right.
//! let mut file = b"P5 80 80 255\n".to_vec();
//! file.extend((0..80 * 80).map(|i| (i % 80 * 3) as u8));
//! let photo = gray::decode(&file)?;
//! let prepared = Preparation::of(Crop::Whole).prepare(&photo);
//! let pixels = prepared.face.pixels();
//! assert_eq!(pixels.len(), SIDE * SIDE);
//! assert!(pixels[0] < 0.01 && pixels[SIDE - 1] > 0.9);
//! # Ok::<(), twinsight::vision::PhotoError>(())
//! ```

pub mod align;
pub mod blocks;
pub mod cascade;
pub mod crop;
pub mod detect;
pub mod gray;
pub(crate) mod integral;
mod rect;
mod resize;
pub mod resize_exact;
pub mod warp;
pub mod yunet;

pub use crop::{Crop, Preparation, PreparedFace};
pub use gray::{Face, PhotoError, SIDE};
pub use rect::Rect;
