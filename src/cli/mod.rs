//! The command line: one file for each command.
//!
//! Each command is a struct with its arguments, which clap fills in, and a `run` that does the work. It prints through
//! [`output`]. With `--json`, standard output holds one JSON document and nothing else. Progress and warnings go to
//! standard error.
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | done, also if the reader of the output closed the pipe |
//! | 1 | failed; standard error says why, and what to do |
//! | 2 | bad usage: an unknown flag, or a value that is not allowed |
//! | 3 | every photo could be read, but one of them has no face |
//! | 130 | Ctrl-C ended it before its result; standard error says what is kept |

mod attach;
mod bars;
mod bench;
mod cache;
mod calibrate;
mod completions;
mod config;
mod context;
mod data;
mod detect;
mod doctor;
mod enroll;
mod evaluate;
mod export;
mod forget;
mod interrupt;
mod licences;
mod loading;
mod log;
mod long_task;
mod man;
mod output;
mod pairs;
mod people;
mod photos;
mod progress;
mod runs;
mod sweep;
mod table;
mod train;
mod verify;

use std::any::TypeId;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::styling::{AnsiColor, Styles};
use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::{Command, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::config::{Color, Glyphs, Images, Overrides};
use crate::data::Source;
use crate::files::user_path;
use crate::text::counted;

pub use attach::Attach;
pub use context::{Common, Context};
pub use output::report;

/// How help and mistakes look on a terminal. clap leaves the styles out where there is none, or `NO_COLOR` is set.
const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default())
    .error(AnsiColor::Red.on_default().bold())
    .valid(AnsiColor::Green.on_default())
    .invalid(AnsiColor::Yellow.on_default());
/// Help is wrapped to the terminal, and to this many columns at most: longer lines are hard to read.
const MAX_WIDTH: usize = 100;

/// Train a Siamese network to recognise faces, and watch it learn, in a terminal.
///
/// Without a command, the interactive screens open.
#[derive(Debug, Parser)]
#[command(
    name = "twinsight",
    version,
    styles = STYLES,
    max_term_width = MAX_WIDTH,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
pub struct Args {
    /// Options of the screens.
    #[command(flatten)]
    pub screens: Screens,
    /// A command to run instead.
    #[command(subcommand)]
    pub command: Option<CliCommand>,
}

