//! Pixels, without learning: from a file on disk to the 64 × 64 grey values that a network sees.

pub mod crop;
pub mod gray;
mod resize;

pub use crop::{Crop, Preparation, Prepared, Rect};
pub use gray::{Face, PhotoError, SIDE};
