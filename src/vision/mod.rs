//! Pixels, without learning: from a file on disk to the 64 × 64 grey values that a network sees.

pub mod align;
pub mod aligned;
pub mod blocks;
pub mod cascade;
pub mod crop;
pub mod detect;
pub mod gray;
pub(crate) mod integral;
pub mod quality;
mod resize;
pub mod resize_exact;
pub mod warp;
pub mod yunet;

pub use crop::{Crop, Preparation, Prepared, Rect};
pub use gray::{Face, PhotoError, SIDE};
