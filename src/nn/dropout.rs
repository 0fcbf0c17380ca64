//! Dropout whose mask follows from a seed.
//!
//! dfdx's dropout draws from the device's one generator, whose state cannot be saved; here each picture of each layer
//! of each step has a stream of its own, so that a resumed run silences what the uninterrupted one would have, and
//! pictures can be masked in parallel. "Inverted" dropout: what stays is divided by `1 − rate`, inference does nothing.
//!
//! Behind a convolution with ReLU or pooling it is no operation of its own ([`Dropout::apply`]): the convolution
//! remembers one byte for each output anyway, and a value that is silenced is one that ReLU might have silenced. So the
//! mask costs one drawing, and neither a copy of the activations nor a second drawing on the way back.

use super::conv2d::Choices;
use super::tape::{Backward, Batch, Recording, apply};
use crate::units::{Purpose, Seed};
use dfdx::shapes::HasShape;
use dfdx::tensor::CpuError;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Which mask: one step of training and one layer of the tower.
#[derive(Debug, Clone, Copy)]
pub struct MaskSeed {
    /// The run's seed.
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
    /// The share silenced, at least 0 and under 1.
    pub rate: f32,
    /// Which mask.
    pub mask: MaskSeed,
}

impl Dropout {
    /// What the values that stay are multiplied by.
    pub fn keep(self) -> f32 {
        1.0 / (1.0 - self.rate)
    }

    /// Factors for picture `n`: 0 with probability `rate`, [`keep`](Self::keep) otherwise. A value is silenced where 16
    /// random bits are under `rate·65536`, so the probability is right to 1/65536.
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

    /// Silences and scales the output `y` `[N, F]` of fused stages in place, and marks in their `choices` what no gradient
    /// flows through any more. On the way back the gradient by `y` is to be multiplied by [`keep`](Self::keep).
    ///
    /// # Panics
    /// If there is not one choice for each output.
    pub fn apply(self, features: usize, y: &mut [f32], choices: &mut Choices) {
        assert_eq!(y.len(), choices.0.len(), "one choice for each output");
        let rows = y
            .par_chunks_mut(features)
            .zip(choices.0.par_chunks_mut(features));
        rows.enumerate().for_each_init(
            || vec![0.0; features],
            |factors, (n, (y, choices))| {
                self.factors(n, factors);
                for ((y, choice), factor) in y.iter_mut().zip(choices).zip(factors) {
                    *y *= *factor;
                    *choice = if *factor == 0.0 {
                        Choices::SILENT
                    } else {
                        *choice
                    };
                }
            },
        );
    }
}

/// Silences a share of `x` `[N, F]` and scales the rest up, where no convolution could take it over.
///
/// # Errors
/// [`CpuError`] if memory runs out.
pub fn dropout(x: Batch<Recording>, dropout: Dropout) -> Result<Batch<Recording>, CpuError> {
    let shape @ (_, features) = *x.shape();
    apply(x, &[], shape, true, move |mut x| {
        multiply(&mut x, features, dropout);
        let backward = move |back: Backward<'_>| {
            let Some(input) = back.input else { return };
            // The mask is drawn again rather than kept: it would be as large as the activations.
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
        let silent = draw(0).iter().filter(|&&f| f == 0.0).count() as f64 / 40_000.0;
        // Six standard deviations of a binomial share: sqrt(0.3·0.7/40000) = 0.0023.
        assert!((silent - 0.3).abs() < 0.014, "{silent}");
        assert!(draw(0).iter().all(|&f| f == 0.0 || f == 1.0 / 0.7));
    }

    #[test]
    fn a_fused_mask_silences_values_and_gradients_alike() {
        let mut y = vec![2.0; 3 * 50];
        let mut choices = Choices(vec![1; y.len()]);
        at(0).apply(50, &mut y, &mut choices);
        let mut alone = vec![2.0; y.len()];
        multiply(&mut alone, 50, at(0));
        assert_eq!(y, alone);
        assert!(y.contains(&0.0) && y.iter().any(|&y| y > 0.0));
        for (y, choice) in y.iter().zip(choices.as_slice()) {
            assert_eq!(*choice, if *y == 0.0 { Choices::SILENT } else { 1 });
        }
    }
}
