//! What is printed of folds.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::cli::Status;
use crate::cli::evaluate::{Evaluate, alike, area, print as print_report, rate};
use crate::cli::output::percent;
use crate::evaluate::{Difference, Figures, FoldResult, OpenSet, Rates, svg};
use crate::files;

/// The answer in JSON; all rates from 0 to 1. The keys of every evaluation hold the first method's figures.
#[derive(Serialize)]
struct FoldsReport {
    protocol: String,
    #[serde(flatten)]
    rates: Rates,
    /// All methods, with the first one again.
    methods: Vec<Figures>,
    /// The first method minus each of the others.
    differences: Vec<Difference>,
    /// The result of a single fold, so that it can be merged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pieces: Vec<FoldResult>,
}

/// Prints the figures of some methods, each with the results of its folds; with `keep` also these results.
pub(super) fn print(
    asked: &Evaluate,
    made: &[Vec<FoldResult>],
    keep: bool,
) -> anyhow::Result<Status> {
    let methods = made
        .iter()
        .map(|results| Figures::of(results))
        .collect::<Result<Vec<_>, _>>()?;
    let report = FoldsReport {
        protocol: protocol(&made[0]),
        rates: methods[0].rates.clone(),
        differences: made[1..]
            .iter()
            .map(|other| Difference::between(&made[0], other))
            .collect(),
        pieces: if keep { made.concat() } else { Vec::new() },
        methods,
    };
    if let Some(folder) = &asked.report {
        files::write_private(&folder.join("report.svg"), svg::draw(made).as_bytes())?;
    }
    print_report(asked, &report, &text(&report))?;
    Ok(Status::Done)
}

fn protocol(results: &[FoldResult]) -> String {
    let first = &results[0];
    let [train, validation, test] = first.people;
    // Stored results may be of an evaluation with more assignments.
    let assignments: BTreeSet<u64> = results.iter().map(|result| result.id.assignment).collect();
    format!(
        "{}: {} folds in all, {} to an assignment, of {} assignments; each trains on about {train} people, is calibrated on {validation} \
         others and tested on {test} others; every unordered pair of the tested people's pictures, pooled; rank 1 against one \
         random picture of each person",
        first.data,
        results.len(),
        first.protocol.folds,
        assignments.len(),
    )
}

fn text(report: &FoldsReport) -> String {
    let blocks: Vec<String> = report.methods.iter().map(block).collect();
    let difference = |d: &Difference| {
        format!(
            "{} less {}: EER {}   AUC {}",
            d.of,
            d.from,
            rate(d.eer).trim(),
            area(d.auc).trim()
        )
    };
    let differences: Vec<String> = report.differences.iter().map(difference).collect();
    format!(
        "{}\n{} mated and {} non-mated comparisons of {} people{}\n\n{}\n{}",
        report.protocol,
        report.rates.mated,
        report.rates.non_mated,
        report.rates.people,
        alike(&report.rates),
        blocks.join("\n"),
        differences.join("\n")
    )
    .trim_end()
    .to_owned()
}

fn block(figures: &Figures) -> String {
    let Figures {
        gallery_sizes: [own, unseen, all],
        rates,
        ..
    } = figures;
    let rows = [
        ("EER".to_owned(), rate(rates.eer)),
        (
            "EER, mean of folds".to_owned(),
            format!("{:>8}", percent(figures.eer_mean_of_folds)),
        ),
        ("AUC".to_owned(), area(rates.auc)),
        ("FNMR at FMR 5 %".to_owned(), rate(rates.fnmr_at_fmr_5)),
        ("FNMR at FMR 1 %".to_owned(), rate(rates.fnmr_at_fmr_1)),
        (format!("rank 1 of {own}"), rate(rates.rank1)),
        (
            format!("rank 1 of {unseen}"),
            rate(figures.rank1_among_unseen),
        ),
        (format!("rank 1 of {all}"), rate(figures.rank1_among_all)),
        (
            "FMR, threshold frozen at 1 %".to_owned(),
            rate(figures.frozen_fmr),
        ),
        ("FNMR there".to_owned(), rate(figures.frozen_fnmr)),
        (
            "calibration error (ECE)".to_owned(),
            format!("{:>8}", percent(figures.ece)),
        ),
        (
            "seconds a fold".to_owned(),
            format!("{:>8.1}", figures.seconds),
        ),
        ("epochs kept".to_owned(), format!("{:>8}", figures.epochs)),
    ];
    let OpenSet {
        named,
        misnamed,
        missed,
        unknown,
        mistaken,
    } = figures.open_set;
    let share = |part: usize, whole: usize| percent(part as f64 / whole.max(1) as f64);
    let enrolled = named + misnamed + missed;
    let open_set = format!(
        "  identification among {all} with one picture each: {} right, {} wrong, {} no match;\n  \
         people not enrolled: {} no match\n",
        share(named, enrolled),
        share(misnamed, enrolled),
        share(missed, enrolled),
        share(unknown, unknown + mistaken),
    );
    let rows = rows.map(|(name, value)| format!("  {name:<30}{value}\n"));
    format!("{}\n{}{open_set}", figures.method, rows.concat())
}
