//! The program without its screens: one file for each command.
//!
//! Every command is a struct that clap fills in, with a `run` that does the work and says how it ended. What it prints
//! goes through [`output`], which knows `--json`: then standard output carries one JSON document and nothing else.
//! Progress and warnings go to standard error.
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | done (also when whoever reads the output stopped reading) |
//! | 1 | it could not be done; standard error says why, and what to do |
//! | 2 | bad usage: an unknown flag, a value that makes no sense |
//! | 3 | every photo could be read, and there is one without a face |

mod attach;
mod bench;
mod context;
mod data;
mod detect;
mod doctor;
mod enroll;
mod evaluate;
mod export;
mod forget;
mod interrupt;
mod log;
mod output;
mod pairs;
mod people;
mod photos;
mod runs;
mod train;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Color, Images, Overrides};
use crate::data::Source;

pub use attach::Attach;
pub use context::{Common, Context};
pub use output::report;

/// Train a Siamese network to recognise faces, and watch it learn, in a terminal.
///
/// Without a command, the screens open.
#[derive(Debug, Parser)]
#[command(
    name = "twinsight",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
pub struct Args {
    /// What the screens open with.
    #[command(flatten)]
    pub screens: Screens,
    /// What to do instead.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What the screens open with.
#[derive(Debug, clap::Args)]
pub struct Screens {
    /// Faces: `orl` (built in), a folder with one sub-folder for each person, or a .mat file of the Olivetti faces
    #[arg(long, value_name = "SOURCE")]
    pub data: Option<Source>,
    /// The training run to open
    #[arg(long, value_name = "DIR")]
    pub run: Option<PathBuf>,
    /// The colours, by the name of a theme: dark, light, high_contrast, colour_blind, mono, or one of your own
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,
    /// How many colours: auto, truecolor, 256, 16 or none
    #[arg(long, value_name = "DEPTH")]
    pub color: Option<Color>,
    /// How pictures are drawn: auto, blocks, kitty, iterm, sixel or off
    #[arg(long, value_name = "HOW")]
    pub images: Option<Images>,
    /// Send little: for slow lines, and the default over SSH
    #[arg(long)]
    pub calm: bool,
    /// Train with this many threads; otherwise with all cores
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
}

impl Screens {
    /// What these flags change of the configuration.
    pub fn overrides(self) -> Overrides {
        Overrides {
            data: self.data,
            theme: self.theme,
            color: self.color,
            images: self.images,
            calm: self.calm.then_some(true),
            threads: self.threads,
            ..Overrides::default()
        }
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train a network, without screens
    Train(train::Train),
    /// Open the screens on a training in the background, or stop it
    Attach(attach::Attach),
    /// Measure how well a trained network knows strangers
    Evaluate(evaluate::Evaluate),
    /// List the pairs of pictures that training or validation draws
    Pairs(pairs::Pairs),
    /// Find the faces in photos
    Detect(detect::Detect),
    /// Say who is in a photo
    Verify(verify::Verify),
    /// Add a person to the gallery, from one photo or more
    Enroll(enroll::Enroll),
    /// Remove a person and all their photos from the gallery
    Forget(forget::Forget),
    /// List everybody who can be recognised
    People(people::People),
    /// See which data sets are here, fetch one, or check one
    Data(data::Data),
    /// List, compare or remove trainings
    Runs(runs::Runs),
    /// Write weights or embeddings for other tools
    Export(export::Export),
    /// Measure how fast this machine is
    Bench(bench::Bench),
    /// Say what the terminal and this machine can do, and where files are kept
    Doctor(doctor::Doctor),
}

/// How a command that did its work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// All of it worked.
    Done,
    /// Some of it did not; standard error has said so.
    Partly,
    /// There is a photo without a face.
    NoFace,
}

impl Command {
    /// Runs the command to its end, errors told. `frames` draws so many screens and answers the seconds of each, for
    /// `bench frame`; it is given from above, because commands know nothing of screens.
    pub fn run(self, frames: fn(u32) -> Vec<f64>) -> ExitCode {
        interrupt::expect_file_limits();
        let status = match self {
            Self::Train(command) => command.run(),
            Self::Attach(command) => command.run(),
            Self::Evaluate(command) => command.run(),
            Self::Pairs(command) => command.run(),
            Self::Detect(command) => command.run(),
            Self::Verify(command) => command.run(),
            Self::Enroll(command) => command.run(),
            Self::Forget(command) => command.run(),
            Self::People(command) => command.run(),
            Self::Data(command) => command.run(),
            Self::Runs(command) => command.run(),
            Self::Export(command) => command.run(),
            Self::Bench(command) => command.run(frames),
            Self::Doctor(command) => command.run(),
        };
        match status {
            Ok(Status::Done) => ExitCode::SUCCESS,
            Ok(Status::Partly) => ExitCode::FAILURE,
            Ok(Status::NoFace) => ExitCode::from(3),
            Err(error) => report(&error),
        }
    }
}

/// `1 photo`, `2 photos`: a regular English noun with its number.
fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}
