//! `twinsight bench`: one file for each part that is measured.
//!
//! Each part runs once unmeasured, to warm caches and threads, and then `--runs` times. The median is reported, because a
//! single slow run does not change it, with the first and third quartile, which show how far it can be trusted. Arithmetic is
//! counted as a direct computation needs it, so that methods that need less appear faster.

mod detect;
mod embed;
mod gallery;
mod step;

use std::path::PathBuf;

use serde::Serialize;

use super::Status;
use super::context::{Common, Context, DataFlag};
use super::output::{self, Usage, percent};
use super::train;
use crate::config::{Overrides, Preset};
use crate::metrics::median;

/// Measure how fast this machine is.
#[derive(Debug, clap::Args)]
pub struct Bench {
    /// What to measure
    #[arg(value_name = "PART")]
    part: Part,
    /// How often each part is measured
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    runs: u32,
    /// The network: compact (the default), tutorial or transfer
    #[arg(long, value_name = "NAME")]
    preset: Option<Preset>,
    /// The network of a recipe file, in RON (a run's recipe.ron is one); step and embed only
    #[arg(long, value_name = "FILE", conflicts_with = "preset")]
    recipe: Option<PathBuf>,
    /// How many faces are embedded at once (embed only)
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    faces: u32,
    /// How many people are in the gallery, with one template each (gallery only)
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=4_000_000))]
    templates: u32,
    /// Show the time of each layer (step only)
    #[arg(long)]
    profile: bool,
    #[command(flatten)]
    data: DataFlag,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// A step of training: one batch forward, backward, and the optimiser
    Step,
    /// Embedding faces
    Embed,
    /// Finding the faces in a photo of 640 × 480 pixels
    Detect,
    /// Finding the ten best people for a face in a large gallery, which is made for it and removed (700 bytes a template)
    Gallery,
    /// Drawing the screens, 120 × 40
    Frame,
}

/// The answer in JSON.
#[derive(Debug, Default, Serialize)]
struct BenchReport {
    /// Median of a run.
    seconds: f64,
    /// First and third quartile of the runs.
    spread: [f64; 2],
    /// Number of measured runs.
    runs: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pairs_per_second: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    images_per_second: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frames_per_second: Option<f64>,
    /// Counted as a direct computation.
    #[serde(skip_serializing_if = "Option::is_none")]
    gflop_per_second: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    layers: Vec<Layer>,
    #[serde(flatten)]
    gallery: Option<gallery::GalleryFigures>,
}

/// The time of a layer.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Layer {
    name: String,
    /// Share of the whole time, from 0 to 1.
    share: f64,
    /// Mean seconds per run, forward.
    forward: f64,
    /// Mean seconds per run, backward; 0 without a backward pass.
    backward: f64,
    /// What limits it; left out where its work is not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    bound: Option<Bound>,
}

/// What limits the time of a layer: the arithmetic of its products, or moving its activations through memory.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct Bound {
    /// `arithmetic` or `memory`.
    by: &'static str,
    /// Seconds per run at the peak that was measured on this machine.
    seconds: f64,
}

impl BenchReport {
    /// The figures of at least one run.
    fn of(mut seconds: Vec<f64>) -> Self {
        seconds.sort_by(f64::total_cmp);
        let at = |share: f64| seconds[((seconds.len() - 1) as f64 * share).round() as usize];
        Self {
            spread: [at(0.25), at(0.75)],
            runs: seconds.len(),
            seconds: median(seconds).unwrap_or(0.0),
            ..Self::default()
        }
    }
}

impl Bench {
    /// Measures. `frames` draws the screens as often as asked and returns the seconds of each; it is passed in, because commands
    /// do not import the screens.
    pub(super) fn run(self, frames: fn(u32) -> Vec<f64>) -> anyhow::Result<Status> {
        if self.profile && self.part != Part::Step {
            return Err(Usage("--profile belongs to `bench step`".to_owned()).into());
        }
        if self.recipe.is_some() && !matches!(self.part, Part::Step | Part::Embed) {
            let usage = "--recipe belongs to `bench step` and `bench embed`";
            return Err(Usage(usage.to_owned()).into());
        }
        let flags = Overrides {
            preset: self.preset,
            data: self.data.data.clone(),
            ..Overrides::default()
        };
        let context = Context::new(&self.common, flags)?;
        let recipe = || train::recipe_of((self.recipe.as_deref(), None), &context.config);
        let report = match self.part {
            Part::Step => step::measure(&context, recipe()?, self.runs, self.profile)?,
            Part::Embed => embed::measure(&context, &recipe()?, self.runs, self.faces as usize)?,
            Part::Detect => detect::measure(&context, self.runs)?,
            Part::Gallery => gallery::measure(&context, self.templates, self.runs)?,
            Part::Frame => {
                let report = BenchReport::of(frames(self.runs));
                BenchReport {
                    frames_per_second: Some(1.0 / report.seconds),
                    ..report
                }
            }
        };
        match self.common.json {
            true => output::json(&report)?,
            false => output::line(&text(&report))?,
        }
        Ok(Status::Done)
    }
}

fn text(report: &BenchReport) -> String {
    let rates = [
        (report.pairs_per_second, "pairs"),
        (report.images_per_second, "pictures"),
        (report.frames_per_second, "frames"),
    ];
    let rates = rates
        .into_iter()
        .filter_map(|(rate, of)| Some(format!(", {:.0} {of} a second", rate?)));
    let [low, high] = report.spread.map(|s| 1e3 * s);
    let mut text = format!(
        "{:.3} ms, median of {} runs (half of them between {low:.3} and {high:.3} ms){}",
        1e3 * report.seconds,
        report.runs,
        rates.collect::<String>()
    );
    if let Some(rate) = report.gflop_per_second {
        text += &format!("\n{rate:.0} GFLOP/s, counted as a direct computation");
    }
    if let Some(gallery) = &report.gallery {
        text += &gallery.text(report.seconds);
    }
    for layer in &report.layers {
        let Layer {
            name,
            share,
            forward,
            backward,
            bound,
        } = layer;
        let (forward, backward) = (1e3 * forward, 1e3 * backward);
        text += &format!(
            "\n{:>7}  {forward:9.3} ms forward  {backward:9.3} ms backward  {name}",
            percent(*share)
        );
        if let Some(Bound { by, seconds }) = bound {
            text += &format!("; {by} allows {:.1} ms", 1e3 * seconds);
        }
    }
    text
}
