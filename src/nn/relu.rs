//! ReLU, `max(0, x)`, that is not fused into another layer.

use super::tape::{Backward, TapeError, Var, apply};

/// `max(0, x)` in place; NaN stays NaN.
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
/// [`TapeError::OutOfMemory`] if memory runs out.
pub fn relu(x: Var) -> Result<Var, TapeError> {
    let shape = x.shape();
    apply(x, &[], shape, true, |mut x| {
        rectify(&mut x);
        let y = x.clone();
        let backward = move |back: Backward<'_>| {
            let Some(dx) = back.input else { return };
            for i in 0..dx.len() {
                // A NaN is not `<= 0`, so its gradient passes and stays visible.
                dx[i] += if y[i] <= 0.0 { 0.0 } else { back.output[i] };
            }
        };
        (x, backward)
    })
}
