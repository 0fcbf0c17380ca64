//! Pixels, no learning.

pub mod cascade;
pub mod detect;
pub(crate) mod integral;
pub mod resize_exact;
