//! What every command needs first: folders, configuration, model, data set and gallery.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;

use super::log;
use super::output::{Usage, note};
use crate::config::{Config, ConfigError, Overrides};
use crate::data::{Dataset, Source};
use crate::files::Paths;
use crate::metrics::Scores;
use crate::model::checkpoint::Saved;
use crate::nn::conv2d::Kernels;
use crate::recognition::{AnsweringModel, ModelOrigin, Recognizer, answering_model};
use crate::vision::Preparation;

/// Flags of every command.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Common {
    /// Print one JSON document and nothing else
    #[arg(long)]
    pub json: bool,
    /// Number of threads to compute with [default: all cores]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
}

/// Folders and configuration.
#[derive(Debug)]
pub struct Context {
    /// The folders for everything that is stored.
    pub paths: Paths,
    /// Defaults, overridden by the user's file, overridden by flags.
    pub config: Config,
}

/// What configuration errors call a flag's place.
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
        // Before anything computes: an unknown name must be an error, not another kernel.
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

    /// The model of the run in `dir`; without one, that of the newest run, whatever it was trained on; without any run,
    /// the built-in model, with a note on standard error.
    ///
    /// # Errors
    /// When the run has no model, or a damaged one.
    pub fn model(&self, dir: Option<&Path>) -> anyhow::Result<Saved> {
        let found = answering_model(&self.paths.runs_dir(), dir, None)?;
        explanation(&found.origin)
            .iter()
            .for_each(|text| note(text));
        Ok(found.saved)
    }

    /// The model that answers about the configured faces, by the rule of [`answering_model`].
    ///
    /// # Errors
    /// As [`model`](Self::model).
    pub(super) fn answering(&self, dir: Option<&Path>) -> anyhow::Result<AnsweringModel> {
        let data = self.config.data.name();
        Ok(answering_model(&self.paths.runs_dir(), dir, Some(&data))?)
    }

    /// The model that answers about the configured faces, together with these and the gallery.
    ///
    /// # Errors
    /// When the model, the faces or the gallery cannot be read.
    pub(super) fn recognizer(&self, dir: Option<&Path>) -> anyhow::Result<OpenedRecognizer> {
        let AnsweringModel { saved, origin } = self.answering(dir)?;
        let dataset = Arc::new(self.dataset(saved.model.preparation())?);
        Ok(OpenedRecognizer {
            recognizer: Recognizer::open(saved.model, dataset, &self.paths.gallery_dir())?,
            validation: saved.scores,
            origin,
        })
    }

    /// The configured faces, cut out as `preparation` says.
    ///
    /// # Errors
    /// When they cannot be read, or there are none.
    pub fn dataset(&self, preparation: &Preparation) -> anyhow::Result<Dataset> {
        Ok(Dataset::open(&self.config.data, preparation)?)
    }
}

/// A recognizer, with what is stored beside its model.
pub(super) struct OpenedRecognizer {
    pub(super) recognizer: Recognizer,
    /// The validation scores of the model.
    pub(super) validation: Scores,
    /// Where the model comes from.
    pub(super) origin: ModelOrigin,
}

/// Why the built-in model answers, if it does and the user did not ask for it.
pub(super) fn explanation(origin: &ModelOrigin) -> Option<String> {
    match origin {
        ModelOrigin::Run(_) => None,
        ModelOrigin::NothingTrained => Some(
            "no model was trained here yet, so the built-in model answers; train one with `twinsight train`"
                .to_owned(),
        ),
        ModelOrigin::OtherData { trained_on, asked } => Some(format!(
            "the newest run was trained on {trained_on} and not on {asked}, so the built-in model answers; \
             choose a run with --run, or other faces with --data"
        )),
    }
}

/// Overrides with only the data source.
pub(super) fn from_data(data: Option<Source>) -> Overrides {
    Overrides {
        data,
        ..Overrides::default()
    }
}

/// `--run DIR` of the commands that use a trained model.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct RunFlag {
    /// Directory of the training run whose best model is used [default: the newest run]
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
