//! Reading pictures on all cores: from the cache, or decoded, prepared and embedded.
//!
//! Each thread has one photo in memory at a time: it decodes it, cuts the face out, lets the backbone embed it, and drops
//! the photo.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::cache::{CachedFace, ContentHash, FaceCache, PreparationKey};
use super::found::{Origin, Shot};
use crate::backbone::Backbone;
use crate::onnx::on_all_cores;
use crate::vision::yunet::YuNet;
use crate::vision::{Crop, Photo, Preparation, PreparedFace};

/// How a data set is read: by default without a cache, and silently.
#[derive(Clone, Copy)]
pub struct Loading<'a> {
    /// Where prepared faces are kept and taken from.
    pub cache: Option<&'a FaceCache>,
    /// Called after each picture, from any thread, with the number of pictures that were read and of all; also once at the
    /// beginning, with 0. The built-in faces are read at once, without a call.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
}

impl Default for Loading<'_> {
    fn default() -> Self {
        Self {
            cache: None,
            progress: &|_, _| {},
        }
    }
}

/// What all pictures of a source share.
pub(super) struct Reader<'a> {
    pub(super) preparation: &'a Preparation,
    loading: &'a Loading<'a>,
    key: PreparationKey,
}

impl<'a> Reader<'a> {
    pub(super) fn new(preparation: &'a Preparation, loading: &'a Loading<'a>) -> Self {
        Self {
            preparation,
            loading,
            key: PreparationKey::of(preparation),
        }
    }

    pub(super) fn cache(&self) -> Option<&'a FaceCache> {
        self.loading.cache
    }

    /// Results of `read` for all items, in order, on all cores.
    pub(super) fn all<T: Sync, R: Send>(
        &self,
        items: &[T],
        read: impl Fn(&T) -> R + Sync,
    ) -> Vec<R> {
        self.load_networks();
        let done = AtomicUsize::new(0);
        (self.loading.progress)(0, items.len());
        on_all_cores(items, |item| {
            let result = read(item);
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            (self.loading.progress)(done, items.len());
            result
        })
    }

    /// Loads what pictures are prepared with, before many threads need it: loading waits for other threads, which must not
    /// wait for it.
    fn load_networks(&self) {
        if self.preparation.crop == Crop::Aligned {
            YuNet::built_in();
        }
        if let Some(hash) = self.preparation.backbone {
            // Whether it is known, the data set has checked.
            let _ = Backbone::with_hash(hash);
        }
    }

    /// The face of a picture with this content, if it is in the cache.
    pub(super) fn cached(&self, content: ContentHash) -> Option<CachedFace> {
        self.loading.cache?.get(content, self.key)
    }

    /// Prepares a photo, and keeps the result under the hash of its content, if that is known.
    pub(super) fn prepared(&self, photo: &Photo, content: Option<ContentHash>) -> CachedFace {
        let face = CachedFace {
            size: photo.dimensions(),
            prepared: prepare(photo, self.preparation),
        };
        if let Some((cache, content)) = self.loading.cache.zip(content) {
            cache.put(content, self.key, &face);
        }
        face
    }

    /// A picture that lies in memory: from the cache, or prepared.
    pub(super) fn shot(&self, label: String, photo: &Photo, origin: Origin) -> Shot {
        // Only searching and embedding take longer than reading back.
        let worthwhile = self.loading.cache.is_some() && self.preparation.crop.searches();
        let content = worthwhile.then(|| ContentHash::of(photo.grey().as_raw()));
        let known = content.and_then(|content| self.cached(content));
        let face = known.unwrap_or_else(|| self.prepared(photo, content));
        Shot::new(label, face.size, face.prepared, origin)
    }

    /// Ends reading a folder: the cache removes its oldest faces if it is too large.
    pub(super) fn finish(&self, root: &Path, listing: &super::cache::FolderListing) {
        if let Some(cache) = self.loading.cache {
            cache.finish(root, listing);
        }
    }
}

/// Cuts the face out, and lets the backbone of the preparation embed it. The colours are not needed after that.
fn prepare(photo: &Photo, preparation: &Preparation) -> PreparedFace {
    let prepared = preparation.prepare(photo);
    let Some(hash) = preparation.backbone else {
        return prepared;
    };
    let backbone = Backbone::with_hash(hash).expect("the data set has checked that it is loaded");
    PreparedFace {
        face: backbone.with_features(prepared.face).without_colour(),
        ..prepared
    }
}
