//! `twinsight doctor`.

mod locale;
mod storage;

use std::env;
use std::io::IsTerminal;
use std::path::PathBuf;

use serde::Serialize;

use super::cache::megabytes;
use super::context::{Common, Context};
use super::output;
use super::{Status, counted};
use crate::config::{Config, Images, Overrides, multiplexed};
use crate::data::FaceCache;
use crate::files::Paths;
use crate::nn::conv2d::Kernels;
use locale::Locale;
use storage::Storage;

/// Show what the terminal and this machine can do, and where files are stored.
#[derive(Debug, clap::Args)]
pub struct Doctor {
    #[command(flatten)]
    common: Common,
}

#[derive(Serialize)]
struct DoctorReport {
    version: &'static str,
    terminal: Terminal,
    locale: Locale,
    /// How many colours the environment announces: 16777216, 256, 16, or 0 for none.
    colors: u32,
    /// kitty, iterm, sixel, blocks or off: as configured, or else guessed from the environment.
    image_protocol: &'static str,
    /// Number of threads that compute.
    threads: usize,
    /// Instruction sets beyond the architecture's own that this processor has.
    cpu_features: Vec<&'static str>,
    /// The kernels that are used; an environment variable can choose others.
    kernels: &'static str,
    paths: Places,
    /// What the file systems of data, state and cache can do.
    storage: [Storage; 3],
    cache: CacheReport,
}

#[derive(Serialize)]
struct Terminal {
    /// Whether standard output is a terminal.
    is_terminal: bool,
    /// The variable TERM.
    term: Option<String>,
    /// The variable TERM_PROGRAM.
    program: Option<String>,
    /// Columns and rows.
    size: Option<(u16, u16)>,
    /// Whether the program runs on another machine than the terminal.
    ssh: bool,
    /// Whether the program runs in tmux or screen.
    multiplexer: bool,
}

#[derive(Serialize)]
struct Places {
    config: PathBuf,
    data: PathBuf,
    runs: PathBuf,
    gallery: PathBuf,
    log: PathBuf,
    cache: PathBuf,
}

/// The prepared faces that are kept.
#[derive(Serialize)]
struct CacheReport {
    faces: usize,
    bytes: u64,
    /// Beyond this, the oldest are removed.
    max_bytes: u64,
}

impl Doctor {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let context = Context::new(&self.common, Overrides::default())?;
        let report = DoctorReport::new(&context.paths, &context.config);
        match self.common.json {
            true => output::json(&report)?,
            false => output::line(&text(&report))?,
        }
        Ok(Status::Done)
    }
}

impl DoctorReport {
    fn new(paths: &Paths, config: &Config) -> Self {
        let environment =
            Environment(&|name| env::var(name).ok().filter(|value| !value.is_empty()));
        let cache = FaceCache::at(&paths.face_cache_dir());
        let usage = cache.usage();
        Self {
            version: env!("CARGO_PKG_VERSION"),
            terminal: environment.terminal(),
            locale: Locale::of(environment.0),
            colors: environment.colors(),
            image_protocol: environment.images(config.images),
            threads: config.threads.unwrap_or_else(rayon::current_num_threads),
            kernels: Kernels::current().name(),
            cpu_features: cpu_features(),
            paths: Places {
                config: Config::file(paths),
                data: paths.data_dir().to_owned(),
                runs: paths.runs_dir(),
                gallery: paths.gallery_dir(),
                log: paths.log_file(),
                cache: paths.face_cache_dir(),
            },
            storage: [
                Storage::of(paths.data_dir()),
                Storage::of(paths.log_file().parent().unwrap_or(paths.data_dir())),
                Storage::of(&paths.face_cache_dir()),
            ],
            cache: CacheReport {
                faces: usage.faces,
                bytes: usage.bytes,
                max_bytes: cache.limit(),
            },
        }
    }
}

/// Reads environment variables, of the system or of a test.
struct Environment<'a>(&'a dyn Fn(&str) -> Option<String>);

impl Environment<'_> {
    fn has(&self, name: &str, part: &str) -> bool {
        (self.0)(name).is_some_and(|value| value.to_ascii_lowercase().contains(part))
    }

    fn terminal(&self) -> Terminal {
        let is_terminal = std::io::stdout().is_terminal();
        Terminal {
            is_terminal,
            term: (self.0)("TERM"),
            program: (self.0)("TERM_PROGRAM"),
            size: crossterm::terminal::size().ok().filter(|_| is_terminal),
            ssh: (self.0)("SSH_CONNECTION").is_some(),
            multiplexer: self.multiplexer(),
        }
    }

    fn multiplexer(&self) -> bool {
        multiplexed(self.0)
    }

    /// By the variables that terminals set: NO_COLOR (no-color.org), COLORTERM, and the ending of TERM.
    fn colors(&self) -> u32 {
        if (self.0)("NO_COLOR").is_some() || self.has("TERM", "dumb") {
            0
        } else if self.has("COLORTERM", "truecolor")
            || self.has("COLORTERM", "24bit")
            || self.has("TERM", "direct")
        {
            1 << 24
        } else if self.has("TERM", "256color") || self.has("TERM", "kitty") {
            256
        } else {
            16
        }
    }

    fn images(&self, asked: Images) -> &'static str {
        asked.resolve(self.0).word()
    }
}

