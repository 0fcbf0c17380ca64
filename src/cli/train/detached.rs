//! `train --detach`, and the training that it starts: both ends of [`background`](crate::train::background).

use std::path::Path;

use serde::Serialize;

use super::Train;
use crate::cli::output;
use crate::cli::{Context, Status};
use crate::data::Dataset;
use crate::train::background::{self, Background, Begun};
use crate::train::{Recipe, RunDir};

/// The answer in JSON.
#[derive(Serialize)]
struct Report<'a> {
    run: &'a Path,
    process: u32,
}

/// Starts the training in the background, once all that can be checked here is.
pub(super) fn start(
    flags: &Train,
    context: &Context,
    dataset: &Dataset,
    recipe: Recipe,
    resumed: Option<RunDir>,
) -> anyhow::Result<Status> {
    let new = resumed.is_none();
    let run = match resumed {
        Some(run) => run,
        None => flags.create(context, dataset, &recipe)?,
    };
    let path = run.path().to_owned();
    // The lock is the other process's to take.
    drop(run);
    let mut more = vec![format!("--save-every={}", flags.save_every)];
    if let (false, Some(epochs)) = (new, flags.epochs) {
        more.push(format!("--epochs={epochs}"));
    }
    let training = Background {
        run: path.clone(),
        source: context.config.data.clone().absolute()?.to_string(),
        threads: context.config.threads.unwrap_or(0),
        flags: more,
    };
    let begun = training.start().inspect_err(|_| {
        if new {
            background::forget(&path);
        }
    })?;
    report(flags, &begun)?;
    Ok(Status::Done)
}

fn report(flags: &Train, begun: &Begun) -> anyhow::Result<()> {
    if flags.common.json {
        let Begun { run, process } = begun;
        return output::json(&Report {
            run,
            process: *process,
        });
    }
    output::line(&begun.to_string())
}

/// Trains in the background, open to those who attach, until the last epoch or a signal.
#[cfg(unix)]
pub(super) fn train(
    flags: &Train,
    context: &Context,
    dataset: &Dataset,
    recipe: Recipe,
    run: RunDir,
) -> anyhow::Result<Status> {
    use crate::cli::interrupt::Interrupt;
    use crate::train::control::Server;
    use crate::train::{Event, Session};
    use std::time::Duration;

    // Standard error leads nowhere from the beginning of the training on.
    std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
    let source = context.config.data.clone().absolute()?.to_string();
    let path = run.path().to_owned();
    let interrupt = Interrupt::watch_in_background()?;
    let ended = || interrupt.asked();
    let pool = crate::train::pool(context.config.threads.unwrap_or(0))?;
    pool.install(|| -> anyhow::Result<_> {
        // In this order, for they go in the other: the door, the run's lock, and then the lines to those who watch.
        let _lines;
        let mut session = Session::resume(dataset, recipe, run.in_background())?;
        session.save_every(Duration::from_secs(flags.save_every));
        let mut server = Server::open(&path, &source)?;
        let trained = session.run(&mut |event| {
            if matches!(event, Event::Started(_)) {
                // Whoever waited for it may have gone; the training stays.
                let _ = output::line(background::READY);
            }
            server.observe(event, &ended)
        });
        if let Err(error) = &trained {
            let message = error.to_string();
            server.observe(Event::Failed { message }, &ended);
        }
        _lines = server.close();
        trained?;
        Ok(Status::Done)
    })
}

/// There is no background here.
#[cfg(not(unix))]
pub(super) fn train(
    _: &Train,
    _: &Context,
    _: &Dataset,
    _: Recipe,
    _: RunDir,
) -> anyhow::Result<Status> {
    Err(crate::train::control::ControlError::NeedsUnix.into())
}
