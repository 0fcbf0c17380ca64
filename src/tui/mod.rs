//! The only impure part of the terminal program: the terminal, the threads, the disk.
//!
//! ```text
//! keys ──────┐                 ┌──▶ update(state, event) ──▶ effects ──▶ files, network: two threads
//! signals ───┼──▶ one channel ─┤                                     └─▶ training: its own thread
//! answers ───┘                 └──▶ draw(frame, &state, &theme), when something changed
//! ```
//! The loop sleeps until something happens. A key is answered at once; what training reports is drawn at most ten times
//! a second, or once in two seconds where the line is slow (`--calm`, the default over SSH).

mod activations;
mod ask;
mod ending;
mod filer;
pub mod frames;
mod input;
mod memory;
mod photos;
mod pixels;
mod program;
mod settings;
mod terminal;
mod who;
mod work;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::channel;

use crate::app::event::ModelInfo;
use crate::app::{self, State};
use crate::config::Config;
use crate::data::Dataset;
use crate::files::Paths;
use crate::model::Siamese;
use crate::model::checkpoint::CheckpointMetadata;
use crate::train::{Recipe, RunOptions, Trainer};
use crate::ui::{Depth, Theme};

/// How the terminal program is started.
#[derive(Debug, Clone)]
pub struct TuiOptions {
    /// Where things are.
    pub paths: Paths,
    /// What the user chose: faces, preset, seed, theme, colours and so on.
    pub config: Config,
    /// A run whose network answers from the start; without it the newest one over these faces, if there is one.
    pub run: Option<PathBuf>,
    /// Begins a training: [`Trainer::start`], unless a test wants to see what happens when one breaks.
    pub trainer: StartTraining,
}

/// Begins a training of these faces, by this recipe, there.
pub type StartTraining = fn(Arc<Dataset>, Recipe, RunOptions) -> std::io::Result<Trainer>;

impl TuiOptions {
    /// The program as it is.
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
    /// There is nothing to draw on.
    #[error(
        "standard output is no terminal, so there is nothing to draw on; use `twinsight train`, `verify` or `pairs`"
    )]
    NoTerminal,
    /// The terminal, or a thread, was refused.
    #[error("the terminal cannot be used: {0}; `twinsight doctor` says what is known about it")]
    Terminal(#[from] std::io::Error),
    /// The preset is unknown.
    #[error(transparent)]
    Recipe(#[from] crate::train::RecipeError),
    /// The training that was to go on in the background does not.
    #[error("{0}; the training is saved, and `twinsight train --resume` goes on with it")]
    Background(#[from] crate::train::background::BackgroundError),
}

/// What reaches the loop.
enum Message {
    /// An event of the state.
    App(app::Event),
    /// A network from disk.
    Model(Siamese, ModelInfo, Box<CheckpointMetadata>),
    /// Save, and leave.
    Terminate,
    /// The process was stopped from outside and goes on.
    #[cfg_attr(not(unix), allow(dead_code))]
    Continued,
}

/// Runs the terminal program until its user leaves.
///
/// # Errors
/// [`TuiError`] before anything is drawn; later, only that the terminal is gone.
pub fn run(options: TuiOptions) -> Result<(), TuiError> {
    open(options, None)
}

/// The same on a training of another process ([`control::attach`](crate::train::control::attach)), whose run is
/// `options.run`. Leaving leaves it alone.
///
/// # Errors
/// As [`run`].
pub fn attach(options: TuiOptions, trainer: Trainer) -> Result<(), TuiError> {
    open(options, Some(trainer))
}

fn open(options: TuiOptions, attached: Option<Trainer>) -> Result<(), TuiError> {
    if !terminal::is_there() {
        return Err(TuiError::NoTerminal);
    }
    let (settings, presets) = settings::defaults(&options.config)?;
    let (out, messages) = channel();
    terminal::install_panic_hook();
    let environment = |name: &str| std::env::var(name).ok();
    let images = options.config.images.resolve(environment);
    let terminal = terminal::Terminal::enter(images)?;
    let mut state = State::new(settings, presets, terminal.size()?);
    let depth = Depth::resolve(options.config.color, environment);
    let pictures = settings::pictures(options.config.images, images, &terminal, &mut state);
    let look = settings::look(&options, (depth, pictures), &mut state);
    let mut program = program::Program::new(options, terminal, state, look, &out)?;
    if let Some(trainer) = attached {
        program.attach(trainer);
    }
    let trainer = program.trainer();
    input::read_keys(out.clone())?;
    input::wait_for_signals(out, trainer)?;
    if let Some(training) = program.run(&messages)? {
        let begun = training.start()?;
        // The terminal is the shell's again, if it is still there.
        let _ = writeln!(std::io::stdout(), "{begun}");
    }
    Ok(())
}

/// What everything is drawn with.
struct Look {
    theme: Theme,
    calm: bool,
}
