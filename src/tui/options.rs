//! How the terminal program is started, and why it cannot run.

use std::path::PathBuf;
use std::sync::Arc;

use crate::config::Config;
use crate::data::Dataset;
use crate::files::Paths;
use crate::train::{Recipe, RunOptions, Trainer};

/// How the terminal program is started.
#[derive(Debug, Clone)]
pub struct TuiOptions {
    /// The user's folders.
    pub paths: Paths,
    /// The user's settings: faces, preset, seed, theme, colours and so on.
    pub config: Config,
    /// A run whose network answers from the start; without it the newest one over these faces, if there is one.
    pub run: Option<PathBuf>,
    /// Starts a training: [`Trainer::start`], unless a test provides one that fails.
    pub trainer: StartTraining,
}

/// Starts a training on these faces, with this recipe, in that run.
pub type StartTraining = fn(Arc<Dataset>, Recipe, RunOptions) -> std::io::Result<Trainer>;

impl TuiOptions {
    /// The usual program.
    pub fn new(paths: Paths, config: Config, run: Option<PathBuf>) -> Self {
        Self {
            paths,
            config,
            run,
            trainer: Trainer::start,
        }
    }
}

/// Why the terminal program cannot run.
#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    /// Standard output is no terminal.
    #[error(
        "standard output is no terminal, so there is nothing to draw on; use `twinsight train`, `verify` or `pairs`"
    )]
    NoTerminal,
    /// The terminal cannot place characters.
    #[error(
        "TERM is `dumb`, a terminal that cannot place its cursor, so that the screens cannot be drawn; set TERM to what your \
         terminal is, or use a command such as `twinsight train`, `verify` or `pairs`"
    )]
    NoCursor,
    /// The terminal, or a thread, was refused.
    #[error("the terminal cannot be used: {0}; `twinsight doctor` says what is known about it")]
    Terminal(#[from] std::io::Error),
    /// The preset is unknown.
    #[error(transparent)]
    Recipe(#[from] crate::train::RecipeError),
    /// The training that was to continue in the background does not.
    #[error("{0}; the training is saved, and `twinsight train --resume` goes on with it")]
    Background(#[from] crate::train::background::BackgroundError),
}
