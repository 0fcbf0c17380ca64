//! The first weights of a network.

use crate::units::{Purpose, Seed};
use rand::RngExt;

/// Uniform in ±√(6 / (fan in + fan out)) (Glorot and Bengio 2010), the default of Keras.
///
/// `shape` is `[K, K, I, O]` (the fans are `K²·I` and `K²·O`) or `[I, O]`; `index` gives each array of a network
/// its own random stream.
pub fn glorot_uniform(shape: &[usize], seed: Seed, index: u64) -> Vec<f32> {
    let (outputs, rest) = shape.split_last().expect("a weight has at least two axes");
    let (inputs, window) = rest.split_last().expect("a weight has at least two axes");
    let window: usize = window.iter().product();
    let limit = (6.0 / (window * (inputs + outputs)) as f32).sqrt();
    let mut stream = seed.stream(Purpose::Weights, index);
    (0..shape.iter().product())
        .map(|_| stream.random_range(-limit..limit))
        .collect()
}
