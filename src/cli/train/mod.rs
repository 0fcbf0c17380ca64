//! `twinsight train`.

mod detached;
mod progress;
mod report;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::context::{Common, Context, DataFlag, loaded};
use super::interrupt::Interrupt;
use super::output::{Usage, note};
use super::{Status, counted};
use crate::config::{Config, Detector, Overrides, Preset};
use crate::data::{Dataset, Source, check, mislabelled};
use crate::files::shown;
use crate::recognition::{BEST_RUN, BUILT_IN_RUN, named_run};
use crate::train::recipe::{Overrides as RecipeOverrides, Validation};
use crate::train::run_dir::{self, RunError};
use crate::train::{self, Recipe, RunDir, SAVE_EVERY, Session, background};
use crate::units::Seed;
use progress::ProgressDisplay;
use report::TrainSummary;

/// Train a network, without screens.
///
/// Ctrl-C, SIGTERM and a closed terminal stop the training after the current batch and save it; a second signal ends it at
/// once. `--resume` continues from the checkpoint and gives the same bits as an uninterrupted training. With `--detach` it
/// trains in the background, even after the terminal is closed; `twinsight attach` opens the screens on it.
#[derive(Debug, clap::Args)]
pub struct Train {
    /// The network with its recipe: transfer (a head on a frozen backbone; the default for a folder of your own), compact
    /// (small, from first weights; the default for the built-in faces) or tutorial (2 million parameters)
    #[arg(long, value_name = "NAME", conflicts_with = "resume")]
    preset: Option<Preset>,
    /// A recipe file, in RON (a run's recipe.ron is one)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["resume", "preset", "seed"])]
    recipe: Option<PathBuf>,
    /// An embedding network as an ONNX file, with its description (the same name with .ron) beside it, to be the backbone in
    /// place of SFace. A run that was trained on it needs it again to be resumed
    #[arg(long, value_name = "FILE")]
    backbone: Option<PathBuf>,
    /// How faces are found: yunet also aligns them; otherwise as suits the preset
    #[arg(long, value_name = "WHICH", conflicts_with_all = ["resume", "recipe"])]
    detector: Option<Detector>,
    /// Passes over the training pictures; otherwise as the preset says
    #[arg(long, value_name = "N")]
    epochs: Option<u32>,
    /// Determines everything random: the same seed gives the same network
    #[arg(long, value_name = "N", conflicts_with = "resume")]
    seed: Option<u64>,
    /// The highest learning rate; otherwise as the preset says
    #[arg(long, value_name = "X", conflicts_with = "resume")]
    learning_rate: Option<f32>,
    /// Validate as the tutorial does, on a tenth of the pairs. Their people are trained on, so the figures are too good
    #[arg(long, conflicts_with = "resume")]
    validate_pairs: bool,
    /// The folder of the new run [default: a numbered one in the user's data folder]; with --resume the run to continue: its
    /// number, name or folder, or `best`
    #[arg(long, value_name = "DIR")]
    run: Option<PathBuf>,
    /// Save within an epoch after so many seconds; the end of an epoch is always saved
    #[arg(long, value_name = "SECONDS", default_value_t = SAVE_EVERY.as_secs())]
    save_every: u64,
    /// Continue the run in --run, or the newest one
    #[arg(long)]
    resume: bool,
    /// Train in the background, without this terminal; `twinsight attach` watches, controls and stops it
    #[arg(long)]
    detach: bool,
    /// The training that --detach starts
    #[arg(long, hide = true, requires_all = ["resume", "run"], conflicts_with = "detach")]
    background: bool,
    #[command(flatten)]
    data: DataFlag,
    #[command(flatten)]
    common: Common,
}

