//! How fast a probe is compared with a large gallery.

use serde::Serialize;

use super::{BenchReport, Context};
use crate::gallery::measure::{self, GalleryTimes};

/// What is reported besides the time of a probe.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct GalleryFigures {
    /// Templates, each of 128 numbers, one for each person.
    templates: usize,
    /// Seconds to open it.
    open_seconds: f64,
    /// Seconds of the first probe, which also checks the templates.
    first_probe_seconds: f64,
    /// Median of the seconds to read what a probe reads from memory.
    read_seconds: f64,
    /// How many bytes that is.
    read_bytes: usize,
    /// People who were compared exactly for the best ten, on average.
    compared: f64,
}

pub(super) fn measure(context: &Context, templates: u32, runs: u32) -> anyhow::Result<BenchReport> {
    // Beside the real galleries, because a million templates take 700 MB and a folder for temporary files may be memory.
    let data = context.paths.data_dir();
    crate::files::create_private_dir(data)?;
    let folder = tempfile::tempdir_in(data)?;
    let GalleryTimes {
        open,
        first_probe,
        probes,
        reads,
        bytes,
        compared,
    } = measure::measure(folder.path(), templates as usize, runs as usize)?;
    let figures = GalleryFigures {
        templates: templates as usize,
        open_seconds: open,
        first_probe_seconds: first_probe,
        read_seconds: BenchReport::of(reads).seconds,
        read_bytes: bytes,
        compared,
    };
    Ok(BenchReport {
        gallery: Some(figures),
        ..BenchReport::of(probes)
    })
}

impl GalleryFigures {
    /// As lines below the time of a probe, which took `seconds`.
    pub(super) fn text(&self, seconds: f64) -> String {
        let megabytes = self.read_bytes as f64 / 1e6;
        format!(
            "\nbest 10 of {} templates, {:.0} of them compared exactly\n\
             opened in {:.0} ms; first probe, with checksums: {:.1} ms\n\
             reading its {megabytes:.0} MB from memory: {:.2} ms, {:.1} GB/s; a probe takes {:.2} times as long",
            self.templates,
            self.compared,
            1e3 * self.open_seconds,
            1e3 * self.first_probe_seconds,
            1e3 * self.read_seconds,
            1e-3 * megabytes / self.read_seconds,
            seconds / self.read_seconds,
        )
    }
}
