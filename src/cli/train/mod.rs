//! `twinsight train`.

mod detached;
mod progress;
mod report;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::context::{Common, Context, DataFlag};
use super::interrupt::Interrupt;
use super::output::note;
use super::{Status, counted};
use crate::config::{Config, Overrides, Preset};
use crate::data::{Dataset, mislabelled};
use crate::files::shown;
use crate::train::recipe::{Overrides as RecipeOverrides, Validation};
use crate::train::{Recipe, RunDir, SAVE_EVERY, Session, background, run_dir};
use crate::units::Seed;
use crate::vision::Preparation;
use progress::Progress;
use report::Seen;

/// Train a network, without screens.
///
/// Ctrl-C, SIGTERM and a lost terminal stop after the batch at hand and save; a second one leaves at once. `--resume`
/// goes on from there, and ends as if nothing had happened. With `--detach` it trains in the background, also when the
/// terminal has gone; `twinsight attach` opens the screens on it.
#[derive(Debug, clap::Args)]
pub struct Train {
    /// The network and its recipe: compact (small, the default) or tutorial (2 million parameters)
    #[arg(long, value_name = "NAME", conflicts_with = "resume")]
    preset: Option<Preset>,
    /// The recipe, as RON (a run's recipe.ron is one)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["resume", "preset", "seed"])]
    recipe: Option<PathBuf>,
    /// Passes over the pictures; otherwise as the preset says
    #[arg(long, value_name = "N")]
    epochs: Option<u32>,
    /// Everything random follows from it; the same seed gives the same network
    #[arg(long, value_name = "N", conflicts_with = "resume")]
    seed: Option<u64>,
    /// How far a step of the optimiser goes at most; otherwise as the preset says
    #[arg(long, value_name = "X", conflicts_with = "resume")]
    learning_rate: Option<f32>,
    /// Validate as the tutorial does: on a tenth of the pairs, of people who are trained on; the figures flatter
    #[arg(long, conflicts_with = "resume")]
    validate_pairs: bool,
    /// Where to keep the run; otherwise a new numbered folder in the user's data folder
    #[arg(long, value_name = "DIR")]
    run: Option<PathBuf>,
    /// Save within an epoch whenever so many seconds have passed since the last save; an epoch's end saves always
    #[arg(long, value_name = "SECONDS", default_value_t = SAVE_EVERY.as_secs())]
    save_every: u64,
    /// Go on with the run in --run, or with the newest one
    #[arg(long)]
    resume: bool,
    /// Train in the background, without this terminal; `twinsight attach` watches, steers and stops it
    #[arg(long)]
    detach: bool,
    /// What --detach starts
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
        let flags = Overrides {
            preset: self.preset,
            epochs: self.epochs,
            seed: self.seed.map(Seed),
            learning_rate: self.learning_rate,
            data: self.data.data.clone(),
            ..Overrides::default()
        };
        let context = Context::new(&self.common, flags)?;
        let (recipe, resumed) = self.recipe(&context)?;
        let dataset = context.dataset(&recipe.preparation)?;
        tell_refused(&dataset);
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
        let pool = crate::train::pool(context.config.threads.unwrap_or(0))?;
        let interrupt = Interrupt::watch()?;
        let by_people = matches!(recipe.validation, Validation::People { .. });
        let begun = Instant::now();
        let (run, seen) = pool.install(|| -> anyhow::Result<_> {
            let (mut session, run) = self.session(context, dataset, recipe, resumed)?;
            session.save_every(Duration::from_secs(self.save_every));
            session.notes().iter().for_each(|text| note(text));
            let mut seen = Seen::default();
            let mut progress = Progress::new(self.common.json, by_people);
            session.run(&mut |event| {
                progress.show(&event);
                seen.note(event, &interrupt)
            })?;
            Ok((run, seen))
        })?;
        let seconds = begun.elapsed().as_secs_f64();
        seen.report(run, &context.config.data, seconds, self.common.json)
    }

    /// What is trained, and the run that goes on, if one does.
    fn recipe(&self, context: &Context) -> anyhow::Result<(Recipe, Option<RunDir>)> {
        if !self.resume {
            let mut recipe = recipe_of(self.recipe.as_deref(), &context.config)?;
            if self.validate_pairs {
                recipe.validation = Validation::Pairs;
            }
            return Ok((recipe, None));
        }
        let run = match &self.run {
            Some(dir) => RunDir::open(dir)?,
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

    /// A folder for a new run.
    fn create(
        &self,
        context: &Context,
        dataset: &Dataset,
        recipe: &Recipe,
    ) -> anyhow::Result<RunDir> {
        // Tried without a folder first, so that a recipe that does not fit the data leaves no empty run behind.
        Session::new(dataset, recipe.clone(), None)?;
        Ok(match &self.run {
            Some(dir) => RunDir::create(dir, recipe)?,
            None => RunDir::create_next(&context.paths.runs_dir(), recipe)?,
        })
    }
}

/// The recipe that a configuration asks for.
pub(super) fn recipe(config: &Config) -> anyhow::Result<Recipe> {
    let validation = match (config.validation, config.test) {
        (None, None) => None,
        (validation, test) => Some(Validation::People { validation, test }),
    };
    let overrides = RecipeOverrides {
        epochs: config.epochs,
        batch: config.batch,
        learning_rate: config.learning_rate,
        seed: Some(config.seed),
        validation,
        preparation: Some(preparation(config)),
    };
    Ok(Recipe::preset(config.preset.word())?.with(&overrides)?)
}

/// The recipe in a file, with what the flags override, or the one that a configuration asks for.
pub(super) fn recipe_of(file: Option<&Path>, config: &Config) -> anyhow::Result<Recipe> {
    let Some(file) = file else {
        return recipe(config);
    };
    let flags = RecipeOverrides {
        epochs: config.epochs,
        learning_rate: config.learning_rate,
        ..RecipeOverrides::default()
    };
    Ok(Recipe::read(file)?.with(&flags)?)
}

/// How photos become faces where no trained model says.
pub(super) fn preparation(config: &Config) -> Preparation {
    Preparation::of(config.crop.unwrap_or(config.data.usual_crop()))
}

/// The faces without those that were marked as mislabelled on the Pairs screen, before the run began if one goes on; says
/// how many that are.
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

fn tell_refused(dataset: &Dataset) {
    if let count @ 1.. = dataset.refused.len() {
        note(&format!(
            "{} in {} cannot be used; `twinsight data check {}` says why",
            counted(count, "file"),
            dataset.name,
            dataset.source
        ));
    }
}
