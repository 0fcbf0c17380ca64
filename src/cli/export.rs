//! `twinsight export`: files for other programs.

mod arrays;
mod metrics;
mod network;
mod target;

use super::Status;
use crate::export::arrays::Values;

/// Write networks, embeddings or metrics for other programs.
///
/// Files are private to you, and an existing one is only replaced with --force. The guide's page "exports" shows what
/// onnxruntime, scikit-learn, FAISS and TensorBoard do with them.
#[derive(Debug, clap::Args)]
pub struct Export {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Write a network as an ONNX file, with its preprocessing of faces
    Onnx(network::Network),
    /// Write the weights by name as safetensors, with the network in the metadata
    Safetensors(network::Network),
    /// Write the embeddings of all pictures, or of the gallery, as a NumPy array with a table of labels
    #[command(visible_alias = "npy")]
    Embeddings(arrays::Arrays),
    /// Write what the ONNX file takes of the same pictures, as a NumPy array with a table of labels
    Inputs(arrays::Arrays),
    /// Write the figures of all epochs as CSV, TensorBoard event files, or charts in SVG
    Metrics(metrics::Metrics),
    /// The same as CSV
    #[command(hide = true)]
    Csv(metrics::MetricsFile),
    /// The same for TensorBoard
    #[command(hide = true)]
    Tensorboard(metrics::MetricsFile),
    /// The same as charts
    #[command(hide = true)]
    Svg(metrics::MetricsFile),
}

impl Export {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        use metrics::Format;
        match self.what {
            What::Onnx(command) => command.run(network::Form::Onnx),
            What::Safetensors(command) => command.run(network::Form::Safetensors),
            What::Embeddings(command) => command.run(Values::Embeddings),
            What::Inputs(command) => command.run(Values::Inputs),
            What::Metrics(command) => command.run(),
            What::Csv(command) => command.run(Format::Csv),
            What::Tensorboard(command) => command.run(Format::Tensorboard),
            What::Svg(command) => command.run(Format::Svg),
        }
    }
}
