//! Where Twinsight keeps its things.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{FileError, FileReason};

/// Environment variable naming one folder below which everything of Twinsight's is kept, instead of the places that the
/// system has for it.
pub const HOME_VARIABLE: &str = "TWINSIGHT_HOME";

/// Where Twinsight keeps its things. Nothing here is created by asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    config: PathBuf,
    data: PathBuf,
    state: PathBuf,
}

impl Paths {
    /// The places of this user on this system, or all of them below the folder in [`HOME_VARIABLE`] where that is set.
    ///
    /// # Errors
    /// [`FileReason::NoHome`] when the system knows no home folder for the user.
    pub fn find() -> Result<Self, FileError> {
        Self::find_with(std::env::var_os(HOME_VARIABLE))
    }

    fn find_with(home: Option<OsString>) -> Result<Self, FileError> {
        if let Some(home) = home.filter(|home| !home.is_empty()) {
            let home = PathBuf::from(home);
            // A later change of the working directory must not move them.
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
        })
    }

    /// All places below one folder.
    pub fn under(home: &Path) -> Self {
        Self {
            config: home.join("config"),
            data: home.join("data"),
            state: home.join("state"),
        }
    }

    /// What the user writes: configuration, keys, themes.
    pub fn config_dir(&self) -> &Path {
        &self.config
    }

    /// What is worth keeping: runs, the gallery, fetched data sets.
    pub fn data_dir(&self) -> &Path {
        &self.data
    }

    /// One sub-folder for each training run.
    pub fn runs_dir(&self) -> PathBuf {
        self.data.join("runs")
    }

    /// The people that were enrolled.
    pub fn gallery_dir(&self) -> PathBuf {
        self.data.join("gallery")
    }

    /// Which pairs were marked as mislabelled: a file for each data set.
    pub fn mislabelled_dir(&self) -> PathBuf {
        self.data.join("mislabelled")
    }

    /// What the screens looked like when they were left.
    pub fn screen_file(&self) -> PathBuf {
        self.state.join("screen.ron")
    }

    /// What the program noted while it ran.
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
