//! `twinsight data`.

use std::path::PathBuf;

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::context::{Common, Context, from_data};
use super::output;
use super::{Status, counted, train};
use crate::config::Overrides;
use crate::data::fetch::{self, OLIVETTI};
use crate::data::{Dataset, Source};
use crate::files::shown;

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
    /// Read a data set and list the files that cannot be used, with the reason
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
        .map(|source| read(source, &context))
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
    tell(&read(&source, &context)?, common)
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
    tell(&read(&Source::Olivetti(path), &context)?, common)
}

fn read(source: &Source, context: &Context) -> anyhow::Result<DatasetReport> {
    let dataset = Dataset::open(source, &train::preparation(&context.config))?;
    let refused = dataset.refused.into_iter().map(|r| Refused {
        path: r.path,
        why: r.why,
    });
    Ok(DatasetReport {
        source: source.to_string(),
        people: dataset.people.len(),
        images: dataset.images.len(),
        refused: refused.collect(),
    })
}

fn tell(contents: &DatasetReport, common: &Common) -> anyhow::Result<Status> {
    if common.json {
        output::json(contents)?;
    } else {
        let refused = contents
            .refused
            .iter()
            .map(|r| format!("{}: {}", shown(&r.path), r.why));
        let lines: Vec<String> = std::iter::once(summary(contents)).chain(refused).collect();
        output::line(&lines.join("\n"))?;
    }
    Ok(Status::Done)
}

fn summary(contents: &DatasetReport) -> String {
    let DatasetReport {
        source,
        people,
        images,
        refused,
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
