//! Reading a data set with the cache of prepared faces, and embedding its pictures, with the progress. Ctrl-C ends both; what was
//! read is kept.

use super::long_task::LongTask;
use super::output::note;
use crate::data::{Dataset, FaceCache, Loading, Source};
use crate::files::Paths;
use crate::model::{EmbeddedImages, Siamese};
use crate::units::ImageId;
use crate::vision::Preparation;

/// What is said where the number of pictures is not known.
pub(super) const STOPPED: &str = "stopped; the faces that were read are kept";

/// Reads the faces of a source, from the cache where they are there.
///
/// # Errors
/// When it cannot be read, or Ctrl-C was pressed.
pub(super) fn open(
    paths: &Paths,
    source: &Source,
    preparation: &Preparation,
) -> anyhow::Result<Dataset> {
    let dataset = while_reading(paths, |loading| {
        Ok(Dataset::open_with(source, preparation, loading)?)
    })?;
    dataset.not_cached.iter().for_each(|why| note(why));
    Ok(dataset)
}

/// Does `work`, which reads data sets, with the cache, the progress, and Ctrl-C.
///
/// # Errors
/// Those of `work`, or that Ctrl-C was pressed.
pub(super) fn while_reading<R>(
    paths: &Paths,
    work: impl FnOnce(&Loading<'_>) -> anyhow::Result<R>,
) -> anyhow::Result<R> {
    let cache = FaceCache::at(&paths.face_cache_dir());
    let task = LongTask::begin("reading pictures", STOPPED)?;
    let result = work(&Loading {
        cache: Some(&cache),
        progress: &|done, total| task.show(done, total),
        stop: &|| task.is_stopped(),
        ..Loading::default()
    })?;
    task.check()?;
    Ok(result)
}

/// Embeds these pictures of a data set.
///
/// # Errors
/// When a face cannot be read back any more, or Ctrl-C was pressed.
pub(super) fn embed(
    model: &Siamese,
    dataset: &Dataset,
    images: impl IntoIterator<Item = ImageId>,
) -> anyhow::Result<EmbeddedImages> {
    let task = LongTask::begin("embedding pictures", STOPPED)?;
    let embedded =
        model.embed_images_watched(dataset, images, |done, total| task.step(done, total));
    let embedded = embedded.ok_or_else(|| task.stopped())?;
    dataset.intact()?;
    Ok(embedded)
}
