//! How fast the kernels are: medians and spreads of whole layers, and the peak of the processor.
//!
//! Other work on the machine lengthens every time. On Linux each timing also has the processor time of all threads of the
//! process: divided by the number of cores, it is the time on a machine without other work.
//!
//! The numbers of the presets come from
//!
//! ```text
//! cargo test --release --lib conv2d::bench -- --ignored --nocapture --test-threads 1
//! ```

use super::dispatch::{unsupported, with_isa};
use super::isa::{Isa, Job};
use super::plan::Method;
#[cfg(test)]
use super::plan::Pass;
use super::simd::Portable;
use super::{BackwardOperands, ConvLayer, ConvShape, Fused, Gradients, Kernels, Operands};
use std::fmt;
use std::hint::black_box;
use std::time::Instant;

/// Times of one piece of work, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    /// The median.
    pub median: f64,
    /// The shortest.
    pub fastest: f64,
    /// The longest.
    pub slowest: f64,
    /// Median of the processor time of all threads, where the system reports it.
    pub cpu: Option<f64>,
    /// Number of runs, after one that does not count.
    pub runs: usize,
}

impl Timing {
    /// Does `work` once to warm up, then `runs` times.
    ///
    /// # Panics
    /// If `runs` is 0.
    pub fn of(runs: usize, mut work: impl FnMut()) -> Self {
        work();
        let mut seconds = Vec::new();
        let mut cpu = Vec::new();
        for _ in 0..runs {
            let (start, before) = (Instant::now(), cpu_seconds());
            work();
            seconds.push(start.elapsed().as_secs_f64());
            cpu.extend(
                cpu_seconds()
                    .zip(before)
                    .map(|(after, before)| after - before),
            );
        }
        seconds.sort_by(f64::total_cmp);
        cpu.sort_by(f64::total_cmp);
        let cpu = (cpu.len() == runs).then(|| cpu[runs / 2]);
        Self {
            median: seconds[runs / 2],
            fastest: seconds[0],
            slowest: seconds[runs - 1],
            cpu,
            runs,
        }
    }
}

/// Processor time of every thread of this process that is still alive.
fn cpu_seconds() -> Option<f64> {
    let mut nanoseconds = 0.0;
    for task in std::fs::read_dir("/proc/self/task").ok()? {
        let stat = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        nanoseconds += stat.split_whitespace().next()?.parse::<f64>().ok()?;
    }
    Some(nanoseconds / 1e9)
}

impl fmt::Display for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [median, fastest, slowest] = [self.median, self.fastest, self.slowest].map(|s| s * 1e3);
        write!(f, "{median:8.2} ms ({fastest:.2}..{slowest:.2})")?;
        self.cpu
            .map_or(Ok(()), |cpu| write!(f, " cpu {:.2} ms", cpu * 1e3))
    }
}

/// Times of a layer's passes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerTiming {
    /// The forward pass of training.
    pub forward: Timing,
    /// The forward pass of inference.
    pub inference: Timing,
    /// The backward pass.
    pub backward: Timing,
    /// Operations of a direct convolution, forward.
    pub forward_flops: f64,
    /// Operations of a direct convolution, backward.
    pub backward_flops: f64,
}

impl LayerTiming {
    /// Direct-equivalent GFLOP/s of forward and backward together, by the medians.
    pub fn gflops(&self) -> f64 {
        (self.forward_flops + self.backward_flops)
            / (self.forward.median + self.backward.median)
            / 1e9
    }
}

/// Times a layer with the given kernels; a `first` layer computes no gradient of its input.
pub fn layer(kernels: Kernels, layer: &ConvLayer, first: bool, runs: usize) -> LayerTiming {
    layer_by(kernels, None, layer, first, runs)
}

/// As [`layer`], by one method.
fn layer_by(
    kernels: Kernels,
    method: Option<Method>,
    layer: &ConvLayer,
    first: bool,
    runs: usize,
) -> LayerTiming {
    let shape = &layer.shape;
    let wave = |len: usize| {
        (0..len)
            .map(|i| (i as f32 * 0.37).sin())
            .collect::<Vec<f32>>()
    };
    let (input, weight, bias) = (
        wave(shape.input_len()),
        wave(shape.weight_len()),
        wave(shape.outputs),
    );
    let operands = Operands {
        input: &input,
        weight: &weight,
        bias: &bias,
    };
    let mut output = vec![0.0; layer.output_len()];
    let mut argmax = vec![0; layer.argmax_len()];
    let inference = Timing::of(runs, || {
        kernels.run_forward(method, layer, operands, &mut output, &mut [])
    });
    let forward = Timing::of(runs, || {
        kernels.run_forward(method, layer, operands, &mut output, &mut argmax)
    });
    let operands = BackwardOperands {
        input: &input,
        weight: &weight,
        argmax: &argmax,
        grad_output: &output,
    };
    let (mut grad_input, mut grad_weight) = (vec![0.0; input.len()], vec![0.0; weight.len()]);
    let mut grad_bias = vec![0.0; bias.len()];
    let backward = Timing::of(runs, || {
        let gradients = Gradients {
            input: (!first).then_some(&mut grad_input),
            weight: &mut grad_weight,
            bias: &mut grad_bias,
        };
        kernels.run_backward(method, layer, operands, Default::default(), gradients);
    });
    let forward_flops = shape.direct_flops();
    let backward_flops = forward_flops * if first { 1.0 } else { 2.0 };
    LayerTiming {
        forward,
        inference,
        backward,
        forward_flops,
        backward_flops,
    }
}

