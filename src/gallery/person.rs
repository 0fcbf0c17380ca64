//! An enrolled person.

use std::path::Path;

use super::store;
use crate::files;
use crate::model::Embedding;
use crate::vision::Face;

/// A person who was enrolled, with at least one photo.
#[derive(Debug, Clone, PartialEq)]
pub struct Enrolled {
    /// No two have the same.
    pub name: String,
    /// In the order in which they were added.
    pub photos: Vec<Photo>,
}

/// One photo of an enrolled person.
#[derive(Debug, Clone, PartialEq)]
pub struct Photo {
    /// The name of the file it came from, without folders, fit to be shown.
    pub file: String,
    /// What the network sees.
    pub face: Face,
    /// What the gallery's model makes of it, if it was asked.
    pub(super) embedding: Option<Embedding>,
}

impl Photo {
    /// A face that was cut out of the photo at `path`.
    pub fn new(path: &Path, face: Face) -> Self {
        let name = path.file_name().unwrap_or(path.as_os_str());
        let file = files::clean(&name.to_string_lossy())
            .chars()
            .take(store::MAX_FILE_NAME)
            .collect();
        Self {
            file,
            face,
            embedding: None,
        }
    }
}
