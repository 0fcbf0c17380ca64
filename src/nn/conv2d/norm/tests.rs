//! Every instruction set against the reference.

use super::super::Kernels;
use super::super::shape::{Fused, MapShape, NormSlopes};
use super::{Normalised, Peaks};
use crate::units::{Purpose, Seed};
use proptest::prelude::*;
use rand::RngExt;

fn available() -> impl Iterator<Item = Kernels> {
    Kernels::ALL
        .into_iter()
        .filter(|kernels| kernels.available())
}

fn random(seed: u64, len: usize) -> Vec<f32> {
    let mut rng = Seed(seed).stream(Purpose::Weights, 1);
    (0..len).map(|_| rng.random_range(-1.0_f32..1.0)).collect()
}

/// Output, argmax and peaks.
type Outputs = (Vec<f32>, Vec<u8>, Vec<f32>);

fn normalise(
    kernels: Kernels,
    shape: &MapShape,
    fused: Fused,
    map: &[f32],
    affine: [&[f32]; 2],
) -> Outputs {
    let len = shape.after(fused).len();
    let mut output = vec![-7.0; len];
    let mut argmax = vec![9; if fused == Fused::NONE { 0 } else { len }];
    let mut peaks = vec![-7.0; if fused.pool { len } else { 0 }];
    let out = Normalised {
        output: &mut output,
        argmax: &mut argmax,
        peaks: &mut peaks,
    };
    kernels.normalise(shape, fused, map, affine, out);
    (output, argmax, peaks)
}

fn same(got: &[f32], wanted: &[f32]) -> bool {
    let equal = |(a, b): (&f32, &f32)| a == b || a.is_nan() && b.is_nan();
    got.len() == wanted.len() && got.iter().zip(wanted).all(equal)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Few distinct values, so that ties, zeros, NaN and infinities are frequent; scales of both signs, and zero.
    #[test]
    fn normalisation_and_its_gradient_are_the_reference(
        (batch, height, width, channels) in (1_usize..4, 1_usize..8, 1_usize..8, 1_usize..40),
        (relu, pool) in (any::<bool>(), any::<bool>()),
        picks in prop::collection::vec(0_usize..6, 1..50),
        scales in prop::collection::vec(0_usize..4, 1..9),
    ) {
        let shape = MapShape { batch, height, width, channels };
        let fused = Fused { relu, pool };
        let values = [-1.0, 0.0, 0.5, 2.0, f32::NAN, f32::INFINITY];
        let map: Vec<f32> = (0..shape.len()).map(|i| values[picks[i * 7 % picks.len()]]).collect();
        let scale: Vec<f32> = (0..channels).map(|c| [1.0, -0.5, 0.0, 3.0][scales[c % scales.len()]]).collect();
        let shift: Vec<f32> = (0..channels).map(|c| (c % 3) as f32 - 1.0).collect();
        let (output, argmax, peaks) = normalise(Kernels::Reference, &shape, fused, &map, [&scale, &shift]);
        let gradient = random(3, output.len());
        let slopes = NormSlopes { scale: scale.clone(), by_value: random(4, channels), mean: random(5, channels), constant: random(6, channels) };
        let outputs = Peaks { gradient: &gradient, argmax: &argmax, values: if pool { &peaks } else { &map } };
        let mut grads = vec![1.0; gradient.len()];
        Kernels::Reference.add_norm_gradient(&slopes, outputs, &mut grads);
        for kernels in available() {
            let got = normalise(kernels, &shape, fused, &map, [&scale, &shift]);
            prop_assert!(same(&got.0, &output), "{} {:?} {:?}", kernels, got.0, output);
            prop_assert_eq!(&got.1, &argmax);
            // The peak of a masked output may be any: its gradient is zero.
            let masked = |i: usize| argmax[i] == 4;
            for i in (0..peaks.len()).filter(|&i| !masked(i)) {
                prop_assert!(same(&got.2[i..=i], &peaks[i..=i]), "{} {} {}", kernels, got.2[i], peaks[i]);
            }
            let mut got = vec![1.0; gradient.len()];
            kernels.add_norm_gradient(&slopes, outputs, &mut got);
            prop_assert!(same(&got, &grads), "{} {:?} {:?}", kernels, got, grads);
        }
    }

    /// Also where the mean is ten thousand times the deviation: sums of squares in `f32` would leave no digit.
    #[test]
    fn moments_and_sums_agree_with_the_reference(
        (pixels, channels) in (1_usize..3000, 1_usize..50),
        mean in prop_oneof![Just(0.0_f32), Just(-3.0), Just(10_000.0)],
        seed in 0_u64..1000,
    ) {
        let x: Vec<f32> = random(seed, pixels * channels).iter().map(|x| x + mean).collect();
        let wanted = Kernels::Reference.map_moments(&x, channels);
        let gradient = random(seed + 1, x.len());
        let argmax: Vec<u8> = (0..x.len()).map(|i| if i % 3 == 0 { 4 } else { 1 }).collect();
        let means: Vec<f32> = wanted.mean.iter().map(|&mean| mean as f32).collect();
        for marks in [&argmax[..], &[]] {
            let peaks = Peaks { gradient: &gradient, argmax: marks, values: &x };
            let sums = Kernels::Reference.norm_sums(peaks, &means);
            for kernels in available() {
                for (got, wanted) in kernels.norm_sums(peaks, &means).iter().flatten().zip(sums.iter().flatten()) {
                    // Terms up to 2, rounded 64 times in each block.
                    let allowed = 2.0 * 64.0 * 6e-8 * pixels as f64;
                    prop_assert!((got - wanted).abs() <= allowed, "{} {} {}", kernels, got, wanted);
                }
            }
        }
        for kernels in available() {
            let got = kernels.map_moments(&x, channels);
            prop_assert_eq!(got.pixels, pixels);
            for c in 0..channels {
                prop_assert!((got.mean[c] - wanted.mean[c]).abs() <= 4e-6, "{} {} {}", kernels, got.mean[c], wanted.mean[c]);
                let (got, wanted) = (got.squares[c], wanted.squares[c]);
                prop_assert!((got - wanted).abs() <= 1e-5 * wanted + 1e-9, "{} {} {}", kernels, got, wanted);
            }
        }
    }
}

#[test]
fn a_nan_stays_in_its_channel_and_is_not_hidden() {
    let mut x = random(1, 5000 * 3);
    x[4000 * 3 + 1] = f32::NAN;
    for kernels in available() {
        let moments = kernels.map_moments(&x, 3);
        let nan = [false, true, false];
        assert_eq!([0, 1, 2].map(|c| moments.mean[c].is_nan()), nan);
        assert_eq!([0, 1, 2].map(|c| moments.squares[c].is_nan()), nan);
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let (pixels, channels) = (5000, 18);
    let x = random(1, pixels * channels);
    let gradient = random(2, x.len());
    let mean = random(3, channels);
    for kernels in available() {
        let run = || {
            let peaks = Peaks {
                gradient: &gradient,
                argmax: &[],
                values: &x,
            };
            (
                kernels.map_moments(&x, channels),
                kernels.norm_sums(peaks, &mean),
            )
        };
        let in_pool = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            pool.build().unwrap().install(run)
        };
        let once = in_pool(1);
        for threads in [2, 3, 7] {
            assert_eq!(in_pool(threads), once, "{kernels} {threads} threads");
        }
    }
}
