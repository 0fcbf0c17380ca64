//! The `twinsight` program: arguments, then screens or a command.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use twinsight::cli::{Args, Attach, Command, Common, Context, Screens, report};
use twinsight::tui::{self, TuiOptions};

fn main() -> ExitCode {
    let args = Args::parse();
    let ended = match args.command {
        Some(Command::Attach(attach)) if attach.on_screens() => watch(&attach),
        Some(command) => return command.run(tui::frames::measure),
        None => screens(args.screens),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report(&error),
    }
}

fn need_terminal(instead: &str) -> anyhow::Result<()> {
    if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
        return Ok(());
    }
    anyhow::bail!("the screens need a terminal, and this is none; use a command instead, {instead}")
}

fn screens(screens: Screens) -> anyhow::Result<()> {
    need_terminal("such as `twinsight train` (`twinsight --help` lists them)")?;
    let run = screens.run.clone();
    // The threads of `Common` would be those of everything; here they are only the training's.
    let Context { paths, config } = Context::new(&Common::default(), screens.overrides())?;
    Ok(tui::run(TuiOptions::new(paths, config, run))?)
}

/// The screens on a training of another process.
fn watch(attach: &Attach) -> anyhow::Result<()> {
    need_terminal("such as `twinsight attach RUN --stop`")?;
    let (Context { paths, config }, run, trainer) = attach.connect()?;
    let options = TuiOptions::new(paths, config, Some(run));
    Ok(tui::attach(options, trainer)?)
}
