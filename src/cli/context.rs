//! What every command needs first: folders, configuration, model, data set and gallery.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;

use super::output::{Usage, note};
use super::{loading, log};
use crate::backbone::Backbone;
use crate::config::{Config, ConfigError, Detector, Overrides};
use crate::data::{Dataset, Source};
use crate::files::{Paths, shown};
use crate::metrics::Scores;
use crate::nn::conv2d::Kernels;
use crate::recognition::{
    AnsweringModel, ModelOrigin, Recognizer, answering_model, answering_origin, frozen_backbone,
};
use crate::vision::align::Template;
use crate::vision::{Crop, Preparation};

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

/// The flag of commands that compute nothing.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct JsonFlag {
    /// Print one JSON document and nothing else
    #[arg(long)]
    pub json: bool,
}

impl From<&JsonFlag> for Common {
    fn from(&JsonFlag { json }: &JsonFlag) -> Self {
        Self {
            json,
            ..Self::default()
        }
    }
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

    /// The model that is asked for; without one, that of the newest run, whatever it was trained on; without any run,
    /// the built-in model, with a note on standard error.
    ///
    /// # Errors
    /// When the run has no model, or a damaged one.
    pub(super) fn model(&self, asked: &RunFlag) -> anyhow::Result<AnsweringModel> {
        let found = asked.open(&self.paths, None)?;
        explain(&found.explanations());
        Ok(found)
    }

    /// The model that answers about the configured faces, by the rule of [`answering_model`].
    ///
    /// # Errors
    /// As [`model`](Self::model).
    pub(super) fn answering(&self, asked: &RunFlag) -> anyhow::Result<AnsweringModel> {
        asked.open(&self.paths, Some(&self.config.data))
    }

    /// Where the model that answers about the configured faces comes from.
    ///
    /// # Errors
    /// As [`model`](Self::model).
    pub(super) fn origin(&self, asked: &RunFlag) -> anyhow::Result<ModelOrigin> {
        loading::while_reading(&self.paths, |loading| {
            let data = Some((&self.config.data, loading));
            let run = asked.run.as_deref();
            Ok(answering_origin(&self.paths.runs_dir(), run, data)?)
        })
    }

    /// The model that answers about the configured faces, together with these and the gallery.
    ///
    /// # Errors
    /// When the model, the faces or the gallery cannot be read.
    pub(super) fn recognizer(&self, asked: &ModelFlags) -> anyhow::Result<OpenedRecognizer> {
        let found = self.answering(&asked.run)?;
        let why = found.explanations();
        let AnsweringModel { saved, origin, .. } = found;
        asked.check(saved.model.preparation(), &origin)?;
        let dataset = Arc::new(self.dataset(saved.model.preparation())?);
        let gallery = self.paths.gallery_dir();
        let mut recognizer = Recognizer::open(saved.model, dataset, &gallery)?;
        recognizer.set_calibration_photos(saved.metadata.photographs, &origin.name());
        Ok(OpenedRecognizer {
            recognizer,
            validation: saved.scores,
            origin,
            why,
        })
    }

    /// The configured faces, cut out as `preparation` says.
    ///
    /// # Errors
    /// When they cannot be read, or there are none.
    pub fn dataset(&self, preparation: &Preparation) -> anyhow::Result<Dataset> {
        loading::open(&self.paths, &self.config.data, preparation)
    }
}

/// A recognizer, with what is stored beside its model.
pub(super) struct OpenedRecognizer {
    pub(super) recognizer: Recognizer,
    /// The validation scores of the model.
    pub(super) validation: Scores,
    /// Where the model comes from.
    pub(super) origin: ModelOrigin,
    /// Why it answers, and on whose pictures it was calibrated: one sentence each.
    pub(super) why: Vec<String>,
}

/// Says on standard error why this model answers.
pub(super) fn explain(why: &[String]) {
    why.iter().for_each(|text| note(text));
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
    /// The training run whose best model is used: its number, name or folder, `best` for the one with the lowest validation
    /// EER on these faces, or `builtin` for the built-in model [default: the newest run; for recognition only if it is the
    /// better one of the two]
    #[arg(long, value_name = "RUN")]
    pub run: Option<PathBuf>,
    /// Load a backbone, described by the .ron file beside it: for a run that was trained on it, or to compare faces by its
    /// embeddings alone
    #[arg(long, value_name = "FILE.onnx")]
    pub backbone: Option<PathBuf>,
}

impl RunFlag {
    /// The model that is asked for, or the one that answers about the faces of `data`.
    fn open(&self, paths: &Paths, data: Option<&Source>) -> anyhow::Result<AnsweringModel> {
        let backbone = self.backbone.as_deref().map(loaded).transpose()?;
        match (backbone, &self.run) {
            (Some(backbone), None) => Ok(frozen_backbone(backbone)),
            (_, run) => loading::while_reading(paths, |loading| {
                let data = data.map(|source| (source, loading));
                Ok(answering_model(&paths.runs_dir(), run.as_deref(), data)?)
            }),
        }
    }
}

/// Loads a backbone and checks that it takes faces as they are aligned here.
pub(super) fn loaded(file: &Path) -> anyhow::Result<&'static Backbone> {
    let backbone = Backbone::load(file)?;
    if backbone.description().template != Template::ARCFACE {
        anyhow::bail!(
            "the backbone {} has another template than ArcFace's of 112 × 112 pixels, to which faces are aligned here; \
             use another one",
            shown(file)
        );
    }
    Ok(backbone)
}

/// The flags that choose a model for recognition.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct ModelFlags {
    #[command(flatten)]
    pub run: RunFlag,
    /// How faces are found. A model remembers it; to ask for another way is an error
    #[arg(long, value_name = "WHICH")]
    pub detector: Option<Detector>,
}

impl ModelFlags {
    /// Checks that the model takes faces that the named detector finds.
    fn check(&self, preparation: &Preparation, origin: &ModelOrigin) -> anyhow::Result<()> {
        let (Some(asked), found) = (self.detector, preparation.crop) else {
            return Ok(());
        };
        let fits = match asked {
            Detector::Yunet => matches!(found, Crop::Aligned | Crop::Close),
            Detector::Haar => found == Crop::Haar,
        };
        if fits {
            return Ok(());
        }
        let taken = match found {
            Crop::Aligned | Crop::Close => "faces that YuNet finds (--detector yunet)",
            Crop::Haar => "faces that the Haar cascade finds (--detector haar)",
            Crop::Whole | Crop::Centre => "pictures in which no face is searched for",
        };
        let text = format!(
            "the model {} was made for {taken}; leave --detector out, or name another model with --run",
            origin.name()
        );
        Err(Usage(text).into())
    }
}

/// `--data SOURCE` of the commands that need faces.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct DataFlag {
    /// Faces: `orl` (built in), a folder with one sub-folder for each person, or a .mat file of the Olivetti faces
    #[arg(long, value_name = "SOURCE")]
    pub data: Option<Source>,
}
