//! Which parts of the faces of a data set are in memory, and which are read back.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::cache::{COLOUR_BYTES, CachedFace, ContentHash, FaceCache, FaceFacts, GREY_BYTES};
use super::store::FaceStore;
use crate::vision::{Crop, Face, Preparation, PreparedFace};

/// What is in memory of a data set: all grey values or none, all colours or none. A face that cannot be written to the cache
/// keeps its grey values in memory.
pub(super) struct Keeping {
    grey: bool,
    colours: bool,
    store: Arc<FaceStore>,
    /// Grey values that are in memory because they could not be written, in bytes; and the most of them.
    unwritten: AtomicU64,
    memory: u64,
}

impl Keeping {
    /// For so many pictures, whose grey values and colours may take `memory` bytes.
    pub(super) fn new(
        pictures: usize,
        memory: u64,
        cache: Option<&FaceCache>,
        preparation: &Preparation,
    ) -> Self {
        let coloured = preparation.crop == Crop::Aligned && preparation.backbone.is_none();
        let colour = if coloured { COLOUR_BYTES } else { 0 };
        let fits = |bytes: u64| bytes.saturating_mul(pictures as u64) <= memory;
        Self {
            grey: fits(GREY_BYTES),
            colours: fits(GREY_BYTES + colour),
            store: Arc::new(FaceStore::new(cache.cloned(), preparation)),
            unwritten: AtomicU64::new(0),
            memory,
        }
    }

    /// Whether the grey values of all faces are in memory.
    pub(super) fn holds_grey(&self) -> bool {
        self.grey
    }

    /// Whether nothing is read back.
    pub(super) fn holds_all(&self) -> bool {
        self.grey && self.colours
    }

    /// Whether more faces could not be written than fit into the memory.
    pub(super) fn is_full(&self) -> bool {
        self.unwritten.load(Ordering::Relaxed) > self.memory
    }

    /// A face that was read, with what is not in memory left in the cache, if it is there.
    pub(super) fn face(
        &self,
        read: CachedFace,
        content: ContentHash,
        photo: &Path,
        is_cached: bool,
    ) -> CachedFace {
        if self.holds_all() {
            return read;
        }
        if !self.grey && !is_cached {
            self.unwritten.fetch_add(GREY_BYTES, Ordering::Relaxed);
        }
        let face = &read.prepared.face;
        let source = || self.store.source(content, photo);
        let mut kept = match self.grey || !is_cached {
            true => Face::from_pixels(face.pixels()),
            false => Face::stored(source()),
        };
        if let Some(features) = face.shared_features() {
            kept = kept.with_features(features);
        }
        if face.is_coloured() {
            kept = kept.with_stored_colour(source());
        }
        CachedFace {
            size: read.size,
            prepared: PreparedFace {
                face: kept,
                ..read.prepared
            },
        }
    }

    /// A face of which nothing was read, because all but grey values and colours is known.
    pub(super) fn unread(
        &self,
        facts: FaceFacts,
        content: ContentHash,
        photo: &Path,
    ) -> CachedFace {
        let source = self.store.source(content, photo);
        let face = Face::stored(source.clone());
        match facts.coloured {
            true => facts.with(face.with_stored_colour(source)),
            false => facts.with(face),
        }
    }

    /// Where faces are read back from; `None` if nothing is.
    pub(super) fn store(&self) -> Option<Arc<FaceStore>> {
        (!self.holds_all()).then(|| self.store.clone())
    }
}
