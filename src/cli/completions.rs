//! `twinsight completions`.

use clap::CommandFactory;
use clap_complete::Shell;

use super::Status;
use super::output;

/// Print completions for a shell.
///
/// Each shell looks in its own place, for example:
///
///   bash:  twinsight completions bash > ~/.local/share/bash-completion/completions/twinsight
///   zsh:   twinsight completions zsh > "${fpath[1]}/_twinsight"
///   fish:  twinsight completions fish > ~/.config/fish/completions/twinsight.fish
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let mut command = super::Args::command();
        let name = command.get_name().to_owned();
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, name, &mut script);
        output::line(String::from_utf8(script)?.trim_end())?;
        Ok(Status::Done)
    }
}
