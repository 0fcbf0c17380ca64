//! How fast faces are embedded: what verification and validation wait for.

use std::time::Instant;

use super::{Context, Report, median};
use crate::cli::train;
use crate::model::Learner;
use crate::vision::Face;

/// How many faces are embedded at once.
const FACES: usize = 64;

pub(super) fn measure(context: &Context, runs: u32) -> anyhow::Result<Report> {
    let recipe = train::recipe(&context.config)?;
    let dataset = context.dataset(&recipe.preparation)?;
    let faces: Vec<Face> = dataset
        .images
        .iter()
        .map(|picture| picture.face.clone())
        .cycle()
        .take(FACES)
        .collect();
    // What the weights are makes no difference to the time.
    let model =
        Learner::new(&recipe.network, recipe.loss, recipe.seed)?.snapshot(&recipe.preparation);
    let mut seconds = Vec::new();
    for run in 0..=runs {
        let begun = Instant::now();
        std::hint::black_box(model.embed(&faces));
        if run > 0 {
            seconds.push(begun.elapsed().as_secs_f64());
        }
    }
    let (runs, seconds) = (seconds.len(), median(seconds));
    let images_per_second = Some(FACES as f64 / seconds);
    Ok(Report {
        seconds,
        runs,
        pairs_per_second: None,
        images_per_second,
    })
}
