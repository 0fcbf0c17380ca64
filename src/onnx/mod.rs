//! ONNX files: loaded, checked and run.
//!
//! An [ONNX](https://onnx.ai/onnx/) file is a protocol-buffers message: a list of operators, the weights, and the names and
//! shapes of inputs and outputs. The `rten` crate runs it; this module is the only one that names `rten`.
//!
//! A file may come from anywhere, and `rten` limits neither memory nor nesting. So an untrusted file goes through three
//! checks before `rten` sees it:
//! 1. `wire` and `outline` read the message with a fixed depth, refuse sub-graphs and external data, and compare the
//!    length of each weight tensor with its shape.
//! 2. `shapes` computes the shape of each intermediate value for the given input, and refuses networks that would
//!    need more memory or time than [`limits`].
//! 3. Only the operators that `shapes` knows are accepted.
//!
//! The two networks that are compiled into the program skip the checks ([`Session::built_in`]).
//!
//! ```
//! use twinsight::internals::onnx::{OnnxError, Session, Wanted};
//!
//! let wanted = Wanted { input: &[1, 3, 112, 112], output: &[1, 128] };
//! let error = Session::from_untrusted(b"not a network", &wanted).unwrap_err();
//! assert_eq!(error, OnnxError::NotOnnx);
//! assert_eq!(error.to_string(), "it is not an ONNX file, or it is damaged");
//! ```

mod error;
mod geometry;
pub mod limits;
mod outline;
mod parallel;
mod session;
mod shapes;
#[cfg(test)]
mod tests;
mod wire;

pub use error::OnnxError;
pub use parallel::on_all_cores;
pub use session::{Session, Wanted};
