//! A gallery of seeded templates, measured: for `twinsight bench gallery`.

use std::path::Path;
use std::time::Instant;

use rand::RngExt;

use super::{Gallery, GalleryError, large};
use crate::model::Embedding;
use crate::units::{Purpose, Seed};
use crate::vision::{Face, Preparation};

/// Numbers of a template.
const LENGTH: usize = 128;
/// People that a probe is answered with.
const BEST: usize = 10;
/// The name of no model.
const MODEL: &str = "seeded";

/// What was measured, in seconds.
pub(crate) struct GalleryTimes {
    /// Opening: the list of people, and where the templates are.
    pub(crate) open: f64,
    /// The first probe, which also checks all templates.
    pub(crate) first_probe: f64,
    /// Each further probe, with its ten best people.
    pub(crate) probes: Vec<f64>,
    /// Reading what a probe reads from memory, each time.
    pub(crate) reads: Vec<f64>,
    /// How much that is.
    pub(crate) bytes: usize,
    /// People who were compared exactly, on average.
    pub(crate) compared: f64,
}

/// Makes a gallery of `count` people in a folder, with one template by `model` each and no faces.
pub(crate) fn make(
    folder: &Path,
    preparation: &Preparation,
    model: &str,
    count: usize,
) -> Result<(), GalleryError> {
    let preparation = Preparation {
        backbone: None,
        ..*preparation
    };
    let path = folder.join(format!("{}.{}", preparation.crop, large::EXTENSION));
    large::write_templates(&path, preparation, model, (count, template))
}

/// Makes a gallery of `templates` people with one template each in an empty folder, opens it, and compares `runs` probes.
pub(crate) fn measure(
    folder: &Path,
    templates: usize,
    runs: usize,
) -> Result<GalleryTimes, GalleryError> {
    let preparation = Preparation::default();
    make(folder, &preparation, MODEL, templates)?;

    let begun = Instant::now();
    let mut gallery = Gallery::open(folder, &preparation)?;
    let index = gallery.indexed(MODEL, &|_, _| None)?;
    let open = begun.elapsed().as_secs_f64();

    let (mut times, mut reads, mut compared, mut bytes) = (Vec::new(), Vec::new(), 0, 0);
    for run in 0..=runs {
        let begun = Instant::now();
        bytes = if run > 0 {
            index.read().unwrap_or(0)
        } else {
            0
        };
        let read = begun.elapsed().as_secs_f64();
        // Near to a person who is enrolled.
        let mut probe = template(run * 7919 % templates);
        let noise = template(templates + run);
        probe
            .iter_mut()
            .zip(noise)
            .for_each(|(value, noise)| *value += 0.7 * noise);
        let probe = Embedding(probe.into());
        let begun = Instant::now();
        compared += best(&mut gallery, &probe)?;
        times.push(begun.elapsed().as_secs_f64());
        reads.push(read);
    }
    reads.remove(0);
    Ok(GalleryTimes {
        open,
        first_probe: times.remove(0),
        probes: times,
        reads,
        bytes,
        compared: compared as f64 / (runs + 1) as f64,
    })
}

/// Finds the best people for a probe, and returns how many were compared exactly.
fn best(gallery: &mut Gallery, probe: &Embedding) -> Result<usize, GalleryError> {
    let near = gallery.nearest(MODEL, nothing, (probe, BEST), None)?;
    let distance =
        |person: &super::NearPerson| (probe.distance(&person.embeddings[0]).0, person.index);
    let mut ranked: Vec<(f32, usize)> = near.iter().map(distance).collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    ranked.truncate(BEST);
    std::hint::black_box(ranked);
    Ok(near.len())
}

/// Every template is there.
fn nothing(_: &[Face]) -> Vec<Embedding> {
    Vec::new()
}

/// A template of length 1.
fn template(number: usize) -> Vec<f32> {
    let mut random = Seed(1).stream(Purpose::Weights, number as u64);
    let mut normal = || {
        (0..4)
            .map(|_| random.random_range(-1.0_f32..1.0))
            .sum::<f32>()
    };
    let values: Vec<f32> = (0..LENGTH).map(|_| normal()).collect();
    let length = values.iter().map(|v| v * v).sum::<f32>().sqrt();
    values.iter().map(|v| v / length).collect()
}
