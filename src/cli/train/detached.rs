//! `train --detach`, and the training in the background that it starts.

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
struct DetachedReport<'a> {
    run: &'a Path,
    process: u32,
}

/// Starts the training in the background, after all checks that can be done here.
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
    // The other process takes the lock.
    drop(run);
    let mut more = vec![format!("--save-every={}", flags.save_every)];
    if let (false, Some(epochs)) = (new, flags.epochs) {
        more.push(format!("--epochs={epochs}"));
    }
    if let Some(network) = &flags.backbone {
        more.push(format!(
            "--backbone={}",
            std::path::absolute(network)?.display()
        ));
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
        return output::json(&DetachedReport {
            run,
            process: *process,
        });
    }
    output::line(&begun.to_string())
}

/// Trains in the background, with a socket for `attach`, until the last epoch or a signal.
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

    // Nobody reads standard error once the training has begun.
    std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
    let source = context.config.data.clone().absolute()?.to_string();
    let path = run.path().to_owned();
    let interrupt = Interrupt::watch_in_background()?;
    let ended = || interrupt.asked();
    let pool = crate::train::pool(context.config.threads.unwrap_or(0))?;
    pool.install(|| -> anyhow::Result<_> {
        // Dropped in reverse order: the socket, the run's lock, and then the connections to the clients.
        let _connections;
        let mut session = Session::resume(dataset, recipe, run.in_background())?;
        session.save_every(Duration::from_secs(flags.save_every));
        let mut server = Server::open(&path, &source)?;
        let trained = session.run(&mut |event| {
            if matches!(event, Event::Started(_)) {
                // The process that waits for it may be gone; the training continues.
                let _ = output::line(background::READY);
            }
            server.observe(event, &ended)
        });
        if let Err(error) = &trained {
            server.observe(Event::Failed(error.to_string()), &ended);
        }
        _connections = server.close();
        trained?;
        Ok(Status::Done)
    })
}

/// Needs Unix.
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
