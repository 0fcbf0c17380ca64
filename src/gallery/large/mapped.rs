//! A file as memory: the one place of the gallery that needs `unsafe`.

use std::fs::File;
use std::io;
use std::path::Path;

use memmap2::Mmap;

/// The bytes that a file had when it was opened, read from disk as they are needed.
#[derive(Debug)]
pub(super) struct Mapped(Mmap);

impl Mapped {
    /// Maps a file whose bytes never change: it is only appended to, or replaced by another file of the same name.
    #[allow(unsafe_code)]
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        // SAFETY: the bytes must not change while they are borrowed. This program only appends to these files, behind what is
        // mapped, and replaces them by renaming, which leaves the mapped file as it is. Another program that overwrites or cuts
        // a file of the user's own gallery could do so with any other file of the user, too; checksums tell the first.
        let map = unsafe { Mmap::map(&file) }?;
        Ok(Self(map))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}
