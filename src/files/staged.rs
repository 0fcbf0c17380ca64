//! Files that are too large for memory, written completely or not at all.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{FileError, FileReason, create_private_dir, folder_of, settle, sync_folder, temporary};

/// A file that is written piece by piece and only its owner can read. It appears under its name when it is [kept](Self::keep),
/// and not at all if it is dropped before.
#[derive(Debug)]
pub struct StagedFile {
    file: BufWriter<NamedTempFile>,
    path: PathBuf,
}

impl StagedFile {
    /// Begins a file, in the folder of `path`, which is created if it is missing.
    ///
    /// # Errors
    /// When the folder cannot be created or written to, or `path` is a folder.
    pub fn create(path: &Path) -> Result<Self, FileError> {
        let folder = folder_of(path);
        create_private_dir(folder)?;
        let file = match path.is_dir() {
            true => Err(FileReason::Folder),
            false => temporary(folder).map_err(FileReason::from),
        };
        Ok(Self {
            file: BufWriter::new(file.map_err(|reason| reason.when("write", path))?),
            path: path.to_path_buf(),
        })
    }

    /// Waits until everything is on disk, and gives the file its name, as [`write_private`](super::write_private) does.
    ///
    /// # Errors
    /// When that fails. Then the file that was at the path is unchanged.
    pub fn keep(self) -> Result<(), FileError> {
        let Self { file, path } = self;
        let keep = || -> Result<(), FileReason> {
            let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
            super::sync(file.as_file())?;
            file.persist(&path).map_err(|error| error.error)?;
            Ok(())
        };
        keep().map_err(|reason| reason.when("write", &path))?;
        settle(folder_of(&path), sync_folder);
        Ok(())
    }
}

impl Write for StagedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_staged_file_is_there_when_it_is_kept_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/x");
        let mut file = StagedFile::create(&path).unwrap();
        file.write_all(&[7; 100_000]).unwrap();
        assert!(!path.exists());
        file.keep().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), [7; 100_000]);

        let mut other = StagedFile::create(&path).unwrap();
        other.write_all(b"other").unwrap();
        drop(other);
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 100_000);
        let left = std::fs::read_dir(folder.path().join("new")).unwrap();
        assert_eq!(left.count(), 1, "no temporary file stays");
        let error = StagedFile::create(folder.path()).unwrap_err();
        assert!(error.to_string().contains("is a folder"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_staged_file_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        StagedFile::create(&path).unwrap().keep().unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
