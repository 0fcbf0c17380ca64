//! `twinsight bench`: one file for each part that is measured.
//!
//! Each part is done once unmeasured, to warm caches and threads, and then `--runs` times; the median is reported,
//! because it does not care about the one time that the machine was busy.

mod detect;
mod embed;
mod step;

use serde::Serialize;

use super::Status;
use super::context::{Common, Context, DataFlag};
use super::output;
use crate::config::{Overrides, Preset};

/// Measure how fast this machine is.
#[derive(Debug, clap::Args)]
pub struct Bench {
    /// What to measure
    #[arg(value_name = "PART")]
    part: Part,
    /// How often to measure
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    runs: u32,
    /// The network: compact (the default) or tutorial
    #[arg(long, value_name = "NAME")]
    preset: Option<Preset>,
    #[command(flatten)]
    data: DataFlag,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// A step of training: one batch forward, backward, and the optimiser
    Step,
    /// Embedding 64 faces
    Embed,
    /// Finding the faces in a photo of 640 × 480 pixels
    Detect,
}

/// The answer in JSON.
#[derive(Debug, Serialize)]
struct Report {
    /// Median of one run.
    seconds: f64,
    /// How many were measured.
    runs: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pairs_per_second: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    images_per_second: Option<f64>,
}

impl Bench {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let flags = Overrides {
            preset: self.preset,
            data: self.data.data.clone(),
            ..Overrides::default()
        };
        let context = Context::new(&self.common, flags)?;
        let report = match self.part {
            Part::Step => step::measure(&context, self.runs)?,
            Part::Embed => embed::measure(&context, self.runs)?,
            Part::Detect => detect::measure(&context, self.runs)?,
        };
        match self.common.json {
            true => output::json(&report)?,
            false => output::line(&text(&report))?,
        }
        Ok(Status::Done)
    }
}

fn text(report: &Report) -> String {
    let rates = [
        (report.pairs_per_second, "pairs"),
        (report.images_per_second, "pictures"),
    ];
    let rates = rates
        .into_iter()
        .filter_map(|(rate, of)| Some(format!(", {:.0} {of} a second", rate?)));
    format!(
        "{:.3} ms, median of {} runs{}",
        1e3 * report.seconds,
        report.runs,
        rates.collect::<String>()
    )
}

/// The middle of some durations in seconds, of which there is at least one.
fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}
