//! `max(0, x)` where nothing could take it over.

use super::tape::{Backward, Batch, Recording, apply};
use dfdx::shapes::HasShape;
use dfdx::tensor::CpuError;

/// In place; NaN stays NaN.
pub fn rectify(x: &mut [f32]) {
    x.iter_mut().for_each(|x| {
        if *x < 0.0 {
            *x = 0.0;
        }
    });
}

/// [`rectify`] on the tape.
///
/// # Errors
/// [`CpuError`] if memory runs out.
pub fn relu(x: Batch<Recording>) -> Result<Batch<Recording>, CpuError> {
    let shape = *x.shape();
    apply(x, &[], shape, true, |mut x| {
        rectify(&mut x);
        let y = x.clone();
        let backward = move |back: Backward<'_>| {
            let Some(dx) = back.input else { return };
            for i in 0..dx.len() {
                // Written so that NaN lets the gradient through: it must not be hidden.
                dx[i] += if y[i] <= 0.0 { 0.0 } else { back.output[i] };
            }
        };
        (x, backward)
    })
}
