//! What can be wrong with the contents of a checkpoint.

use crate::nn::spec::SpecError;
use safetensors::SafeTensorError;
use safetensors::tensor::Dtype;

/// Why a file is not a usable checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    /// Not the format.
    #[error("it is no safetensors file ({0})")]
    Format(SafeTensorError),
    /// Another program's file.
    #[error("it was not written by this program")]
    NoHeader,
    /// The header is not what this version writes.
    #[error("its description does not parse ({0})")]
    Header(ron::error::SpannedError),
    /// The header cannot be written.
    #[error("its description cannot be written ({0})")]
    Unwritable(ron::Error),
    /// Some byte changed.
    #[error("its checksum does not match: it was cut off or changed")]
    Checksum,
    /// Nothing to embed with.
    #[error("it has no member")]
    NoMember,
    /// The header announces more members than there are arrays for.
    #[error("the arrays of member {0} are missing")]
    MissingMember(usize),
    /// The header describes no network.
    #[error(transparent)]
    Network(#[from] SpecError),
    /// An array is not there.
    #[error("the array \"{0}\" is missing")]
    MissingArray(String),
    /// An array has another type or shape.
    #[error("the array \"{name}\" is {found_type:?} {found:?} where F32 {expected:?} belongs")]
    Shape {
        /// The array.
        name: String,
        /// Its type.
        found_type: Dtype,
        /// Its shape.
        found: Vec<usize>,
        /// The shape it should have.
        expected: Vec<usize>,
    },
    /// A number cannot be computed with.
    #[error("{0} holds NaN or infinite numbers")]
    NotFinite(String),
    /// The test-time augmentation, or the input of a member, is out of bounds.
    #[error("{field} is {value}")]
    Augmentation {
        /// What is out of bounds.
        field: &'static str,
        /// Its value.
        value: String,
    },
    /// The optimiser's state belongs to another network.
    #[error("its network is not the one of this run's recipe")]
    OtherNetwork,
}
