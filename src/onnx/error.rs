//! Why an ONNX file cannot be used.

use super::limits;

/// Why an ONNX file cannot be used, as one sentence. The caller adds the name of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OnnxError {
    /// The bytes are no ONNX message, or a part of it breaks off.
    #[error("it is not an ONNX file, or it is damaged")]
    NotOnnx,
    /// The file ends before its content does.
    #[error("it ends too early; copy or download it again")]
    Truncated,
    /// More bytes than are read.
    #[error("it is larger than {} MiB", limits::MAX_BYTES >> 20)]
    TooLarge,
    /// Too many operators or weights, or too deep a tensor.
    #[error("it has more {0} than any face network needs")]
    TooMany(&'static str),
    /// A part of ONNX that is not read.
    #[error("it uses {0}, which is not supported; export the network without it")]
    Unsupported(String),
    /// A weight tensor whose data do not fit its shape.
    #[error("the weights \"{0}\" do not have as many values as their shape says")]
    Weights(String),
    /// An operator whose operands or attributes contradict each other.
    #[error("its operator {operator} ({name}) is invalid: {why}")]
    Operator {
        /// The operator's type, such as `Conv`.
        operator: String,
        /// What it is called in the file, or the name of its output.
        name: String,
        /// What is wrong.
        why: &'static str,
    },
    /// A run would need more memory or time than is allowed.
    #[error("one run of it would take too {0}")]
    TooCostly(&'static str),
    /// Another number of inputs or outputs than one.
    #[error("it has {found} {what}s; a network with one is needed")]
    Count {
        /// `input` or `output`.
        what: &'static str,
        /// How many there are.
        found: usize,
    },
    /// An input or output of another shape than the description says.
    #[error("its {what} has the shape {found}, not {wanted}")]
    Shape {
        /// `input` or `output`.
        what: &'static str,
        /// The shape in the file.
        found: String,
        /// The shape that is needed.
        wanted: String,
    },
    /// The runtime refuses it.
    #[error("it cannot be run: {0}")]
    Runtime(String),
    /// The result has values that are not finite.
    #[error("its result has values that are not numbers")]
    NotFinite,
}

impl OnnxError {
    /// An invalid operator.
    pub(super) fn operator(operator: &str, name: &str, why: &'static str) -> Self {
        Self::Operator {
            operator: shown(operator),
            name: shown(name),
            why,
        }
    }

    /// What the runtime said, on one line.
    pub(super) fn runtime(said: &dyn std::fmt::Display) -> Self {
        Self::Runtime(shown(&said.to_string()))
    }
}

/// A text of the file for a message: printable, on one line, of at most 80 characters.
pub(super) fn shown(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    crate::files::clean(&words.join(" "))
        .chars()
        .take(80)
        .collect()
}
