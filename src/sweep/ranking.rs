//! The recipes of a sweep, best first.

use serde::Serialize;

use super::error::SweepError;
use super::plan::Sweep;
use crate::evaluate::{FoldResult, Rates};
use crate::metrics::median;

/// The figures of one recipe over all its results; rates from 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ranked {
    /// Index into [`Sweep::recipes`].
    pub number: usize,
    /// Its name.
    pub recipe: String,
    /// Results that are there.
    pub results: usize,
    /// Results that there will be.
    pub planned: usize,
    /// EER on the people who validate each fold, mean over all results: what the order goes by. `None` where a result tells none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation_eer: Option<f64>,
    /// Figures on the tested people, the comparisons of all folds and seeds pooled. `None` without results.
    #[serde(flatten)]
    pub rates: Option<Rates>,
    /// Median seconds of training.
    pub seconds: f64,
}

/// All recipes, those with the lowest EER on validation people first, those without results last.
///
/// The tested people do not decide the order: the best of many recipes on some people looks better there than it is.
///
/// # Errors
/// [`SweepError`] if a result cannot be read.
pub fn rank(sweep: &Sweep) -> Result<Vec<Ranked>, SweepError> {
    let mut results: Vec<Vec<FoldResult>> = vec![Vec::new(); sweep.recipes().len()];
    for number in 0..sweep.tasks() {
        let task = sweep.task(number)?;
        results[task.recipe].extend(sweep.result(task)?);
    }
    let planned = sweep.tasks() / sweep.recipes().len();
    let named = sweep.recipes().iter().zip(&results).enumerate();
    let mut ranked: Vec<Ranked> = named
        .map(|(number, (recipe, results))| Ranked {
            number,
            recipe: recipe.name.clone(),
            results: results.len(),
            planned,
            validation_eer: validation_eer(results),
            rates: (!results.is_empty()).then(|| Rates::pooled(results)),
            seconds: median(results.iter().map(|r| r.seconds).collect()).unwrap_or(0.0),
        })
        .collect();
    let by = |ranked: &Ranked| ranked.validation_eer.unwrap_or(f64::INFINITY);
    ranked.sort_by(|a, b| by(a).total_cmp(&by(b)));
    Ok(ranked)
}

fn validation_eer(results: &[FoldResult]) -> Option<f64> {
    let all: Option<Vec<f64>> = results.iter().map(|r| r.validation_eer).collect();
    let all = all.filter(|all| !all.is_empty())?;
    Some(all.iter().sum::<f64>() / all.len() as f64)
}
