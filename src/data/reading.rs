//! Reading pictures on all cores: from the cache, or decoded, prepared and embedded.
//!
//! Each thread has one photo in memory at a time: it decodes it, cuts the face out, lets the backbone embed it, and drops
//! the photo. Of a data set whose faces are too large for memory ([`FACES_IN_MEMORY`]) it drops the face too, once that is in
//! the cache.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use super::cache::{
    CachedFace, ContentHash, FaceCache, FolderListing, GREY_BYTES, KnownFaces, PreparationKey,
};
use super::error::SourceError;
use super::found::{Origin, Shot};
use super::keeping::Keeping;
use super::prepare::{load_networks, prepare};
use super::preview::Preview;
use crate::files::FileError;
use crate::onnx::on_all_cores;
use crate::vision::{Photo, Preparation};

/// The most bytes of grey values and colours of one data set in memory: the grey values of 49,152 faces (16 KiB each), or the
/// grey values and colours of 14,908 (37 KB more). Of more pictures first the colours and then the grey values stay in the
/// cache, from which they are read back when they are needed. What is always in memory is about 1 KB for each picture, and the
/// features of a backbone; 100,000 pictures with all of it need less than 1 GiB.
pub const FACES_IN_MEMORY: u64 = 768 << 20;

/// How a data set is read: by default without a cache, and silently.
#[derive(Clone, Copy)]
pub struct Loading<'a> {
    /// Where prepared faces are kept and taken from.
    pub cache: Option<&'a FaceCache>,
    /// Called after each picture, from any thread, with the number of pictures that were read and of all; also once at the
    /// beginning, with 0. The built-in faces are read at once, without a call.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
    /// Called once when a folder is listed, before its photos are read, with what is filled in while they are.
    pub listed: Option<&'a (dyn Fn(Arc<Preview>) + Sync)>,
    /// Asked before each picture of a folder, from any thread. Once it answers `true`, reading ends with
    /// [`SourceError::Interrupted`]; what was read is in the cache.
    pub stop: &'a (dyn Fn() -> bool + Sync),
    /// The most bytes of grey values and colours in memory, instead of [`FACES_IN_MEMORY`].
    pub memory: u64,
}

impl Default for Loading<'_> {
    fn default() -> Self {
        Self {
            cache: None,
            progress: &|_, _| {},
            listed: None,
            stop: &|| false,
            memory: FACES_IN_MEMORY,
        }
    }
}

