//! The `twinsight` program: arguments, then screens or a command.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use twinsight::cli::{Args, Common, Context, Screens, report};
use twinsight::tui::{self, TuiOptions};

fn main() -> ExitCode {
    let args = Args::parse();
    match args.command {
        Some(command) => command.run(tui::frames::measure),
        None => match screens(args.screens) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => report(&error),
        },
    }
}

fn screens(screens: Screens) -> anyhow::Result<()> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        anyhow::bail!(
            "the screens need a terminal, and this is none; use a command instead, such as `twinsight train` \
             (`twinsight --help` lists them)"
        );
    }
    let run = screens.run.clone();
    // The threads of `Common` would be those of everything; here they are only the training's.
    let Context { paths, config } = Context::new(&Common::default(), screens.overrides())?;
    Ok(tui::run(TuiOptions::new(paths, config, run))?)
}
