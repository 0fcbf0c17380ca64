//! The figures as CSV.

use super::RunMetrics;

/// One row for each epoch of each run: the name of the run, and the columns of `metrics.csv`. Figures that were not measured
/// are empty cells.
///
/// # Panics
/// Never: memory can always be written to.
pub fn csv(runs: &[RunMetrics]) -> Vec<u8> {
    let builder = &mut csv::WriterBuilder::new();
    let mut writer = builder.has_headers(false).from_writer(Vec::new());
    let titles = writer.write_record(COLUMNS);
    titles.expect("memory can be written to");
    for run in runs {
        for row in &run.rows {
            let written = writer.serialize((&run.name, row));
            written.expect("a row is a name and numbers");
        }
    }
    writer.into_inner().expect("memory can be written to")
}

/// The name of the run, and the columns of its own file.
const COLUMNS: [&str; 10] = [
    "run",
    "epoch",
    "train_loss",
    "train_accuracy",
    "val_loss",
    "val_accuracy",
    "val_eer",
    "val_auc",
    "learning_rate",
    "seconds",
];