/// What all pictures of a source share.
pub(super) struct Reader<'a> {
    pub(super) preparation: &'a Preparation,
    loading: &'a Loading<'a>,
    key: PreparationKey,
    /// The first face or list that could not be written to the cache.
    unwritten: OnceLock<FileError>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(preparation: &'a Preparation, loading: &'a Loading<'a>) -> Self {
        Self {
            preparation,
            loading,
            key: PreparationKey::of(preparation),
            unwritten: OnceLock::new(),
        }
    }

    pub(super) fn cache(&self) -> Option<&'a FaceCache> {
        self.loading.cache
    }

    pub(super) fn key(&self) -> PreparationKey {
        self.key
    }

    /// Tells of a folder's people before their photos are read, if somebody wants to know; then each face is to be filled in.
    pub(super) fn tell(
        &self,
        people: impl Iterator<Item = (String, Vec<String>)>,
    ) -> Option<Arc<Preview>> {
        let listed = self.loading.listed?;
        let preview = Arc::new(Preview::new(people));
        listed(preview.clone());
        Some(preview)
    }

    /// What of so many faces is in memory.
    pub(super) fn keeping(&self, pictures: usize) -> Result<Keeping, SourceError> {
        let Loading { cache, memory, .. } = *self.loading;
        let keeping = Keeping::new(pictures, memory, cache, self.preparation);
        match keeping.holds_grey() || cache.is_some() {
            true => Ok(keeping),
            false => Err(SourceError::NoCache {
                pictures,
                most: (memory / GREY_BYTES) as usize,
            }),
        }
    }

    /// Results of `read` for all items, in order, on all cores.
    pub(super) fn all<T: Sync, R: Send>(
        &self,
        items: &[T],
        read: impl Fn(&T) -> R + Sync,
    ) -> Vec<R> {
        let results = self.until(items, || false, read);
        results.into_iter().flatten().collect()
    }

    /// The same for a source that takes long; `None` for the items that were not reached before the reading was stopped or
    /// `is_full` was true.
    pub(super) fn all_in_time<T: Sync, R: Send>(
        &self,
        items: &[T],
        is_full: impl Fn() -> bool + Sync,
        read: impl Fn(&T) -> R + Sync,
    ) -> Vec<Option<R>> {
        self.until(items, || (self.loading.stop)() || is_full(), read)
    }

    fn until<T: Sync, R: Send>(
        &self,
        items: &[T],
        is_over: impl Fn() -> bool + Sync,
        read: impl Fn(&T) -> R + Sync,
    ) -> Vec<Option<R>> {
        load_networks(self.preparation);
        let done = AtomicUsize::new(0);
        (self.loading.progress)(0, items.len());
        on_all_cores(items, |item| {
            if is_over() {
                return None;
            }
            let result = read(item);
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            (self.loading.progress)(done, items.len());
            Some(result)
        })
    }

    /// The face of a picture with this content, if it is in the cache.
    pub(super) fn cached(&self, content: ContentHash) -> Option<CachedFace> {
        self.loading.cache?.get(content, self.key)
    }

    /// Prepares a photo, and keeps the result under the hash of its content, if that is known. The second value says whether
    /// it is kept.
    pub(super) fn prepared(
        &self,
        photo: &Photo,
        content: Option<ContentHash>,
    ) -> (CachedFace, bool) {
        let face = prepare(photo, self.preparation);
        let Some((cache, content)) = self.loading.cache.zip(content) else {
            return (face, false);
        };
        let written = cache.put(content, self.key, &face);
        let is_written = written.is_ok();
        self.note(written);
        (face, is_written)
    }

    /// A picture that lies in memory: from the cache, or prepared.
    pub(super) fn shot(&self, label: String, photo: &Photo, origin: Origin) -> Shot {
        // Only searching and embedding take longer than reading back.
        let worthwhile = self.loading.cache.is_some() && self.preparation.crop.searches();
        let content = worthwhile.then(|| ContentHash::of(photo.grey().as_raw()));
        let known = content.and_then(|content| self.cached(content));
        let face = known.unwrap_or_else(|| self.prepared(photo, content).0);
        Shot::new(label, face.size, face.prepared, origin)
    }

    /// Ends reading a folder: the cache keeps what is known of it, and removes its oldest faces if it is too large, but none of
    /// those of this folder that are not in memory.
    ///
    /// Both are pairs of what the cache knew before, and what is known now. `known` is `None` if all faces are in memory.
    pub(super) fn finish(
        &self,
        root: &Path,
        listing: (&FolderListing, &FolderListing),
        known: Option<(&KnownFaces, &KnownFaces)>,
    ) {
        let Some(cache) = self.loading.cache else {
            return;
        };
        if listing.0 != listing.1 {
            self.note(cache.keep_listing(root, listing.1));
        }
        if let Some((before, now)) = known
            && before != now
        {
            self.note(cache.keep_known(root, self.key, now));
        }
        let spared = known.map(|(_, now)| now);
        cache.shrink(spared.unwrap_or(&KnownFaces::default()), self.key);
    }

    fn note(&self, written: Result<(), FileError>) {
        if let Err(error) = written {
            tracing::warn!(reason = %error.reason, "the cache of prepared faces is not complete");
            let _ = self.unwritten.set(error);
        }
    }

    /// Why the cache does not hold everything that was read; `None` if it does.
    pub(super) fn unwritten(&self) -> Option<&FileError> {
        self.unwritten.get()
    }
}