#[cfg(target_arch = "x86_64")]
fn cpu_features() -> Vec<&'static str> {
    let known = [
        ("sse4.2", is_x86_feature_detected!("sse4.2")),
        ("avx", is_x86_feature_detected!("avx")),
        ("avx2", is_x86_feature_detected!("avx2")),
        ("fma", is_x86_feature_detected!("fma")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
    ];
    known
        .into_iter()
        .filter(|feature| feature.1)
        .map(|feature| feature.0)
        .collect()
}

#[cfg(target_arch = "aarch64")]
fn cpu_features() -> Vec<&'static str> {
    match std::arch::is_aarch64_feature_detected!("neon") {
        true => vec!["neon"],
        false => Vec::new(),
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn cpu_features() -> Vec<&'static str> {
    Vec::new()
}

fn text(report: &DoctorReport) -> String {
    let DoctorReport {
        terminal,
        locale,
        paths,
        storage: [data, state, kept],
        cache,
        ..
    } = report;
    let yes = |is: bool| if is { "yes" } else { "no" };
    let known = |value: &Option<String>| value.clone().unwrap_or_else(|| "not set".to_owned());
    let size = terminal
        .size
        .map_or("unknown".to_owned(), |(columns, rows)| {
            format!("{columns} × {rows}")
        });
    let rows = [
        ("version", report.version.to_owned()),
        ("terminal", yes(terminal.is_terminal).to_owned()),
        ("TERM", known(&terminal.term)),
        ("program", known(&terminal.program)),
        ("size", size),
        ("over SSH", yes(terminal.ssh).to_owned()),
        ("in tmux or screen", yes(terminal.multiplexer).to_owned()),
        ("locale", locale.text()),
        ("glyphs", locale.glyphs_text().to_owned()),
        ("colours", report.colors.to_string()),
        ("pictures", report.image_protocol.to_owned()),
        ("threads", report.threads.to_string()),
        ("processor", report.cpu_features.join(" ")),
        ("kernels", report.kernels.to_owned()),
        ("configuration", paths.config.display().to_string()),
        ("data", paths.data.display().to_string()),
        ("runs", paths.runs.display().to_string()),
        ("gallery", paths.gallery.display().to_string()),
        ("log", paths.log.display().to_string()),
        ("cache", paths.cache.display().to_string()),
        ("data folder", data.text()),
        ("log folder", state.text()),
        ("cache folder", kept.text()),
        (
            "in the cache",
            format!(
                "{} ({} of at most {})",
                counted(cache.faces, "prepared face"),
                megabytes(cache.bytes),
                megabytes(cache.max_bytes)
            ),
        ),
    ];
    let line =
        |(name, value): &(&str, String)| format!("{name:<18} {}", crate::files::clean(value));
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(variables: &[(&str, &str)]) -> (u32, &'static str) {
        let find = |name: &str| {
            variables
                .iter()
                .find(|v| v.0 == name)
                .map(|v| v.1.to_owned())
        };
        let environment = Environment(&find);
        (environment.colors(), environment.images(Images::Auto))
    }

    #[test]
    fn terminals_are_known_by_what_they_set() {
        assert_eq!(guess(&[("TERM", "xterm-256color")]), (256, "blocks"));
        assert_eq!(guess(&[("TERM", "linux")]), (16, "blocks"));
        assert_eq!(guess(&[("TERM", "dumb")]), (0, "blocks"));
        assert_eq!(
            guess(&[("TERM", "xterm-kitty"), ("COLORTERM", "truecolor")]),
            (1 << 24, "kitty")
        );
        assert_eq!(
            guess(&[("TERM", "foot"), ("COLORTERM", "truecolor")]),
            (1 << 24, "sixel")
        );
        let iterm = [
            ("TERM", "xterm-256color"),
            ("TERM_PROGRAM", "iTerm.app"),
            ("COLORTERM", "truecolor"),
        ];
        assert_eq!(guess(&iterm), (1 << 24, "iterm"));
        let in_tmux = [
            ("TERM", "screen-256color"),
            ("TERM_PROGRAM", "iTerm.app"),
            ("TMUX", "x"),
        ];
        assert_eq!(guess(&in_tmux), (256, "blocks"));
        assert_eq!(
            guess(&[("TERM", "xterm-kitty"), ("NO_COLOR", "1")]),
            (0, "kitty")
        );
    }
}
