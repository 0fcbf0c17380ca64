//! Neural network operations: dfdx, and what dfdx lacks.

pub mod conv2d;
pub mod pool;
