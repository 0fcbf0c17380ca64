//! dfdx, and what dfdx lacks on stable Rust.
//!
//! The lower half knows no tape: [`conv2d`] and [`pool`] are kernels on slices, fast paths beside a slow reference.
//! The upper half puts operations on dfdx's tape ([`tape`]) and builds a tower from its description ([`spec`],
//! [`network`]); [`infer`] runs it without a tape, [`adam`] moves its weights. Activations are channels last,
//! `[N, H, W, C]`, weights `[K, K, I, O]`, as in Keras.

pub mod adam;
mod arrays;
pub mod batch_norm;
pub mod conv2d;
pub mod dense;
pub mod dropout;
mod fusion;
pub mod global_pool;
pub mod infer;
pub mod init;
pub mod max_pool;
pub mod network;
pub mod pool;
pub mod profile;
pub mod relu;
pub mod spec;
pub mod tape;
pub mod unit_norm;
