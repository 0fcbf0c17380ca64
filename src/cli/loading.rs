//! Reading a data set with the cache of prepared faces, and showing the progress. Ctrl-C ends it; what was read is kept.

use super::interrupt::Interrupt;
use super::output::note;
use super::progress::ProgressReporter;
use crate::data::{Dataset, FaceCache, Loading, Source};
use crate::files::Paths;
use crate::vision::Preparation;

/// Reads the faces of a source, from the cache where they are there.
///
/// # Errors
/// When it cannot be read, or Ctrl-C was pressed.
pub(super) fn open(
    paths: &Paths,
    source: &Source,
    preparation: &Preparation,
) -> anyhow::Result<Dataset> {
    let cache = FaceCache::at(&paths.face_cache_dir());
    let interrupt = Interrupt::during()?;
    let progress = ProgressReporter::new("reading pictures");
    let loading = Loading {
        cache: Some(&cache),
        progress: &|done, total| progress.show(done, total),
        stop: &|| interrupt.asked(),
        ..Loading::default()
    };
    let dataset = Dataset::open_with(source, preparation, &loading);
    drop(progress);
    let dataset = dataset?;
    dataset.not_cached.iter().for_each(|why| note(why));
    Ok(dataset)
}
