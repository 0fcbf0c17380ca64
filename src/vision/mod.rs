//! Pixels, no learning.
pub mod blocks;
