//! The embeddings of the people that a probe is compared with.

use std::ops::ControlFlow;

use super::Recognizer;
use crate::gallery::{GalleryError, fingerprint};
use crate::model::Embedding;
use crate::units::ImageId;
use crate::vision::Face;

impl Recognizer {
    /// Embeds the photos of the gallery that the model has not embedded yet, so that the next comparison is quick. `watch` is
    /// called again and again with the number of embedded photos and of all that were missing.
    ///
    /// # Errors
    /// When the gallery cannot be read; [`GalleryError::Stopped`] if `watch` answers [`ControlFlow::Break`].
    pub fn embed_gallery(
        &mut self,
        watch: impl Fn(usize, usize) -> ControlFlow<()>,
    ) -> Result<(), GalleryError> {
        if self.gallery.enrolled().is_empty() {
            // Hashing all weights takes a moment.
            return Ok(());
        }
        let model = &self.model;
        let fingerprint = self.fingerprint.get_or_insert_with(|| fingerprint(model));
        self.gallery.embed_missing(fingerprint, |faces, at| {
            model.embed_watched(faces, |done| watch(at.start + done, at.end))
        })
    }

    /// Embeds the pictures of the reference set that the model has not embedded yet, so that the next comparison is quick. `watch`
    /// is called before each part with the number of embedded pictures and of all that were missing; once it answers
    /// [`ControlFlow::Break`], the rest is left out.
    pub fn embed_reference(&mut self, mut watch: impl FnMut(usize, usize) -> ControlFlow<()>) {
        let images = (0..self.reference.images.len()).map(ImageId);
        let missing: Vec<ImageId> = images
            .filter(|image| self.embeddings[image.0].is_none())
            .collect();
        let mut done = 0;
        for part in missing.chunks(self.model.part()) {
            if watch(done, missing.len()).is_break() {
                return;
            }
            self.embeddings(part);
            done += part.len();
        }
    }

    /// The embeddings of pictures of the reference set, in the order of `images`. Each is computed once for a model.
    pub fn embeddings(&mut self, images: &[ImageId]) -> Vec<Embedding> {
        let mut missing = images.to_vec();
        missing.retain(|image| self.embeddings[image.0].is_none());
        missing.sort_unstable();
        missing.dedup();
        if !missing.is_empty() {
            let face = |&image: &ImageId| self.reference.face(image).clone();
            let faces: Vec<Face> = missing.iter().map(face).collect();
            for (image, embedding) in missing.iter().zip(self.model.embed(&faces)) {
                self.embeddings[image.0] = Some(embedding);
            }
        }
        images
            .iter()
            .filter_map(|image| self.embeddings[image.0].clone())
            .collect()
    }

    /// The embeddings of all enrolled photos, a list for each person.
    pub(super) fn enrolled_embeddings(&mut self) -> Result<Vec<Vec<Embedding>>, GalleryError> {
        if self.gallery.enrolled().is_empty() {
            // Hashing all weights takes a moment.
            return Ok(Vec::new());
        }
        let model = &self.model;
        let fingerprint = self.fingerprint.get_or_insert_with(|| fingerprint(model));
        self.gallery
            .embeddings(fingerprint, |faces| model.embed(faces))
    }
}
