//! What every command begins with: where files are, what is configured, which model and which faces.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::log;
use super::output::{Usage, note};
use crate::config::{Config, ConfigError, Overrides};
use crate::data::{Dataset, Source};
use crate::files::Paths;
use crate::gallery::Gallery;
use crate::model::checkpoint::Saved;
use crate::model::pretrained;
use crate::nn::conv2d::Kernels;
use crate::recognition::check_preparation;
use crate::train::RunDir;
use crate::train::run_dir::RunError;
use crate::vision::Preparation;

const UNTRAINED: &str = "no network was trained here yet, so the one that comes with the program answers; \
                         `twinsight train` makes one of your own";

/// Flags that every command has.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Common {
    /// Print one JSON document and nothing else
    #[arg(long)]
    pub json: bool,
    /// Compute with this many threads; otherwise with all cores
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
}

/// Where files are, and what is configured.
#[derive(Debug)]
pub struct Context {
    /// Where files are.
    pub paths: Paths,
    /// Defaults, overridden by the user's file, overridden by flags.
    pub config: Config,
}

/// How errors call flags.
const FLAGS: &str = "on the command line";

impl Context {
    /// Finds the folders, starts the log, reads the configuration and sets how many threads compute.
    ///
    /// # Errors
    /// When there is no home folder, or the configuration or a flag is wrong.
    pub fn new(common: &Common, flags: Overrides) -> anyhow::Result<Self> {
        let paths = Paths::find()?;
        log::start(&paths.log_file());
        let flags = Overrides {
            threads: common.threads,
            ..flags
        };
        let config = Config::load(&paths, flags).map_err(|error| match &error {
            ConfigError::Value { place, .. } if place == FLAGS => {
                anyhow::Error::new(Usage(error.to_string()))
            }
            _ => error.into(),
        })?;
        // Before anything computes: a name that it does not know must not silently mean another.
        Kernels::from_env().map_err(|error| Usage(error.to_string()))?;
        if let Some(threads) = config.threads {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            pool.build_global()
                .context("the threads cannot be started; try fewer with --threads")?;
        }
        let command = std::env::args().nth(1).unwrap_or_default();
        tracing::info!(version = env!("CARGO_PKG_VERSION"), command, threads = ?config.threads, "started");
        Ok(Self { paths, config })
    }

    /// The run in `dir`, or the newest one with a model.
    ///
    /// # Errors
    /// When there is none.
    pub fn run(&self, dir: Option<&Path>) -> anyhow::Result<RunDir> {
        Ok(match dir {
            Some(dir) => RunDir::open(dir)?,
            None => RunDir::newest(&self.paths.runs_dir())?,
        })
    }

    /// The best model of that run; where nothing is named and nothing was trained, the one that comes with the program,
    /// which is said.
    ///
    /// # Errors
    /// When the run named has none, or it is damaged.
    pub fn model(&self, dir: Option<&Path>) -> anyhow::Result<Saved> {
        if dir.is_none() && self.untrained() {
            note(UNTRAINED);
            return Ok(pretrained());
        }
        Ok(self.run(dir)?.best()?)
    }

    /// The model that answers about the configured faces: of the run that is named; or of the newest one, if that learnt
    /// from faces of this name; or else the one that comes with the program, with what is to be said of that.
    ///
    /// By name, and not by the very same pictures: whoever adds a person to a folder may go on asking.
    ///
    /// # Errors
    /// As [`model`](Self::model).
    pub fn answering(&self, dir: Option<&Path>) -> anyhow::Result<(Saved, Option<String>)> {
        if dir.is_none() && self.untrained() {
            return Ok((pretrained(), Some(UNTRAINED.to_owned())));
        }
        let saved = self.run(dir)?.best()?;
        let (theirs, ours) = (&saved.metadata.data, self.config.data.name());
        if dir.is_some() || *theirs == ours {
            return Ok((saved, None));
        }
        let told = format!(
            "the newest run learnt from {theirs} and not from {ours}, so the network that comes with the program answers; \
             name a run with --run, or the faces with --data"
        );
        Ok((pretrained(), Some(told)))
    }

    fn untrained(&self) -> bool {
        matches!(
            RunDir::newest(&self.paths.runs_dir()),
            Err(RunError::NoRuns(_))
        )
    }

    /// The configured faces, prepared as `preparation` says.
    ///
    /// # Errors
    /// When there are none.
    pub fn dataset(&self, preparation: &Preparation) -> anyhow::Result<Dataset> {
        Ok(Dataset::open(&self.config.data, preparation)?)
    }

    /// How photos are prepared: as for the model that would answer.
    ///
    /// # Errors
    /// When that model cannot be read.
    pub fn preparation(&self, dir: Option<&Path>) -> anyhow::Result<Preparation> {
        Ok(*self.answering(dir)?.0.model.preparation())
    }

    /// The gallery of faces prepared as `preparation` says.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn gallery(&self, preparation: &Preparation) -> anyhow::Result<Gallery> {
        let gallery = Gallery::open(&self.paths.gallery_dir(), preparation)?;
        check_preparation("the gallery", gallery.preparation(), preparation)?;
        Ok(gallery)
    }
}

/// Overrides of the data source alone.
pub(super) fn from_data(data: Option<Source>) -> Overrides {
    Overrides {
        data,
        ..Overrides::default()
    }
}

/// `--run DIR` of the commands that use a trained model.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct RunFlag {
    /// The training run whose best model is used; otherwise the newest
    #[arg(long, value_name = "DIR")]
    pub run: Option<PathBuf>,
}

/// `--data SOURCE` of the commands that need faces.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct DataFlag {
    /// Faces: `orl` (built in), a folder with one sub-folder for each person, or a .mat file of the Olivetti faces
    #[arg(long, value_name = "SOURCE")]
    pub data: Option<Source>,
}
