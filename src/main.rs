//! The `twinsight` program: arguments, then screens or a command.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use twinsight::cli::{Args, report};

fn main() -> ExitCode {
    let args = Args::parse();
    match args.command {
        Some(command) => command.run(),
        None => screens(),
    }
}

fn screens() -> ExitCode {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return report(&anyhow::anyhow!(
            "the screens need a terminal, and this is none; use a command instead, such as `twinsight train` \
             (`twinsight --help` lists them)"
        ));
    }
    ExitCode::SUCCESS
}
