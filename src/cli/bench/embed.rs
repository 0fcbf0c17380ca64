//! How fast faces are embedded, in verification and validation.

use std::time::Instant;

use super::{BenchReport, Context};
use crate::cli::train;
use crate::model::{Learner, Siamese, input_extent};
use crate::vision::Face;

/// Embeds `count` faces at once, with the recipe's test-time augmentation.
pub(super) fn measure(context: &Context, runs: u32, count: usize) -> anyhow::Result<BenchReport> {
    let recipe = train::recipe(&context.config)?;
    let dataset = context.dataset(&recipe.preparation)?;
    let faces: Vec<Face> = dataset
        .images
        .iter()
        .map(|picture| picture.face.clone())
        .cycle()
        .take(count)
        .collect();
    // Untrained weights take the same time.
    let input = input_extent(&recipe.preparation)?;
    let learner = |network| Learner::new(network, input, recipe.loss, recipe.seed);
    let learners = recipe.networks().into_iter().map(learner);
    let learners = learners.collect::<Result<Vec<_>, _>>()?;
    let members = learners.iter().map(Learner::tower).collect();
    let model = Siamese::new(members, learners[0].head(), recipe.preparation)
        .with_augmentation(recipe.test_time_augmentation.clone());
    let mut seconds = Vec::new();
    for run in 0..=runs {
        let begun = Instant::now();
        std::hint::black_box(model.embed(&faces));
        if run > 0 {
            seconds.push(begun.elapsed().as_secs_f64());
        }
    }
    let mut picture = 0.0;
    for network in recipe.networks() {
        let layers = network.plan(input)?;
        picture += layers
            .iter()
            .map(|layer| 2.0 * layer.multiply_adds as f64)
            .sum::<f64>();
    }
    let work = picture * (count * recipe.test_time_augmentation.count()) as f64;
    let report = BenchReport::of(seconds);
    Ok(BenchReport {
        images_per_second: Some(count as f64 / report.seconds),
        gflop_per_second: Some(work / report.seconds / 1e9),
        ..report
    })
}
