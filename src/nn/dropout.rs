//! Dropout whose mask follows from a seed.
//!
//! dfdx's dropout draws from the device's one generator, whose state cannot be saved; here each picture of each layer
//! of each step has a stream of its own, so that a resumed run silences what the uninterrupted one would have, and
//! pictures can be masked in parallel. "Inverted" dropout: what stays is divided by `1 − rate`, inference does nothing.

use super::tape::{Backward, Batch, Recording, apply};
use crate::units::{Purpose, Seed};
use dfdx::shapes::HasShape;
use dfdx::tensor::CpuError;
use rand::Rng;
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
    /// Factors for picture `n`: 0 with probability `rate`, `1/(1 − rate)` otherwise. A value is silenced where 16 random
    /// bits are under `rate·65536`, so the probability is right to 1/65536.
    fn factors(self, n: usize, rate: f32, to: &mut [f32]) {
        debug_assert!(
            self.layer < 256 && n < 65_536,
            "the index below has room for these"
        );
        let index = (self.step << 24) | ((n as u64) << 8) | self.layer as u64;
        let mut stream = self.seed.stream(Purpose::Dropout, index);
        let limit = (f64::from(rate) * 65_536.0).round() as u32;
        let keep = 1.0 / (1.0 - rate);
        for four in to.chunks_mut(4) {
            let bits = stream.next_u64();
            for (i, factor) in four.iter_mut().enumerate() {
                let draw = (bits >> (16 * i)) as u32 & 0xffff;
                *factor = if draw < limit { 0.0 } else { keep };
            }
        }
    }
}

/// Silences a share `rate` of `x` `[N, F]` and scales the rest up.
///
/// # Errors
/// [`CpuError`] if memory runs out.
pub fn dropout(
    x: Batch<Recording>,
    rate: f32,
    mask: MaskSeed,
) -> Result<Batch<Recording>, CpuError> {
    let shape @ (_, features) = *x.shape();
    apply(x, &[], shape, true, |mut x| {
        multiply(&mut x, features, rate, mask);
        let backward = move |back: Backward<'_>| {
            let Some(input) = back.input else { return };
            // The mask is drawn again rather than kept: it would be as large as the activations.
            let rows = input
                .par_chunks_mut(features)
                .zip(back.output.par_chunks(features));
            rows.enumerate().for_each_init(
                || vec![0.0; features],
                |factors, (n, (dx, dy))| {
                    mask.factors(n, rate, factors);
                    for i in 0..features {
                        dx[i] += dy[i] * factors[i];
                    }
                },
            );
        };
        (x, backward)
    })
}

fn multiply(x: &mut [f32], features: usize, rate: f32, mask: MaskSeed) {
    x.par_chunks_mut(features).enumerate().for_each_init(
        || vec![0.0; features],
        |factors, (n, x)| {
            mask.factors(n, rate, factors);
            x.iter_mut()
                .zip(factors)
                .for_each(|(x, factor)| *x *= *factor);
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_repeat_differ_by_picture_and_keep_the_mean() {
        let mask = MaskSeed {
            seed: Seed(7),
            step: 3,
            layer: 1,
        };
        let draw = |n| {
            let mut factors = vec![0.0; 40_000];
            mask.factors(n, 0.3, &mut factors);
            factors
        };
        assert_eq!(draw(0), draw(0));
        assert_ne!(draw(0), draw(1));
        let silent = draw(0).iter().filter(|&&f| f == 0.0).count() as f64 / 40_000.0;
        // Six standard deviations of a binomial share: sqrt(0.3·0.7/40000) = 0.0023.
        assert!((silent - 0.3).abs() < 0.014, "{silent}");
        assert!(draw(0).iter().all(|&f| f == 0.0 || f == 1.0 / 0.7));
    }
}
