//! `twinsight attach`.

use std::path::PathBuf;

use super::Status;
use super::context::{Common, Context};
use super::output;
use crate::config::Overrides;
use crate::files::shown;
use crate::recognition::named_run;
use crate::train::{self, Attached, Event, RunDir, Trainer, TrainingCommand, run_dir};

/// Open the screens on a training in the background, with its history and its newest weights.
///
/// Several terminals can attach to one training, and each can pause, step, save and stop it. Leaving the screens does not
/// stop the training.
#[derive(Debug, clap::Args)]
pub struct Attach {
    /// The run, by name (0003-compact), number (3), directory, or `best` [default: the newest one in the background]
    #[arg(value_name = "RUN")]
    run: Option<PathBuf>,
    /// Without screens: stop the training, and wait until it has saved
    #[arg(long)]
    stop: bool,
    /// Without screens: wait until the training ends, as in a batch job
    #[arg(long, conflicts_with = "stop")]
    wait: bool,
}

impl Attach {
    /// Whether the screens open.
    pub fn opens_screens(&self) -> bool {
        !self.stop && !self.wait
    }

    /// Connects to the training. Returns the configuration with its data set, its run directory, and its controller.
    ///
    /// # Errors
    /// When no training runs there, or it cannot be attached to.
    pub fn connect(&self) -> anyhow::Result<(Context, PathBuf, Trainer)> {
        let mut context = Context::new(&Common::default(), Overrides::default())?;
        let run = self.find(&context)?;
        let path = run.path().to_owned();
        let Attached { trainer, source } = train::attach(run)?;
        context.config.data = source.parse()?;
        Ok((context, path, trainer))
    }

    fn find(&self, context: &Context) -> anyhow::Result<RunDir> {
        let folder = context.paths.runs_dir();
        if let Some(asked) = &self.run {
            return Ok(named_run(&folder, asked, None)?);
        }
        let open = |path: PathBuf| RunDir::open(&path).ok();
        let in_background = |run: &RunDir| run.owner().is_some_and(|owner| owner.background);
        let newest_first = run_dir::list(&folder).into_iter().rev();
        let found = newest_first.filter_map(open).find(in_background);
        found.ok_or_else(|| {
            anyhow::anyhow!(
                "no training is under way in the background in {}: start one with `twinsight train --detach`, or name the \
                 directory of its run",
                shown(&folder)
            )
        })
    }

    /// `--stop` and `--wait`.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let (_, run, trainer) = self.connect()?;
        if self.stop {
            trainer.send(TrainingCommand::Stop);
        }
        for event in trainer.events() {
            match event {
                Event::Finished { epoch, stopped } => {
                    let how = if stopped { "stopped" } else { "finished" };
                    output::line(&format!(
                        "{how} after epoch {epoch}, kept in {}",
                        shown(&run)
                    ))?;
                    return Ok(Status::Done);
                }
                Event::Failed(message) => anyhow::bail!("{message}"),
                _ => {}
            }
        }
        anyhow::bail!(
            "the connection to the training in {} ended; see its events.log",
            shown(&run)
        )
    }
}