/// The tutorial's three convolutions on `batch` pictures of 64×64.
pub fn tutorial(batch: usize) -> [ConvLayer; 3] {
    [(1, 96, 11, 64), (96, 256, 5, 32), (256, 384, 3, 16)].map(|(inputs, outputs, kernel, side)| {
        let shape = ConvShape {
            batch,
            height: side,
            width: side,
            inputs,
            outputs,
            kernel,
        };
        shape.with(Fused::RELU_POOL)
    })
}

/// GFLOP/s of one core at multiply-adds on registers and the first-level cache, to compare other numbers with.
pub fn peak(kernels: Kernels) -> f64 {
    with_isa!(kernels, peak_of(Portable), |isa| peak_of(isa))
}

/// Bytes a second that the threads of the current pool read and write together, in blocks larger than any cache: `a = b + 1`,
/// each value counted once read and once written.
pub fn bandwidth() -> f64 {
    use rayon::prelude::*;
    const VALUES: usize = 1 << 24;
    const BLOCK: usize = 1 << 16;
    let (mut to, from) = (vec![0.0_f32; VALUES], vec![1.0_f32; VALUES]);
    let timing = Timing::of(7, || {
        let blocks = to.par_chunks_mut(BLOCK).zip(from.par_chunks(BLOCK));
        blocks.for_each(|(to, from)| {
            to.iter_mut().zip(from).for_each(|(to, x)| *to = x + 1.0);
        });
        black_box(&to);
    });
    (2 * VALUES * size_of::<f32>()) as f64 / timing.fastest
}

fn peak_of<I: Isa>(isa: I) -> f64 {
    struct Tiles<I>(I, usize);
    impl<I: Isa> Job for Tiles<I> {
        type Output = f32;

        #[inline(always)]
        fn call(self) -> f32 {
            let Self(isa, times) = self;
            let a = vec![0.5; 64 * I::ROWS];
            let b = vec![0.25; 64 * I::VECTORS * I::LANES];
            let mut out = vec![0.0; I::ROWS * I::VECTORS * I::LANES];
            for _ in 0..times {
                isa.product(
                    I::VECTORS,
                    64,
                    black_box(&a),
                    black_box(&b),
                    black_box(&mut out),
                );
            }
            out[0]
        }
    }
    let times = 100_000;
    let timing = Timing::of(7, || {
        black_box(isa.run(Tiles(isa, times)));
    });
    2.0 * (64 * I::ROWS * I::VECTORS * I::LANES * times) as f64
        / timing.cpu.unwrap_or(timing.fastest)
        / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(name: &str, timing: &LayerTiming) {
        println!(
            "{name:34} forward {} backward {}  {:6.1} GFLOP/s direct-equivalent",
            timing.forward,
            timing.backward,
            timing.gflops()
        );
    }

    #[test]
    #[ignore = "measures; run by the command in the module's documentation"]
    fn tutorial_step() {
        let kernels = Kernels::current();
        println!(
            "{kernels}, {} threads, peak of a core {:.1} GFLOP/s",
            rayon::current_num_threads(),
            peak(kernels)
        );
        let (mut total, mut cpu) = (0.0, 0.0);
        for (at, conv) in tutorial(128).into_iter().enumerate() {
            let (shape, timing) = (conv.shape, layer(kernels, &conv, at == 0, 5));
            total += timing.forward.median + timing.backward.median;
            cpu += timing.forward.cpu.unwrap_or(0.0) + timing.backward.cpu.unwrap_or(0.0);
            report(
                &format!(
                    "{}x{} {}->{}",
                    shape.kernel, shape.kernel, shape.inputs, shape.outputs
                ),
                &timing,
            );
        }
        println!(
            "128 pictures, forward and backward: {total:.3} s, cpu {cpu:.3} s; peak of a core {:.1} GFLOP/s",
            peak(kernels)
        );
        for batch in [1, 64] {
            let layers = tutorial(batch);
            let times = layers.map(|conv| layer(kernels, &conv, true, 9).inference);
            println!(
                "{batch} pictures, inference: {} | {} | {}",
                times[0], times[1], times[2]
            );
        }
    }

    /// Prints the table that the costs of [`plan`](super::super::plan) are fitted to.
    #[test]
    #[ignore = "measures for minutes; run by the command in the module's documentation"]
    fn methods() {
        println!(
            "method kernel inputs outputs side | forward ns/picture, of the model | backward, of the model"
        );
        for kernel in [3, 5] {
            for inputs in [1, 2, 4, 8, 16, 32, 64] {
                for outputs in [8, 16, 48] {
                    for side in [2, 4, 6, 8, 16, 32] {
                        compare(&ConvShape {
                            batch: 1,
                            height: side,
                            width: side,
                            inputs,
                            outputs,
                            kernel,
                        });
                    }
                }
            }
        }
    }

    fn compare(one: &ConvShape) {
        let most = 4_000_000 / one.map().len().max(one.input_len());
        let batch = ((4e8 / one.direct_flops()) as usize).clamp(1, most);
        let shape = ConvShape { batch, ..*one };
        for &method in Method::all(shape.kernel) {
            let timing = layer_by(
                Kernels::current(),
                Some(method),
                &shape.with(Fused::NONE),
                false,
                5,
            );
            let [forward, backward] = [
                (timing.forward, Pass::Forward),
                (timing.backward, Pass::Backward),
            ]
            .map(|(time, pass)| {
                let measured = time.cpu.unwrap_or(time.median) / batch as f64 * 1e9;
                format!(
                    "{measured:.0} {:.2}",
                    measured / method.nanoseconds(&shape, pass)
                )
            });
            let ConvShape {
                kernel,
                inputs,
                outputs,
                height,
                ..
            } = shape;
            println!("{method:?} {kernel} {inputs} {outputs} {height} | {forward} | {backward}");
        }
    }
}
