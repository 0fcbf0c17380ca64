//! Tests of the command line: the real binary, in a folder of its own, on real faces.
//!
//! Networks are trained for one epoch here, which is enough to have a model. Quality is tested elsewhere.

// Clippy allows `unwrap` in functions marked as tests, but not in their helpers.
#![allow(clippy::unwrap_used)]

mod calibrate;
mod exports;
mod folders;
mod folds;
mod gallery;
mod harness;
mod looking;
mod measuring;
mod mistakes;
mod packaging;
mod recognition;
mod sentences;
mod styles;
mod sweeps;
mod training;
mod unlike;