impl Train {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        if self.background {
            background::leave_terminal();
        }
        let on_backbone = self.backbone.as_ref().filter(|_| self.recipe.is_none());
        let flags = Overrides {
            preset: self.preset.or(on_backbone.map(|_| Preset::Transfer)),
            detector: self.detector,
            epochs: self.epochs,
            seed: self.seed.map(Seed),
            learning_rate: self.learning_rate,
            data: self.data.data.clone(),
            ..Overrides::default()
        };
        let context = Context::new(&self.common, flags)?;
        if let Some(file) = &self.backbone {
            loaded(file)?;
        }
        let (recipe, resumed) = self.recipe(&context)?;
        let dataset = context.dataset(&recipe.preparation)?;
        note_refused(&dataset);
        if resumed.is_none() {
            let doubts = check::summary(&dataset).filter(|_| dataset.source != Source::Orl);
            let told = doubts.into_iter().chain(check::too_few(&dataset));
            told.for_each(|text| note(&text));
        }
        let dataset = without_mislabelled(&context, dataset, resumed.as_ref())?;
        match resumed {
            Some(run) if self.background => detached::train(&self, &context, &dataset, recipe, run),
            resumed if self.detach => detached::start(&self, &context, &dataset, recipe, resumed),
            resumed => self.train_here(&context, &dataset, recipe, resumed),
        }
    }

    fn train_here(
        self,
        context: &Context,
        dataset: &Dataset,
        recipe: Recipe,
        resumed: Option<RunDir>,
    ) -> anyhow::Result<Status> {
        let pool = train::pool(context.config.threads.unwrap_or(0))?;
        let interrupt = Interrupt::watch()?;
        let by_people = matches!(recipe.validation, Validation::People { .. });
        let begun = Instant::now();
        let (run, summary) = pool.install(|| -> anyhow::Result<_> {
            let (mut session, run) = self.session(context, dataset, recipe, resumed)?;
            session.save_every(Duration::from_secs(self.save_every));
            session.notes().iter().for_each(|text| note(text));
            let mut summary = TrainSummary::default();
            let mut progress = ProgressDisplay::new(self.common.json, by_people);
            session.run(&mut |event| {
                progress.show(&event);
                summary.record(event, &interrupt)
            })?;
            Ok((run, summary))
        })?;
        let seconds = begun.elapsed().as_secs_f64();
        summary.report(run, &context.config.data, seconds, self.common.json)
    }

    /// The recipe, and the run to continue, if there is one.
    fn recipe(&self, context: &Context) -> anyhow::Result<(Recipe, Option<RunDir>)> {
        if !self.resume {
            let asked = (self.recipe.as_deref(), self.backbone.as_deref());
            let mut recipe = recipe_of(asked, &context.config)?;
            if self.validate_pairs {
                recipe.validation = Validation::Pairs;
            }
            return Ok((recipe, None));
        }
        let run = match &self.run {
            Some(asked) => named_run(&context.paths.runs_dir(), asked, self.data.data.as_ref())?,
            None => newest(context)?,
        };
        let longer = RecipeOverrides {
            epochs: self.epochs,
            ..RecipeOverrides::default()
        };
        Ok((run.recipe()?.with(&longer)?, Some(run)))
    }

    fn session<'a>(
        &self,
        context: &Context,
        dataset: &'a Dataset,
        recipe: Recipe,
        resumed: Option<RunDir>,
    ) -> anyhow::Result<(Session<'a>, PathBuf)> {
        if let Some(run) = resumed {
            let path = run.path().to_owned();
            return Ok((Session::resume(dataset, recipe, run)?, path));
        }
        let run = self.create(context, dataset, &recipe)?;
        let path = run.path().to_owned();
        Ok((Session::new(dataset, recipe, Some(run))?, path))
    }

    /// Makes the folder of a new run.
    fn create(
        &self,
        context: &Context,
        dataset: &Dataset,
        recipe: &Recipe,
    ) -> anyhow::Result<RunDir> {
        // Before the folder is made, which would stay as an empty run.
        train::check(dataset, recipe)?;
        let runs = context.paths.runs_dir();
        Ok(match &self.run {
            Some(dir) if [BEST_RUN, BUILT_IN_RUN].map(Path::new).contains(&&**dir) => {
                let name = shown(dir);
                let text = format!(
                    "--run {name} names a model elsewhere; write the folder of a new run as ./{name}"
                );
                return Err(Usage(text).into());
            }
            // A number or a name means that run, as it does elsewhere.
            Some(dir) => match run_dir::find(&runs, dir) {
                Ok(known) => return Err(RunError::Taken(known.path().to_owned()).into()),
                Err(_) => RunDir::create(dir, recipe)?,
            },
            None => RunDir::create_next(&runs, recipe)?,
        })
    }
}

/// The recipe that a configuration asks for.
pub(super) fn recipe(config: &Config) -> anyhow::Result<Recipe> {
    Ok(Recipe::of_config(config)?)
}

/// The recipe in a file, with the fields that flags override; without a file, the recipe that the configuration asks for. In
/// both cases on the backbone in the file `backbone`, if one is named.
pub(super) fn recipe_of(
    (file, backbone): (Option<&Path>, Option<&Path>),
    config: &Config,
) -> anyhow::Result<Recipe> {
    let recipe = match file {
        None => recipe(config)?,
        Some(file) => {
            let flags = RecipeOverrides {
                epochs: config.epochs,
                learning_rate: config.learning_rate,
                ..RecipeOverrides::default()
            };
            Recipe::read(file)?.with(&flags)?
        }
    };
    Ok(match backbone {
        Some(network) => recipe.with_backbone(&std::path::absolute(network)?)?,
        None => recipe,
    })
}

/// The data set without the pictures that were marked as mislabelled on the Pairs screen (for a resumed run, before it
/// began); prints how many these are.
fn without_mislabelled(
    context: &Context,
    all: Dataset,
    resumed: Option<&RunDir>,
) -> anyhow::Result<Dataset> {
    let marks = mislabelled::read(&context.paths.mislabelled_dir(), &all)?;
    let now = mislabelled::leave_out(&all, &marks);
    let rest = match resumed {
        Some(run) => {
            let rest = run.learns_from(&all, &marks)?;
            if rest.left_out != now.left_out {
                note("marks that changed since this run began count from the next training on");
            }
            rest
        }
        None => now,
    };
    if let count @ 1.. = rest.left_out.len() {
        let left_out = counted(count, "picture");
        note(&format!(
            "{left_out} left out, marked as mislabelled on the Pairs screen"
        ));
    }
    Ok(rest)
}

fn newest(context: &Context) -> anyhow::Result<RunDir> {
    let runs = context.paths.runs_dir();
    match run_dir::list(&runs).last() {
        Some(path) => Ok(RunDir::open(path)?),
        None => anyhow::bail!(
            "there is no run to go on with in {}: start one with `twinsight train`",
            shown(&runs)
        ),
    }
}

fn note_refused(dataset: &Dataset) {
    if let count @ 1.. = dataset.refused.len() {
        note(&format!(
            "{} in {} cannot be used; `twinsight data check {}` says why",
            counted(count, "file"),
            dataset.name,
            dataset.source.as_argument()
        ));
    }
}
