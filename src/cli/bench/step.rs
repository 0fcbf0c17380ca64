//! How fast a training goes: whole steps of a real one, which writes nothing.

use std::time::Instant;

use super::{Context, Report, median};
use crate::cli::train;
use crate::train::{Answer, Event, Session};

pub(super) fn measure(context: &Context, runs: u32) -> anyhow::Result<Report> {
    let mut recipe = train::recipe(&context.config)?;
    // As many epochs as the runs may need; it is stopped before.
    recipe.epochs = runs + 1;
    let dataset = context.dataset(&recipe.preparation)?;
    let pool = crate::train::pool(context.config.threads.unwrap_or(0))?;
    let (mut seconds, mut speeds) = (Vec::new(), Vec::new());
    let mut begun = Instant::now();
    let mut warm = false;
    pool.install(|| {
        Session::new(&dataset, recipe, None)?.run(&mut |event| {
            if let Event::Batch(batch) = event {
                if warm {
                    seconds.push(begun.elapsed().as_secs_f64());
                    speeds.push(f64::from(batch.pairs_per_second));
                }
                warm = true;
            }
            // From here to the next batch; what validation takes between two epochs is not counted.
            begun = Instant::now();
            match seconds.len() as u64 >= u64::from(runs) {
                true => Answer::Stop,
                false => Answer::Continue,
            }
        })
    })?;
    let (runs, seconds) = (seconds.len(), median(seconds));
    Ok(Report {
        seconds,
        runs,
        pairs_per_second: Some(median(speeds)),
        images_per_second: None,
    })
}
