//! Neural networks: layers, kernels, the gradient tape and the optimiser.
//!
//! The kernels, [`conv2d`] and `pool`, are functions on slices, fast ones beside a slow reference. [`tape`] makes operations
//! of them that can be differentiated; it is the seam to dfdx. The other modules named after layers are such operations. A network is built from its description ([`spec`], [`network`]),
//! trained by [`adam`], and run without a tape by [`infer`]. Activations are channels last, `[N, H, W, C]`, weights
//! `[K, K, I, O]`, as in Keras.
//!
//! ```
//! use twinsight::nn::infer::Inference;
//! use twinsight::nn::network::Network;
//! use twinsight::nn::spec::{Extent, LayerSpec, NetworkSpec};
//! use twinsight::units::Seed;
//!
//! let layers = vec![
//!     LayerSpec::Conv { filters: 4, kernel: 3 },
//!     LayerSpec::Relu,
//!     LayerSpec::MaxPool,
//!     LayerSpec::Dense { units: 2 },
//!     LayerSpec::UnitNorm,
//! ];
//! let picture = Extent { height: 8, width: 8, channels: 1 };
//! let network = Network::new(&NetworkSpec { layers }, picture, Seed(1))?;
//! let inference = Inference::new(&network);
//! // Convolution, ReLU and pooling are one step.
//! let steps: Vec<&str> = inference.steps().iter().map(|step| step.name.as_str()).collect();
//! assert_eq!(steps, ["conv 4 @ 3×3", "dense 2", "unit length"]);
//! // Two pictures, [2, 8·8], give two embeddings, [2, 2], of length 1.
//! let embeddings = inference.embed(&[0.5; 2 * 8 * 8]);
//! assert_eq!(embeddings.len(), 4);
//! assert!((embeddings[0].hypot(embeddings[1]) - 1.0).abs() < 1e-6);
//! # Ok::<(), twinsight::nn::spec::SpecError>(())
//! ```

pub mod adam;
mod arrays;
pub mod batch_norm;
pub(crate) mod conv;
pub mod conv2d;
pub(crate) mod conv_norm;
pub mod dense;
pub(crate) mod dropout;
mod fusion;
pub mod global_pool;
pub mod infer;
pub(crate) mod init;
pub mod max_pool;
pub mod network;
pub(crate) mod pool;
pub(crate) mod profile;
pub mod relu;
pub mod spec;
pub mod tape;
pub mod unit_norm;
