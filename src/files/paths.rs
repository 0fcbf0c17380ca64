//! The folders in which the program stores its files.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{FileError, FileReason};

/// Environment variable with one folder for everything the program stores, instead of the system's usual folders.
pub const HOME_VARIABLE: &str = "TWINSIGHT_HOME";

/// The folders in which the program stores its files. Asking for a path creates nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    config: PathBuf,
    data: PathBuf,
    state: PathBuf,
    cache: PathBuf,
}

impl Paths {
    /// The usual folders of this user on this system; or, if [`HOME_VARIABLE`] is set, folders below that one.
    ///
    /// # Errors
    /// [`FileReason::NoHome`] when the system knows no home folder for the user.
    pub fn find() -> Result<Self, FileError> {
        Self::find_with(std::env::var_os(HOME_VARIABLE))
    }

    fn find_with(home: Option<OsString>) -> Result<Self, FileError> {
        if let Some(home) = home.filter(|home| !home.is_empty()) {
            let home = PathBuf::from(home);
            // Absolute, so that they stay the same when the working directory changes.
            let home = std::path::absolute(&home)
                .map_err(|error| FileReason::from(error).when("find", &home))?;
            return Ok(Self::under(&home));
        }
        let system = directories::ProjectDirs::from("", "", "twinsight").ok_or_else(|| {
            FileReason::NoHome.when("find", Path::new("the folders of this user"))
        })?;
        Ok(Self {
            config: system.config_dir().to_path_buf(),
            data: system.data_dir().to_path_buf(),
            state: system
                .state_dir()
                .unwrap_or_else(|| system.data_local_dir())
                .to_path_buf(),
            cache: system.cache_dir().to_path_buf(),
        })
    }

    /// All folders below one.
    pub fn under(home: &Path) -> Self {
        Self {
            config: home.join("config"),
            data: home.join("data"),
            state: home.join("state"),
            cache: home.join("cache"),
        }
    }

    /// Files that the user writes: configuration, keys, themes.
    pub fn config_dir(&self) -> &Path {
        &self.config
    }

    /// Files to keep: runs, the gallery, fetched data sets.
    pub fn data_dir(&self) -> &Path {
        &self.data
    }

    /// One sub-folder for each training run.
    pub fn runs_dir(&self) -> PathBuf {
        self.data.join("runs")
    }

    /// Deleted training runs, until the trash is emptied.
    pub fn trash_dir(&self) -> PathBuf {
        self.data.join("trash")
    }

    /// The galleries of enrolled people.
    pub fn gallery_dir(&self) -> PathBuf {
        self.data.join("gallery")
    }

    /// The pairs marked as mislabelled: one file for each data set.
    pub fn mislabelled_dir(&self) -> PathBuf {
        self.data.join("mislabelled")
    }

    /// The prepared faces of data sets, which can be computed again.
    pub fn face_cache_dir(&self) -> PathBuf {
        self.cache.join("faces")
    }

    /// The state of the screens when they were closed last.
    pub fn screen_file(&self) -> PathBuf {
        self.state.join("screen.ron")
    }

    /// The log.
    pub fn log_file(&self) -> PathBuf {
        self.state.join("twinsight.log")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_folder_can_hold_everything() {
        let paths = Paths::find_with(Some("somewhere".into())).unwrap();
        let home = std::env::current_dir().unwrap().join("somewhere");
        assert_eq!(paths, Paths::under(&home));
        assert_eq!(paths.config_dir(), home.join("config"));
        assert_eq!(paths.data_dir(), home.join("data"));
        assert_eq!(paths.runs_dir(), home.join("data/runs"));
        assert_eq!(paths.gallery_dir(), home.join("data/gallery"));
        assert_eq!(paths.face_cache_dir(), home.join("cache/faces"));
        assert_eq!(paths.log_file(), home.join("state/twinsight.log"));
    }

    #[test]
    fn an_empty_home_variable_counts_as_none() {
        assert_eq!(
            Paths::find_with(Some(OsString::new())).ok(),
            Paths::find_with(None).ok()
        );
    }
}
