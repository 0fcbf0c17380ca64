//! What is known of the faces of one folder under one preparation besides grey values and colours, so that a large folder
//! opens without reading a file for each face.
//!
//! The file has 8 bytes `TWKNOW1` and a zero, the bytes of all files of these faces (8), for each face the hash of its
//! picture's content and the facts as in the [face's file](super::face), and SHA-256 of all before it.

use std::collections::HashMap;

use super::ContentHash;
use super::bytes::{sealed, unsealed};
use super::face::FaceFacts;

const MAGIC: &[u8; 8] = b"TWKNOW1\0";
/// Bytes before the first face.
pub(super) const HEADER: u64 = 16;

/// Facts by the content of the picture's file.
#[derive(Debug, Default, PartialEq)]
pub(in crate::data) struct KnownFaces {
    faces: HashMap<ContentHash, FaceFacts>,
}

impl KnownFaces {
    pub(in crate::data) fn get(&self, content: ContentHash) -> Option<&FaceFacts> {
        self.faces.get(&content)
    }

    pub(in crate::data) fn insert(&mut self, content: ContentHash, facts: FaceFacts) {
        self.faces.insert(content, facts);
    }

    pub(super) fn contents(&self) -> impl Iterator<Item = ContentHash> {
        self.faces.keys().copied()
    }

    /// Drops the faces of these contents, and says whether there were any.
    pub(super) fn drop_contents(&mut self, contents: &[ContentHash]) -> bool {
        let removed = contents
            .iter()
            .filter(|content| self.faces.remove(content).is_some());
        removed.count() > 0
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        let files: u64 = self.faces.values().map(FaceFacts::file_bytes).sum();
        bytes.extend_from_slice(&files.to_le_bytes());
        let mut contents: Vec<&ContentHash> = self.faces.keys().collect();
        contents.sort_unstable();
        for content in contents {
            bytes.extend_from_slice(&content.0);
            self.faces[content].append_to(&mut bytes);
        }
        sealed(bytes)
    }

    /// The faces in these bytes; `None` if they are damaged.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut from = unsealed(bytes)?;
        if from.array()? != *MAGIC {
            return None;
        }
        from.u64()?;
        let mut faces = HashMap::new();
        while !from.is_empty() {
            faces.insert(ContentHash(from.array()?), FaceFacts::read(&mut from)?);
        }
        Some(Self { faces })
    }

    /// The bytes of the faces' files, by the first [`HEADER`] bytes of a file of this kind.
    pub(super) fn files_in(header: &[u8]) -> Option<u64> {
        let (magic, files) = header.split_first_chunk::<8>()?;
        let files = files.first_chunk().copied().map(u64::from_le_bytes);
        files.filter(|_| magic == MAGIC)
    }
}
