//! Dropout whose mask follows from a seed.
//!
//! Each picture of each layer of each step has its own random stream, so a resumed run draws the same masks as an uninterrupted
//! one, and pictures are masked in parallel. (dfdx's dropout draws from one generator whose state cannot be saved.) This is
//! "inverted" dropout: values that stay are divided by `1 − rate`, and inference does nothing.
//!
//! Behind a convolution with ReLU or pooling it is part of that operation ([`Dropout::apply`]): the convolution keeps one byte
//! for each output anyway, which can also say that dropout set the value to zero. The mask is then drawn once, and the
//! activations are not copied.

use super::conv2d::Argmax;
use super::tape::{Backward, TapeError, Var, apply};
use crate::units::{Purpose, Seed};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Which mask: that of one layer in one step of training.
#[derive(Debug, Clone, Copy)]
pub struct MaskSeed {
    /// The seed of the run.
    pub seed: Seed,
    /// The batch, counted over the whole run.
    pub step: u64,
    /// The layer, counted from 0; under 256.
    pub layer: usize,
}

impl MaskSeed {
    fn stream(self, n: usize) -> ChaCha8Rng {
        debug_assert!(
            self.layer < 256 && n < 65_536,
            "the index below has room for these"
        );
        let index = (self.step << 24) | ((n as u64) << 8) | self.layer as u64;
        self.seed.stream(Purpose::Dropout, index)
    }
}

/// Dropout of one layer in one step.
#[derive(Debug, Clone, Copy)]
pub struct Dropout {
    /// The share of values set to zero, at least 0 and under 1.
    pub rate: f32,
    /// Which mask.
    pub mask: MaskSeed,
}

impl Dropout {
    /// The factor of the values that stay.
    pub fn keep(self) -> f32 {
        1.0 / (1.0 - self.rate)
    }

    /// Multiplies the gradient by an output to which [`apply`](Self::apply) was applied.
    pub fn scale(self, gradient: &mut [f32]) {
        let keep = self.keep();
        gradient.par_iter_mut().for_each(|dy| *dy *= keep);
    }

    /// Writes the factors for picture `n`: 0 with probability `rate`, [`keep`](Self::keep) otherwise. A factor is 0 where 16
    /// random bits are under `rate·65536`, so the probability is exact to 1/65536.
    fn factors(self, n: usize, to: &mut [f32]) {
        let mut stream = self.mask.stream(n);
        let limit = (f64::from(self.rate) * 65_536.0).round() as u32;
        let keep = self.keep();
        for four in to.chunks_mut(4) {
            let bits = stream.next_u64();
            for (i, factor) in four.iter_mut().enumerate() {
                let draw = (bits >> (16 * i)) as u32 & 0xffff;
                *factor = if draw < limit { 0.0 } else { keep };
            }
        }
    }

    /// Masks and scales the output `y` `[N, F]` of fused stages in place, and marks the masked values in `argmax`. In the
    /// backward pass the caller calls [`scale`](Self::scale).
    ///
    /// # Panics
    /// If `argmax` has not one byte for each output.
    pub fn apply(self, features: usize, y: &mut [f32], argmax: &mut Argmax) {
        assert_eq!(y.len(), argmax.0.len(), "one byte for each output");
        let rows = y
            .par_chunks_mut(features)
            .zip(argmax.0.par_chunks_mut(features));
        rows.enumerate().for_each_init(
            || vec![0.0; features],
            |factors, (n, (y, argmax))| {
                self.factors(n, factors);
                for ((y, mark), factor) in y.iter_mut().zip(argmax).zip(factors) {
                    *y *= *factor;
                    *mark = if *factor == 0.0 {
                        Argmax::MASKED
                    } else {
                        *mark
                    };
                }
            },
        );
    }
}

/// Sets a share of `x` `[N, F]` to zero and scales the rest up: dropout that is not fused into a convolution.
///
/// # Errors
/// [`TapeError::OutOfMemory`] if memory runs out.
pub fn dropout(x: Var, dropout: Dropout) -> Result<Var, TapeError> {
    let shape @ (_, features) = x.shape();
    apply(x, &[], shape, true, move |mut x| {
        multiply(&mut x, features, dropout);
        let backward = move |back: Backward<'_>| {
            let Some(input) = back.input else { return };
            // The mask is drawn again: kept, it would be as large as the activations.
            let rows = input
                .par_chunks_mut(features)
                .zip(back.output.par_chunks(features));
            rows.enumerate().for_each_init(
                || vec![0.0; features],
                |factors, (n, (dx, dy))| {
                    dropout.factors(n, factors);
                    for i in 0..features {
                        dx[i] += dy[i] * factors[i];
                    }
                },
            );
        };
        (x, backward)
    })
}

fn multiply(x: &mut [f32], features: usize, dropout: Dropout) {
    x.par_chunks_mut(features).enumerate().for_each_init(
        || vec![0.0; features],
        |factors, (n, x)| {
            dropout.factors(n, factors);
            x.iter_mut()
                .zip(factors)
                .for_each(|(x, factor)| *x *= *factor);
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(layer: usize) -> Dropout {
        Dropout {
            rate: 0.3,
            mask: MaskSeed {
                seed: Seed(7),
                step: 3,
                layer,
            },
        }
    }

    #[test]
    fn masks_repeat_differ_by_picture_and_keep_the_mean() {
        let draw = |n| {
            let mut factors = vec![0.0; 40_000];
            at(1).factors(n, &mut factors);
            factors
        };
        assert_eq!(draw(0), draw(0));
        assert_ne!(draw(0), draw(1));
        let zeros = draw(0).iter().filter(|&&f| f == 0.0).count() as f64 / 40_000.0;
        // Six standard deviations of a binomial share: sqrt(0.3·0.7/40000) = 0.0023.
        assert!((zeros - 0.3).abs() < 0.014, "{zeros}");
        assert!(draw(0).iter().all(|&f| f == 0.0 || f == 1.0 / 0.7));
    }

    #[test]
    fn a_fused_mask_hides_the_same_values_and_gradients() {
        let mut y = vec![2.0; 3 * 50];
        let mut argmax = Argmax(vec![1; y.len()]);
        at(0).apply(50, &mut y, &mut argmax);
        let mut alone = vec![2.0; y.len()];
        multiply(&mut alone, 50, at(0));
        assert_eq!(y, alone);
        assert!(y.contains(&0.0) && y.iter().any(|&y| y > 0.0));
        for (y, mark) in y.iter().zip(argmax.as_slice()) {
            assert_eq!(*mark, if *y == 0.0 { Argmax::MASKED } else { 1 });
        }
    }
}
