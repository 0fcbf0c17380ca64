//! The only impure part of the terminal program: the terminal, the threads, the disk.
//!
//! ```text
//! keys ──────┐                 ┌──▶ update(state, event) ──▶ effects ──▶ files, network: two threads
//! signals ───┼──▶ one channel ─┤                                     └─▶ training: its own thread
//! answers ───┘                 └──▶ draw(frame, &state, &theme), when something changed
//! ```
//! The loop sleeps until something happens. A key is answered at once; news of the training are drawn at most twice
//! a second, or once in two seconds where the line is slow (`--calm`, the default over SSH).

mod activations;
mod clipboard;
mod error;
mod files;
mod findings;
pub mod frames;
#[doc(hidden)]
pub mod headless;
mod identify;
mod input;
mod memory;
mod message;
mod models;
mod network;
mod options;
mod photos;
mod pixels;
mod program;
mod runs;
mod settings;
mod task;
mod terminal;
mod workers;

use std::io::Write;
use std::sync::mpsc::channel;

use crate::app::State;
use crate::train::Trainer;
use crate::ui::Depth;

pub use options::{TuiError, TuiOptions};

/// Runs the terminal program until its user leaves.
///
/// # Errors
/// `TuiError` before anything is drawn; later, only that the terminal is gone.
pub fn run(options: TuiOptions) -> Result<(), TuiError> {
    open(options, None)
}

/// The same for a training of another process ([`control::attach`](crate::train::control::attach)), whose run is
/// `options.run`. That training continues when the user leaves.
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
    let environment = |name: &str| std::env::var(name).ok();
    if environment("TERM").as_deref() == Some("dumb") {
        return Err(TuiError::NoCursor);
    }
    let (chosen, presets) = settings::defaults(&options.config)?;
    let (out, messages) = channel();
    terminal::install_panic_hook();
    let images = options.config.images.resolve(environment);
    let terminal = terminal::Terminal::enter(images, options.config.mouse)?;
    let depth = Depth::resolve(options.config.color, environment);
    let (pictures, notice) = settings::pictures(options.config.images, images, &terminal);
    let glyphs = options.config.glyphs.resolve(environment);
    let (look, events) = settings::look(&options, depth, (pictures, glyphs));
    let state = State::new(chosen, presets, terminal.size()?);
    let mut program = program::Program::new(options, terminal, state, look, &out)?;
    for event in notice.into_iter().chain(events) {
        program.dispatch(event);
    }
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
