//! The most that an ONNX file from outside may take.
//!
//! The largest face network in common use, a ResNet-100 with ArcFace's loss, has 250 MB of weights, about 300 operators, 24
//! million intermediate values and 12 thousand million multiplications for one face. Each limit leaves room above it.

/// The largest file, in bytes.
pub const MAX_BYTES: u64 = 320 << 20;
/// The most operators.
pub const MAX_OPERATORS: usize = 4096;
/// The most weight tensors.
pub const MAX_WEIGHTS: usize = 8192;
/// The most inputs, outputs, attributes, or dimensions of one operator or tensor.
pub const MAX_ITEMS: usize = 256;
/// The most dimensions of a tensor.
pub const MAX_RANK: usize = 8;
/// The most values that all intermediate tensors of one run may have together; with 4 bytes each, 512 MiB.
pub const MAX_VALUES: u64 = 1 << 27;
/// The most multiplications of one run.
pub const MAX_MULTIPLICATIONS: u64 = 1 << 36;
