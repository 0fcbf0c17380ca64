//! The program as a user or a script meets it: the real binary, in a home of its own, on real faces.
//!
//! What is trained here is trained for one epoch: that is enough to have a model, and its quality is tested elsewhere.

// Clippy knows the functions marked as tests, not those that help them.
#![allow(clippy::unwrap_used)]

mod folds;
mod gallery;
mod harness;
mod looking;
mod measuring;
mod mistakes;
mod training;
