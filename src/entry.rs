//! The program's entry: reads the arguments, then opens the screens or runs a command.
//!
//! It is the one place that knows both, because commands and screens do not know each other.

use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;

use crate::app::Keymap;
use crate::cli::{Args, Attach, CliCommand, Common, Context, FromScreens, Screens, report};
use crate::recognition::{BEST_RUN, BUILT_IN_RUN};
use crate::train::run_dir;
use crate::tui::{self, TuiOptions};

/// What commands need of the screens.
const FROM_SCREENS: FromScreens = FromScreens {
    frames: tui::frames::measure,
    example_keys: Keymap::example,
};

/// Runs the program with the arguments of this process, and says what to exit with. Errors go to standard error.
pub fn run() -> ExitCode {
    let args = Args::read();
    let ended = match args.command {
        Some(CliCommand::Attach(attach)) if attach.opens_screens() => attach_screens(&attach),
        Some(command) => return command.run(&FROM_SCREENS),
        None => open_screens(args.screens),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report(&error),
    }
}

/// Refuses to open the screens without a terminal, and names a command to use `instead`.
fn need_terminal(instead: &str) -> anyhow::Result<()> {
    if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
        return Ok(());
    }
    anyhow::bail!(
        "the screens need a terminal, and there is none; use a command instead, {instead}"
    )
}

fn open_screens(screens: Screens) -> anyhow::Result<()> {
    need_terminal("such as `twinsight train` (`twinsight --help` lists them)")?;
    let asked = screens.run.clone();
    // `--threads` of the screens is for the training only, so it is no flag of `Common`, which is for everything.
    let Context { paths, config } = Context::new(&Common::default(), screens.overrides())?;
    let run = match asked {
        Some(name) if !is_name_of_model(&name) => {
            let found = run_dir::find(&paths.runs_dir(), &name)?;
            Some(found.path().to_owned())
        }
        asked => asked,
    };
    Ok(tui::run(TuiOptions::new(paths, config, run))?)
}

/// Whether it asks for a model without naming a run.
fn is_name_of_model(asked: &Path) -> bool {
    [BEST_RUN, BUILT_IN_RUN].map(Path::new).contains(&asked)
}

/// Opens the screens on a training in another process.
fn attach_screens(attach: &Attach) -> anyhow::Result<()> {
    need_terminal("such as `twinsight attach RUN --stop`")?;
    let (Context { paths, config }, run, trainer) = attach.connect()?;
    let options = TuiOptions::new(paths, config, Some(run));
    Ok(tui::attach(options, trainer)?)
}
