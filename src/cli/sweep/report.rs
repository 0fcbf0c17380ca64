//! `sweep report`: the recipes, best first.

use serde::Serialize;

use crate::cli::Status;
use crate::cli::output::{self, note, percent};
use crate::cli::table::{Column, lines, terminal_width};
use crate::metrics::Estimate;
use crate::sweep::{Ranked, Sweep, rank};

/// Where there is no figure.
const NOTHING: &str = "–";

#[derive(Serialize)]
struct Report {
    protocol: String,
    recipes: Vec<Ranked>,
}

pub(super) fn run(sweep: &Sweep, json: bool) -> anyhow::Result<Status> {
    let recipes = rank(sweep)?;
    let protocol = format!(
        "{}: {} folds of people, {} of them to an assignment; the order is that of the EER on those who validate, for the best of \
         many recipes on the tested people looks better there than it is; 95 % by leaving out people",
        sweep.data(),
        sweep.protocol().fold_ids().len(),
        sweep.protocol().folds,
    );
    if json {
        output::json(&Report { protocol, recipes })?;
        return Ok(Status::Done);
    }
    note(&protocol);
    output::styled(&lines(&columns(), &rows(&recipes), terminal_width()))?;
    Ok(Status::Done)
}

fn columns() -> [Column; 8] {
    [
        Column::new("RECIPE"),
        Column::new("FOLDS").right().dispensable(1),
        Column::new("VALIDATION EER").right(),
        Column::new("TESTED EER"),
        Column::new("AUC").dispensable(3),
        Column::new("FNMR AT FMR 5 %").dispensable(4),
        Column::new("RANK 1").dispensable(5),
        Column::new("SECONDS").right().dispensable(2),
    ]
}

fn rows(recipes: &[Ranked]) -> Vec<Vec<String>> {
    let nothing = || NOTHING.to_owned();
    let row = |ranked: &Ranked| {
        let rate = |figure: Option<Estimate>| figure.map_or_else(nothing, |f| estimate(f, percent));
        let rates = ranked.rates.as_ref();
        vec![
            ranked.recipe.clone(),
            format!("{}/{}", ranked.results, ranked.planned),
            ranked.validation_eer.map_or_else(nothing, percent),
            rate(rates.map(|r| r.eer)),
            rates.map_or_else(nothing, |r| estimate(r.auc, |area| format!("{area:.3}"))),
            rate(rates.map(|r| r.fnmr_at_fmr_5)),
            rate(rates.map(|r| r.rank1)),
            format!("{:.0}", ranked.seconds),
        ]
    };
    recipes.iter().map(row).collect()
}

/// `3.5 % (1.7–7.2)`, the interval without its unit.
fn estimate(figure: Estimate, shown: impl Fn(f64) -> String) -> String {
    let Some(value) = figure.value else {
        return NOTHING.to_owned();
    };
    let bare = |value: f64| shown(value).trim_end_matches(" %").to_owned();
    match figure.ci95 {
        Some(interval) => format!(
            "{} ({}–{})",
            shown(value),
            bare(interval.low),
            bare(interval.high)
        ),
        None => shown(value),
    }
}
