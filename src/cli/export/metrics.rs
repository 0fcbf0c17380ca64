//! `twinsight export metrics`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::target::{Target, report};
use crate::cli::Status;
use crate::cli::context::{Context, JsonFlag};
use crate::cli::output::Usage;
use crate::config::Overrides;
use crate::export::metrics::{self, RunMetrics};
use crate::files;
use crate::recognition::named_run;
use crate::train::RunDir;

/// The format of the figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// One row for each epoch of each run
    Csv,
    /// A folder with an event file for each run
    Tensorboard,
    /// Charts of loss, accuracy and EER
    Svg,
}

/// Figures of trainings, and where to write them.
#[derive(Debug, clap::Args)]
pub(super) struct Metrics {
    /// The format [default: by the file's ending, .csv or .svg; tensorboard for a name without an ending]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    #[command(flatten)]
    file: MetricsFile,
}

/// Which trainings, and where to write their figures.
#[derive(Debug, clap::Args)]
pub(super) struct MetricsFile {
    #[command(flatten)]
    target: Target,
    /// A training: its number, name or folder, or `best`; several to compare them [default: the newest]
    #[arg(long, value_name = "RUN")]
    run: Vec<PathBuf>,
    #[command(flatten)]
    common: JsonFlag,
}

impl Metrics {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let ending = self.file.target.file.extension();
        let by_ending = match ending.map(|ending| ending.to_string_lossy().to_lowercase()) {
            None => Some(Format::Tensorboard),
            Some(ending) if ending == "csv" => Some(Format::Csv),
            Some(ending) if ending == "svg" => Some(Format::Svg),
            Some(_) => None,
        };
        let unknown = || {
            Usage(
                "the file's ending says no format: name a file that ends in .csv or .svg, a folder for TensorBoard, or \
                 choose with --format"
                    .to_owned(),
            )
        };
        self.file
            .run(self.format.or(by_ending).ok_or_else(unknown)?)
    }
}

impl MetricsFile {
    pub(super) fn run(self, format: Format) -> anyhow::Result<Status> {
        let context = Context::new(&(&self.common).into(), Overrides::default())?;
        let runs = self.runs(&context)?;
        let file = &self.target.file;
        let contents = match format {
            Format::Csv => vec![(file.clone(), metrics::csv(&runs))],
            Format::Svg => vec![(file.clone(), metrics::draw(&runs).into_bytes())],
            Format::Tensorboard => {
                let place = |run: &RunMetrics| file.join(&run.name).join(metrics::file_name(run));
                let events = runs.iter().map(|run| (place(run), metrics::events(run)));
                events.collect()
            }
        };
        let mut places = BTreeSet::new();
        for (path, _) in &contents {
            self.target.check_free(path)?;
            if !places.insert(path) {
                let text = "two of the runs have one name: export them into folders of their own";
                return Err(Usage(text.to_owned()).into());
            }
        }
        let mut written = Vec::new();
        for (path, bytes) in contents {
            files::write_private(&path, &bytes)?;
            written.push(path);
        }
        report(written, self.common.json)
    }

    /// The trainings that are asked for, or the newest.
    fn runs(&self, context: &Context) -> anyhow::Result<Vec<RunMetrics>> {
        let folder = context.paths.runs_dir();
        let data = Some(&context.config.data);
        let runs = match &self.run[..] {
            [] => vec![RunDir::newest(&folder)?],
            asked => asked
                .iter()
                .map(|asked| named_run(&folder, asked, data))
                .collect::<Result<_, _>>()?,
        };
        let read = runs.iter().map(RunMetrics::read);
        Ok(read.collect::<Result<_, _>>()?)
    }
}
