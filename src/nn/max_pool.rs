//! Max pooling that is not fused into a convolution.

use super::conv2d::{Fused, MapShape};
use super::pool::{max_backward, max_forward};
use super::spec::Extent;
use super::tape::{Backward, TapeError, Var, apply};

/// The shape of the input map, and the length of the output.
fn shapes(batch: usize, input: Extent) -> (MapShape, usize) {
    let map = MapShape {
        batch,
        height: input.height,
        width: input.width,
        channels: input.channels,
    };
    (
        map,
        map.after(Fused {
            relu: false,
            pool: true,
        })
        .len(),
    )
}

/// Maxima of 2×2 windows of `x` `[N, H·W·C]`, on the tape.
///
/// # Errors
/// [`TapeError::OutOfMemory`] if memory runs out.
pub fn max_pool(x: Var, input: Extent) -> Result<Var, TapeError> {
    let batch = x.shape().0;
    let (map, len) = shapes(batch, input);
    apply(x, &[], (batch, len / batch), true, |x| {
        let mut y = vec![0.0; len];
        let argmax = max_forward(&map, false, &x, &mut y);
        let backward = move |back: Backward<'_>| {
            if let Some(dx) = back.input {
                max_backward(&map, &argmax, back.output, dx);
            }
        };
        (y, backward)
    })
}

/// [`max_pool`] without a tape.
pub fn infer(x: &[f32], input: Extent) -> Vec<f32> {
    let (map, len) = shapes(x.len() / input.features(), input);
    let mut y = vec![0.0; len];
    max_forward(&map, false, x, &mut y);
    y
}
