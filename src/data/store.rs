//! The faces of a data set that are not in memory: read back from the cache when they are needed.
//!
//! A face whose file is missing or damaged is made again from its photo, and written again. Where that fails too, because the
//! photo is gone or has changed, the face is grey from then on, and the store says which photo it was ([`FaceStore::intact`]):
//! a training or an evaluation stops with that error before it keeps a result.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::cache::{COLOUR_BYTES, ContentHash, FaceCache, GREY_BYTES, PreparationKey};
use super::prepare::prepare;
use crate::files::shown;
use crate::text::hex;
use crate::vision::{Face, FaceContent, FaceSource, Photo, PhotoError, Preparation, SIDE};

/// The most bytes of faces that are kept of those that were read back last.
const RECENT: u64 = 64 << 20;

/// A face that is needed again, and is neither in the cache nor in its photo any more.
#[derive(Debug, Clone, thiserror::Error)]
#[error(
    "{} is no longer in the cache of prepared faces and cannot be read again: {why}; start again with the data as they are now",
    shown(path)
)]
pub struct LostFace {
    /// The photo.
    pub path: PathBuf,
    /// Why it cannot be read, as the rest of a sentence that begins with the path.
    pub why: Arc<PhotoError>,
}

/// What the faces of one data set share that are read back.
pub(super) struct FaceStore {
    cache: Option<FaceCache>,
    key: PreparationKey,
    preparation: Preparation,
    recent: Mutex<Recent>,
    lost: OnceLock<LostFace>,
    /// What decides the fingerprint of the data set: SHA-256 of its preparation, names and contents.
    digest: OnceLock<[u8; 32]>,
}

/// Short: a data set with a thousand faces names it once for each.
impl fmt::Debug for FaceStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaceStore").finish_non_exhaustive()
    }
}

impl FaceStore {
    /// For faces with this preparation. Without a cache each face is made again from its photo.
    pub(super) fn new(cache: Option<FaceCache>, preparation: &Preparation) -> Self {
        Self {
            cache,
            key: PreparationKey::of(preparation),
            preparation: *preparation,
            recent: Mutex::default(),
            lost: OnceLock::new(),
            digest: OnceLock::new(),
        }
    }

    /// Sets what decides the fingerprint, once all pictures are known.
    pub(super) fn set_digest(&self, digest: [u8; 32]) {
        let _ = self.digest.set(digest);
    }

    /// The fingerprint of the data set in hexadecimal: from the cache, or by `compute`, which reads all faces back.
    pub(super) fn fingerprint(&self, compute: impl FnOnce() -> [u8; 32]) -> String {
        let place = self.cache.as_ref().zip(self.digest.get());
        if let Some(known) = place.and_then(|(cache, digest)| cache.fingerprint(*digest)) {
            return known;
        }
        let fingerprint = compute();
        if let Some((cache, digest)) = place
            && self.intact().is_ok()
        {
            cache.keep_fingerprint(*digest, fingerprint);
        }
        hex(&fingerprint)
    }

    /// Where a face is read back from; `path` is its photo, with this content.
    pub(super) fn source(
        self: &Arc<Self>,
        content: ContentHash,
        path: &Path,
    ) -> Arc<dyn FaceSource> {
        Arc::new(StoredFace {
            store: self.clone(),
            content,
            path: path.into(),
        })
    }

    /// An error if a face could not be read back.
    pub(super) fn intact(&self) -> Result<(), LostFace> {
        self.lost.get().map_or(Ok(()), |lost| Err(lost.clone()))
    }

    fn recent(&self) -> std::sync::MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn made_again(&self, face: &StoredFace) -> Result<Face, PhotoError> {
        let bytes = Photo::read(&face.path)?;
        if ContentHash::of(&bytes) != face.content {
            return Err(PhotoError::Changed);
        }
        let made = prepare(&Photo::decode(&bytes)?, &self.preparation);
        if let Some(cache) = &self.cache
            && let Err(error) = cache.put(face.content, self.key, &made)
        {
            tracing::warn!(reason = %error.reason, "a face is not cached");
        }
        Ok(made.prepared.face)
    }
}

/// One face of a [`FaceStore`].
struct StoredFace {
    store: Arc<FaceStore>,
    content: ContentHash,
    path: Box<Path>,
}

impl FaceSource for StoredFace {
    fn read(&self) -> FaceContent {
        let store = &self.store;
        if let Some(face) = store.recent().get(self.content) {
            return face;
        }
        let cached = store.cache.as_ref();
        let cached = cached.and_then(|cache| cache.get(self.content, store.key));
        let face = match cached.map_or_else(|| store.made_again(self), |c| Ok(c.prepared.face)) {
            Ok(face) => face,
            Err(why) => {
                let lost = store.lost.get_or_init(|| LostFace {
                    path: self.path.to_path_buf(),
                    why: Arc::new(why),
                });
                tracing::error!(reason = %lost.why, "a face is lost");
                Face::from_pixels(vec![0.5; SIDE * SIDE])
            }
        };
        let face = FaceContent {
            pixels: face.pixels(),
            colour: face.colour(),
        };
        store.recent().insert(self.content, face.clone());
        face
    }
}

/// The faces that were read back last, at most [`RECENT`] bytes of them.
#[derive(Default)]
struct Recent {
    faces: HashMap<ContentHash, (u64, FaceContent)>,
    /// The contents by when they were used last.
    order: BTreeMap<u64, ContentHash>,
    uses: u64,
    bytes: u64,
}

impl Recent {
    fn get(&mut self, content: ContentHash) -> Option<FaceContent> {
        let (used, face) = self.faces.get_mut(&content)?;
        self.order.remove(used);
        self.uses += 1;
        *used = self.uses;
        self.order.insert(self.uses, content);
        Some(face.clone())
    }

    fn insert(&mut self, content: ContentHash, face: FaceContent) {
        if self.get(content).is_some() {
            return;
        }
        self.uses += 1;
        self.bytes += bytes(&face);
        self.order.insert(self.uses, content);
        self.faces.insert(content, (self.uses, face));
        while self.bytes > RECENT
            && let Some((_, oldest)) = self.order.pop_first()
            && let Some((_, face)) = self.faces.remove(&oldest)
        {
            self.bytes -= bytes(&face);
        }
    }
}

fn bytes(face: &FaceContent) -> u64 {
    GREY_BYTES + face.colour.as_ref().map_or(0, |_| COLOUR_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_faces_that_were_used_last_are_kept() {
        let content = |number: u64| ContentHash::of(&number.to_le_bytes());
        let face = FaceContent {
            pixels: vec![0.0; SIDE * SIDE].into(),
            colour: None,
        };
        let fit = RECENT / GREY_BYTES;
        let mut recent = Recent::default();
        for number in 0..fit {
            recent.insert(content(number), face.clone());
        }
        // The first one is used again, so the second one is the oldest.
        assert!(recent.get(content(0)).is_some());
        recent.insert(content(fit), face);
        assert!(recent.get(content(0)).is_some() && recent.get(content(fit)).is_some());
        assert!(recent.get(content(1)).is_none());
        assert_eq!((recent.bytes, recent.faces.len() as u64), (RECENT, fit));
        assert_eq!(recent.order.len(), recent.faces.len());
    }
}
