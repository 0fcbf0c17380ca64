//! Global average pooling, the mean over height and width: `[N, H·W·C]` → `[N, C]`.

use super::spec::Extent;
use super::tape::{Backward, TapeError, Var, apply};
use rayon::prelude::*;

/// The mean of each channel of each picture.
pub fn mean(x: &[f32], input: Extent) -> Vec<f32> {
    let (features, channels) = (input.features(), input.channels);
    let pixels = (input.height * input.width) as f32;
    let mut y = vec![0.0_f32; x.len() / features * channels];
    y.par_chunks_mut(channels)
        .zip(x.par_chunks(features))
        .for_each(|(y, x)| {
            for pixel in x.chunks_exact(channels) {
                y.iter_mut().zip(pixel).for_each(|(y, x)| *y += x);
            }
            y.iter_mut().for_each(|y| *y /= pixels);
        });
    y
}

/// [`mean`] on the tape; each pixel gets its share of the gradient.
///
/// # Errors
/// [`TapeError::OutOfMemory`] if memory runs out.
pub fn global_average_pool(x: Var, input: Extent) -> Result<Var, TapeError> {
    let (features, channels) = (input.features(), input.channels);
    let pixels = (input.height * input.width) as f32;
    let shape = (x.shape().0, channels);
    apply(x, &[], shape, true, |x| {
        let backward = move |back: Backward<'_>| {
            let Some(dx) = back.input else { return };
            dx.par_chunks_mut(features)
                .zip(back.output.par_chunks(channels))
                .for_each(|(dx, dy)| {
                    for pixel in dx.chunks_exact_mut(channels) {
                        pixel
                            .iter_mut()
                            .zip(dy)
                            .for_each(|(dx, dy)| *dx += dy / pixels);
                    }
                });
        };
        (mean(&x, input), backward)
    })
}
