//! `twinsight config`.

use std::path::PathBuf;

use serde::Serialize;

use super::Status;
use super::output;
use crate::config::{self, Config};
use crate::files::{Paths, shown};

/// Show where the settings are read from, or print an example of them.
///
/// `twinsight config --example > FILE` begins a file of your own: everything in it is as it is without the file, and what can
/// be set besides is commented out.
#[derive(Debug, clap::Args)]
pub struct ShowConfig {
    /// Print an example: of config.ron, or of keys.ron
    #[arg(
        long,
        value_name = "WHICH",
        num_args = 0..=1,
        default_missing_value = "config",
        conflicts_with = "json"
    )]
    example: Option<Example>,
    /// Print one JSON document and nothing else
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Example {
    /// Data set, training, colours
    Config,
    /// Keys of the screens
    Keys,
}

#[derive(Serialize)]
struct ConfigReport {
    config: SettingsFile,
    keys: SettingsFile,
}

#[derive(Serialize)]
struct SettingsFile {
    path: PathBuf,
    exists: bool,
}

impl SettingsFile {
    fn at(path: PathBuf) -> Self {
        Self {
            exists: path.is_file(),
            path,
        }
    }

    fn line(&self, name: &str) -> String {
        let state = match self.exists {
            true => "",
            false => "  (not there)",
        };
        format!("{name:<8}{}{state}", shown(&self.path))
    }
}

impl ShowConfig {
    /// `keys` is the example of `keys.ron`, an argument because commands do not know the screens.
    pub(super) fn run(self, keys: fn() -> String) -> anyhow::Result<Status> {
        let text = match self.example {
            Some(Example::Config) => config::EXAMPLE.trim_end().to_owned(),
            Some(Example::Keys) => keys().trim_end().to_owned(),
            None => {
                let paths = Paths::find()?;
                let report = ConfigReport {
                    config: SettingsFile::at(Config::file(&paths)),
                    keys: SettingsFile::at(paths.config_dir().join("keys.ron")),
                };
                if self.json {
                    output::json(&report)?;
                    return Ok(Status::Done);
                }
                [report.config.line("config"), report.keys.line("keys")].join("\n")
            }
        };
        output::line(&text)?;
        Ok(Status::Done)
    }
}
