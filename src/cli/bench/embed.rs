//! How fast faces are embedded, in verification and validation.

use std::time::Instant;

use super::{BenchReport, Context};
use crate::model::{FaceInput, Learner, Siamese};
use crate::train::Recipe;
use crate::train::recipe::Member;
use crate::vision::Face;

/// Embeds `count` faces at once by all members, with the recipe's test-time augmentation.
pub(super) fn measure(
    context: &Context,
    recipe: &Recipe,
    runs: u32,
    count: usize,
) -> anyhow::Result<BenchReport> {
    let dataset = context.dataset(&recipe.preparation)?;
    let faces: Vec<Face> = dataset
        .images
        .iter()
        .map(|picture| picture.face.clone())
        .cycle()
        .take(count)
        .collect();
    // Untrained weights take the same time.
    let members = recipe.members().into_iter();
    let learner = |member: Member<'_>| -> anyhow::Result<Learner> {
        let input = FaceInput::of(&recipe.preparation, member.input)?;
        Ok(Learner::new(
            member.network,
            input,
            recipe.loss,
            recipe.seed,
        )?)
    };
    let learners = members.map(learner).collect::<Result<Vec<_>, _>>()?;
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
    for learner in &learners {
        let layers = learner.network().plan().iter();
        picture += layers
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
