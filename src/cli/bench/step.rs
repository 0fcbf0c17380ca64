//! How fast a training is: whole steps of a real training, which writes nothing. Of an ensemble, the first member learns.

use std::time::Instant;

use super::{BenchReport, Bound, Context, Layer};
use crate::model::FaceInput;
use crate::nn::conv2d::{self, Kernels};
use crate::nn::profile::{self, Entry, Work};
use crate::nn::spec::{Extent, LayerPlan, NetworkSpec, SpecError};
use crate::train::recipe::Sampling;
use crate::train::{Answer, Event, Recipe, Session};

pub(super) fn measure(
    context: &Context,
    recipe: Recipe,
    runs: u32,
    profiled: bool,
) -> anyhow::Result<BenchReport> {
    let recipe = Recipe {
        // More epochs than needed; the training is stopped earlier.
        epochs: runs + 1,
        ensemble: None,
        ..recipe
    };
    let input = FaceInput::of(&recipe.preparation, &recipe.input)?;
    let work = arithmetic(&recipe, input.extent())?;
    let dataset = context.dataset(&recipe.preparation)?;
    let pool = crate::train::pool(context.config.threads.unwrap_or(0))?;
    let (mut seconds, mut pairs) = (Vec::new(), 0.0);
    let mut entries = Vec::new();
    pool.install(|| -> anyhow::Result<()> {
        let mut begun = Instant::now();
        let mut warm = false;
        Session::new(&dataset, recipe, None)?.run(&mut |event| {
            if let Event::Batch(batch) = event {
                if warm {
                    seconds.push(begun.elapsed().as_secs_f64());
                    pairs = f64::from(batch.pairs_per_second);
                } else if profiled {
                    profile::begin();
                }
                warm = true;
            }
            // Measured from here to the next batch, without the validation between two epochs.
            begun = Instant::now();
            match seconds.len() as u64 >= u64::from(runs) {
                true => Answer::Stop,
                false => Answer::Continue,
            }
        })?;
        entries = profile::end();
        Ok(())
    })?;
    let total: f64 = seconds.iter().sum();
    let limits = pool.install(|| entries.first().map(|_| Limits::measured()));
    let layers = layers(entries, total, seconds.len() as f64, limits);
    let report = BenchReport::of(seconds);
    Ok(BenchReport {
        pairs_per_second: Some(pairs),
        gflop_per_second: Some(work / report.seconds / 1e9),
        layers,
        ..report
    })
}

/// The fastest that this machine computes and moves data, with the threads of the pool.
#[derive(Debug, Clone, Copy)]
struct Limits {
    flops: f64,
    bytes: f64,
}

impl Limits {
    fn measured() -> Self {
        let threads = rayon::current_num_threads() as f64;
        Self {
            flops: 1e9 * threads * conv2d::bench::peak(Kernels::current()),
            bytes: conv2d::bench::bandwidth(),
        }
    }

    /// What limits the work, and the seconds that it takes at that limit; `None` for no work.
    fn bound(self, work: Work) -> Option<Bound> {
        let (flops, bytes) = (work.flops / self.flops, work.bytes / self.bytes);
        let by = if flops > bytes {
            "arithmetic"
        } else {
            "memory"
        };
        let seconds = flops.max(bytes);
        (seconds > 0.0).then_some(Bound { by, seconds })
    }
}

/// The time of each label, and last the rest: making batches, copies, and what dfdx computes (the dense layers, the head).
fn layers(entries: Vec<Entry>, total: f64, runs: f64, limits: Option<Limits>) -> Vec<Layer> {
    let layer = |entry: Entry| {
        let (forward, backward) = (entry.forward.as_secs_f64(), entry.backward.as_secs_f64());
        Layer {
            name: entry.label,
            share: (forward + backward) / total,
            forward: forward / runs,
            backward: backward / runs,
            bound: limits.and_then(|limits| limits.bound(entry.work)),
        }
    };
    let timed = |entry: &Entry| !(entry.forward + entry.backward).is_zero();
    let mut layers: Vec<Layer> = entries.into_iter().filter(timed).map(layer).collect();
    if !layers.is_empty() {
        let share = 1.0 - layers.iter().map(|layer| layer.share).sum::<f64>();
        layers.push(Layer {
            name: "everything else".to_owned(),
            share,
            forward: share * total / runs,
            backward: 0.0,
            bound: None,
        });
    }
    layers
}

/// Multiplications and additions of a full batch, forward and backward, by direct computation. The first layer's input, the
/// pictures, needs no gradient.
fn arithmetic(recipe: &Recipe, input: Extent) -> Result<f64, SpecError> {
    let network: &NetworkSpec = &recipe.network;
    let plan = network.plan(input)?;
    let operations = |(index, layer): (usize, &LayerPlan)| {
        let passes = if index == 0 { 2.0 } else { 3.0 };
        2.0 * passes * layer.multiply_adds as f64
    };
    let picture: f64 = plan.iter().enumerate().map(operations).sum();
    let pictures = match recipe.sampling {
        Sampling::Pairs { batch } => 2 * batch,
        Sampling::Identities {
            people, pictures, ..
        } => people * pictures,
    };
    Ok(picture * pictures as f64)
}
