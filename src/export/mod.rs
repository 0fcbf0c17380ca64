//! What other programs can read: networks, embeddings, metrics.
//!
//! Everything is made in memory and written by the caller, privately. The formats are those that others read without
//! Twinsight: [`onnx`] files for runtimes, [`npy`] arrays with a table of labels, CSV, TensorBoard's event files and SVG for
//! the metrics of a training.

pub mod arrays;
pub mod metrics;
pub mod npy;
pub mod onnx;
