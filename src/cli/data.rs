//! `twinsight data`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::context::{Common, Context, from_data};
use super::loading::STOPPED;
use super::long_task::LongTask;
use super::output;
use super::progress::ProgressReporter;
use super::{Status, counted};
use crate::config::{Config, Overrides};
use crate::data::check::{self, CheckWatch, DataWarning, WarningKind};
use crate::data::fetch::{self, OLIVETTI};
use crate::data::{Dataset, Refusal, Source};
use crate::files::shown;

/// How many pictures or folders are named for each warning.
const NAMED: usize = 20;

/// List, fetch or check data sets.
#[derive(Debug, clap::Args)]
pub struct Data {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the built-in data set, the configured one and fetched ones; or SOURCE
    List {
        /// orl, a folder, or a .mat file
        #[arg(value_name = "SOURCE")]
        source: Option<Source>,
        #[command(flatten)]
        common: Common,
    },
    /// Fetch the Olivetti faces into the user's data folder, and check them
    Fetch {
        /// What to fetch
        #[arg(value_name = "NAME")]
        name: Fetchable,
        #[command(flatten)]
        common: Common,
    },
    /// Read a data set and list, with the reasons, the files that cannot be used; pictures without a face, with several
    /// faces, or with a doubtful one; copies, blank pictures, names that look alike, and people who are too few
    Check {
        /// orl, a folder, or a .mat file
        #[arg(value_name = "SOURCE")]
        source: Source,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Fetchable {
    Olivetti,
}

/// The content of a data set.
#[derive(Serialize)]
struct DatasetReport {
    source: String,
    people: usize,
    images: usize,
    refused: Vec<Refused>,
    /// How many files there are of each kind, in a folder.
    kinds: BTreeMap<&'static str, usize>,
    /// Pictures and people that are used, and doubtful.
    warnings: Vec<Warning>,
    /// How many pictures or folders the warnings of each kind name.
    counts: BTreeMap<WarningKind, usize>,
}

/// Pictures, or folders of people, with the same fault; none if it is about the whole data set.
#[derive(Clone, Serialize)]
struct Warning {
    kind: WarningKind,
    paths: Vec<PathBuf>,
    why: String,
}

#[derive(Clone, Serialize)]
struct Refused {
    path: PathBuf,
    why: String,
}

/// The JSON of `list`: the totals, and each data set.
#[derive(Serialize)]
struct DatasetList {
    people: usize,
    images: usize,
    refused: Vec<Refused>,
    datasets: Vec<DatasetReport>,
}

impl Data {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        match self.action {
            Action::List { source, common } => list(source, &common),
            Action::Fetch {
                name: Fetchable::Olivetti,
                common,
            } => fetch_olivetti(&common),
            Action::Check { source, common } => check(source, &common),
        }
    }
}

fn list(source: Option<Source>, common: &Common) -> anyhow::Result<Status> {
    let context = Context::new(common, from_data(source.clone()))?;
    let sources = source.map_or_else(|| known_sources(&context), |source| vec![source]);
    let datasets = sources
        .iter()
        .map(|source| Ok(report(read(source, &context)?, check::warnings)))
        .collect::<anyhow::Result<Vec<_>>>()?;
    if common.json {
        let refused = datasets.iter().flat_map(|dataset| dataset.refused.clone());
        output::json(&DatasetList {
            people: datasets.iter().map(|dataset| dataset.people).sum(),
            images: datasets.iter().map(|dataset| dataset.images).sum(),
            refused: refused.collect(),
            datasets,
        })?;
    } else {
        output::line(&datasets.iter().map(summary).collect::<Vec<_>>().join("\n"))?;
    }
    Ok(Status::Done)
}

/// The built-in data set, the configured one, and what was fetched, each once.
fn known_sources(context: &Context) -> Vec<Source> {
    let fetched = fetch::path_of(&OLIVETTI, &context.paths);
    let fetched = fetched.is_file().then_some(Source::Olivetti(fetched));
    let mut sources = vec![Source::Orl];
    for source in std::iter::once(context.config.data.clone()).chain(fetched) {
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    sources
}

fn check(source: Source, common: &Common) -> anyhow::Result<Status> {
    let context = Context::new(common, Overrides::default())?;
    let dataset = read(&source, &context)?;
    let warnings = all_warnings(&dataset)?;
    tell(&report(dataset, |_| warnings.clone()), common)
}

/// All warnings, with the progress on standard error until Ctrl-C.
fn all_warnings(dataset: &Dataset) -> anyhow::Result<Vec<DataWarning>> {
    let reading = LongTask::begin("looking for copies, reading pictures", STOPPED)?;
    let comparing = ProgressReporter::new("looking for copies, comparing pictures");
    let watch = CheckWatch {
        read: &|done, total| reading.show(done, total),
        compared: &|done, total| comparing.show(done, total),
        stop: &|| reading.is_stopped(),
    };
    let warnings = check::all_warnings_watched(dataset, &watch);
    warnings.ok_or_else(|| reading.stopped().into())
}

fn fetch_olivetti(common: &Common) -> anyhow::Result<Status> {
    let context = Context::new(common, Overrides::default())?;
    let bar = ProgressBar::no_length();
    if let Ok(style) = ProgressStyle::with_template("fetching {bytes}/{total_bytes} {bar:30}") {
        bar.set_style(style);
    }
    let path = fetch::fetch(&OLIVETTI, &context.paths, fetch::download, |done, total| {
        if let Some(total) = total {
            bar.set_length(total);
        }
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    let dataset = read(&Source::Olivetti(path), &context)?;
    tell(&report(dataset, check::warnings), common)
}

/// Reads the faces as a training would.
fn read(source: &Source, context: &Context) -> anyhow::Result<Dataset> {
    let config = Config {
        data: source.clone(),
        ..context.config.clone()
    };
    let preparation = super::train::recipe(&config)?.preparation;
    super::loading::open(&context.paths, source, &preparation)
}

/// What is said about a data set, with the warnings that `warnings` finds.
fn report(dataset: Dataset, warnings: impl Fn(&Dataset) -> Vec<DataWarning>) -> DatasetReport {
    let mut counts = BTreeMap::new();
    let warnings = warnings(&dataset).into_iter().map(|warning| {
        *counts.entry(warning.kind).or_default() += warning.paths.len().max(1);
        Warning {
            kind: warning.kind,
            paths: warning.paths,
            why: warning.why,
        }
    });
    DatasetReport {
        warnings: warnings.collect(),
        kinds: check::kinds(&dataset).into_iter().collect(),
        source: dataset.source.to_string(),
        people: dataset.people.len(),
        images: dataset.images.len(),
        refused: dataset.refused.into_iter().map(Refused::from).collect(),
        counts,
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self {
            path: refusal.path,
            why: refusal.why,
        }
    }
}

fn tell(contents: &DatasetReport, common: &Common) -> anyhow::Result<Status> {
    if common.json {
        output::json(contents)?;
        return Ok(Status::Done);
    }
    let mut lines = vec![summary(contents)];
    if !contents.kinds.is_empty() {
        let kinds = contents
            .kinds
            .iter()
            .map(|(name, &count)| counted(count, name));
        lines.push(format!("files: {}", kinds.collect::<Vec<_>>().join(", ")));
    }
    for refused in &contents.refused {
        lines.push(format!("{}: {}", shown(&refused.path), refused.why));
    }
    for Warning { paths, why, kind } in &contents.warnings {
        let noun = match kind {
            WarningKind::SimilarNames | WarningKind::OnePicture | WarningKind::UnreadableName => {
                "person"
            }
            _ => "picture",
        };
        match paths.len() {
            0 => lines.push(why.clone()),
            count => lines.push(format!("{}: {why}", counted(count, noun))),
        }
        let named = paths.iter().take(NAMED);
        lines.extend(named.map(|path| format!("  {}", shown(path))));
        if paths.len() > NAMED {
            let more = paths.len() - NAMED;
            lines.push(format!("  and {more} more; --json lists all"));
        }
    }
    output::line(&lines.join("\n"))?;
    Ok(Status::Done)
}

fn summary(contents: &DatasetReport) -> String {
    let DatasetReport {
        source,
        people,
        images,
        refused,
        ..
    } = contents;
    let source = crate::files::clean(source);
    match refused.len() {
        0 => format!(
            "{source}: {}, {}",
            counted(*people, "person"),
            counted(*images, "picture")
        ),
        count => format!(
            "{source}: {}, {}, {} that cannot be used",
            counted(*people, "person"),
            counted(*images, "picture"),
            counted(count, "file")
        ),
    }
}
