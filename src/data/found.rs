//! What the readers of the sources hand to the data set: people, their prepared pictures, and refused files.

use std::path::PathBuf;

use image::GrayImage;

use crate::vision::PreparedFace;

/// A file or folder that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Its path.
    pub path: PathBuf,
    /// The reason, as the rest of a sentence that begins with the path.
    pub why: String,
}

/// Where to read the photo of a face again. Photos are large and shown one at a time, so they are not kept in memory.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    /// Person and number within the built-in faces.
    Orl(usize, usize),
    /// A file.
    File(PathBuf),
    /// A picture that is small enough to be kept in memory.
    Kept(GrayImage),
}

/// A person that a reader found.
pub(super) struct Found {
    pub(super) name: String,
    pub(super) shots: Vec<Shot>,
}

/// A prepared picture that a reader found.
pub(super) struct Shot {
    /// The label of the picture: `s07/3`, `anna/beach.jpg`.
    pub(super) label: String,
    /// Width and height of the photo in pixels.
    pub(super) size: (u32, u32),
    pub(super) prepared: PreparedFace,
    pub(super) origin: Origin,
}

impl Shot {
    pub(super) fn new(
        label: String,
        size: (u32, u32),
        prepared: PreparedFace,
        origin: Origin,
    ) -> Self {
        Self {
            label,
            size,
            prepared,
            origin,
        }
    }
}