impl Args {
    /// The arguments of this process. With wrong ones, or `--help`, the process ends with what clap says.
    pub fn read() -> Self {
        let matches = with_user_paths(Self::command()).get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}

/// The command, all of whose paths are read as [`user_path`] says; so are those of its subcommands. Set here for all, so that
/// no new argument is forgotten.
fn with_user_paths(command: Command) -> Command {
    let command = command.mut_args(|argument| {
        match argument.get_value_parser().type_id() == TypeId::of::<PathBuf>() {
            true => argument.value_parser(PathBufValueParser::new().map(user_path)),
            false => argument,
        }
    });
    command.mut_subcommands(with_user_paths)
}

/// Options of the screens.
#[derive(Debug, clap::Args)]
pub struct Screens {
    /// Faces: `orl` (built in), a folder with one sub-folder for each person, or a .mat file of the Olivetti faces
    #[arg(long, value_name = "SOURCE")]
    pub data: Option<Source>,
    /// The training run to open: its number, name or folder, `best` or `builtin`
    #[arg(long, value_name = "RUN")]
    pub run: Option<PathBuf>,
    /// Colour theme: dark, light, high_contrast, colour_blind, mono, or one of your own
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,
    /// Number of colours: auto, truecolor, 256, 16 or none
    #[arg(long, value_name = "DEPTH")]
    pub color: Option<Color>,
    /// How pictures are drawn: auto, blocks, kitty, iterm, sixel or off
    #[arg(long, value_name = "HOW")]
    pub images: Option<Images>,
    /// Which characters are drawn: auto (by locale and terminal), full, linux (those of the Linux console) or ascii
    #[arg(long, value_name = "SET")]
    pub glyphs: Option<Glyphs>,
    /// Redraw rarely, for slow connections [default over SSH]
    #[arg(long)]
    pub calm: bool,
    /// Number of threads for training [default: all cores]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
}

impl Screens {
    /// The settings that these options override.
    pub fn overrides(self) -> Overrides {
        Overrides {
            data: self.data,
            theme: self.theme,
            color: self.color,
            images: self.images,
            glyphs: self.glyphs,
            calm: self.calm.then_some(true),
            threads: self.threads,
            ..Overrides::default()
        }
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum CliCommand {
    /// Train a network, without the screens
    Train(train::Train),
    /// Open the screens on a training in the background, or stop it
    Attach(attach::Attach),
    /// Evaluate a trained network on held-out people
    Evaluate(evaluate::Evaluate),
    /// List the pairs of pictures that training or validation draws
    Pairs(pairs::Pairs),
    /// Find the faces in photos
    Detect(detect::Detect),
    /// Say who is in a photo
    Verify(verify::Verify),
    /// Add a person to the gallery, from one photo or more
    Enroll(enroll::Enroll),
    /// Set a model's similarities and thresholds on your own people, without training
    Calibrate(calibrate::Calibrate),
    /// Remove a person and all their photos from the gallery
    Forget(forget::Forget),
    /// List all people who can be recognised
    People(people::People),
    /// List, fetch or check data sets
    Data(data::Data),
    /// Remove the faces that are kept so that folders are not searched again
    Cache(cache::Cache),
    /// List, compare, rename, delete or restore trainings
    Runs(runs::Runs),
    /// Compare recipes on the same folds, here or on a cluster
    Sweep(sweep::SweepCommand),
    /// Write networks, embeddings or metrics for other programs
    Export(export::Export),
    /// Measure how fast this machine is
    Bench(bench::Bench),
    /// Print the licences of the program and of everything in it
    Licences(licences::Licences),
    /// Show what the terminal and this machine can do, and where files are stored
    Doctor(doctor::Doctor),
    /// Show where the settings are read from, or print an example of them
    Config(config::ShowConfig),
    /// Print completions for a shell
    Completions(completions::Completions),
    /// Write the man pages
    Man(man::ManPages),
}

/// What commands need of the screens, which they do not know.
pub struct FromScreens {
    /// Draws so many screens, and returns the seconds of each, for `bench frame`.
    pub frames: fn(u32) -> Vec<f64>,
    /// An example of `keys.ron`, for `config --example keys`.
    pub example_keys: fn() -> String,
}

/// How a command ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Everything worked.
    Done,
    /// Some of it failed; standard error says what.
    Partly,
    /// A photo has no face.
    NoFace,
}

impl CliCommand {
    /// Runs the command and says what to exit with; errors go to standard error.
    pub fn run(self, screens: &FromScreens) -> ExitCode {
        interrupt::expect_file_limits();
        let status = match self {
            Self::Train(command) => command.run(),
            Self::Attach(command) => command.run(),
            Self::Evaluate(command) => command.run(),
            Self::Pairs(command) => command.run(),
            Self::Detect(command) => command.run(),
            Self::Verify(command) => command.run(),
            Self::Enroll(command) => command.run(),
            Self::Calibrate(command) => command.run(),
            Self::Forget(command) => command.run(),
            Self::People(command) => command.run(),
            Self::Data(command) => command.run(),
            Self::Cache(command) => command.run(),
            Self::Runs(command) => command.run(),
            Self::Sweep(command) => command.run(),
            Self::Export(command) => command.run(),
            Self::Bench(command) => command.run(screens.frames),
            Self::Licences(command) => command.run(),
            Self::Doctor(command) => command.run(),
            Self::Config(command) => command.run(screens.example_keys),
            Self::Completions(command) => command.run(),
            Self::Man(command) => command.run(),
        };
        match status {
            Ok(Status::Done) => ExitCode::SUCCESS,
            Ok(Status::Partly) => ExitCode::FAILURE,
            Ok(Status::NoFace) => ExitCode::from(3),
            Err(error) => report(&error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_paths_are_read_by_one_rule() {
        let home = user_path("~");
        let read = |words: &[&str]| {
            let words = std::iter::once(&"twinsight").chain(words);
            let matches = with_user_paths(Args::command())
                .try_get_matches_from(words)
                .unwrap();
            format!("{:?}", Args::from_arg_matches(&matches).unwrap())
        };
        let in_home = format!("{:?}", home.join("x y"));
        for words in [
            &["--data=~/x y"][..],
            &["--run=~/x y"],
            &["verify", "--run", "'~/x y'", "a.jpg"],
            &["verify", "~/x y"],
            &["enroll", "anna", "a.jpg", "\"~/x y\""],
            &["enroll", "--from=~/x y"],
            &["train", "--recipe=~/x y"],
            &["data", "check", "~/x y"],
            &["detect", "--cascade=~/x y", "b.jpg"],
        ] {
            assert!(read(words).contains(&in_home), "{words:?}: {}", read(words));
        }
        assert!(read(&["detect", "file:///a%20b.jpg"]).contains("\"/a b.jpg\""));
    }
}
