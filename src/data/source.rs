//! The source of a data set, written as one word on the command line and in the configuration.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::error::SourceError;
use crate::files::{self, FileReason, clean, user_path};
use crate::vision::Crop;

/// Where the faces come from. As text it is `orl` or a path: a path that ends in `.mat` is a file with the Olivetti
/// faces, any other path is a folder with one sub-folder for each person. A folder called `orl` is written `./orl`. Paths are
/// read as on the command line: `~`, quotes and `file:` URLs are understood.
///
/// ```
/// use twinsight::data::Source;
///
/// assert_eq!("orl".parse::<Source>()?, Source::Orl);
/// assert_eq!("faces.mat".parse::<Source>()?, Source::Olivetti("faces.mat".into()));
/// assert_eq!("./orl".parse::<Source>()?, Source::Folder("./orl".into()));
/// # Ok::<(), twinsight::data::SourceError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Source {
    /// The built-in ORL faces.
    #[default]
    Orl,
    /// A folder with one sub-folder for each person.
    Folder(PathBuf),
    /// A MATLAB file with the Olivetti faces.
    Olivetti(PathBuf),
}

impl Source {
    /// The source at a path: a `.mat` file that is not a folder, or a folder.
    pub fn at(path: &Path) -> Self {
        let mat = path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("mat"));
        if mat && !path.is_dir() {
            Self::Olivetti(path.into())
        } else {
            Self::Folder(path.into())
        }
    }

    /// The default crop: as the Olivetti pictures are cut, or that of the tutorial.
    pub fn usual_crop(&self) -> Crop {
        match self {
            Self::Orl | Self::Folder(_) => Crop::Haar,
            Self::Olivetti(_) => Crop::Close,
        }
    }

    /// The name of its data set on the screens.
    pub fn name(&self) -> String {
        match self {
            Self::Orl => "ORL faces".to_owned(),
            Self::Olivetti(_) => "Olivetti faces".to_owned(),
            Self::Folder(path) => {
                let root = path.canonicalize().unwrap_or_else(|_| path.clone());
                clean(&file_name(&root))
            }
        }
    }

    /// The source as it can be written on a command line, in quotes if it needs them.
    pub fn as_argument(&self) -> String {
        files::as_argument(Path::new(&self.to_string()))
    }

    /// The same source with an absolute path, so that it can be stored and used from another working directory.
    ///
    /// # Errors
    /// If the current working directory does not exist any more.
    pub fn absolute(self) -> Result<Self, SourceError> {
        let full = |path: PathBuf| {
            std::path::absolute(&path).map_err(|error| FileReason::from(error).when("find", &path))
        };
        Ok(match self {
            Self::Orl => Self::Orl,
            Self::Folder(path) => Self::Folder(full(path)?),
            Self::Olivetti(path) => Self::Olivetti(full(path)?),
        })
    }
}

/// The last part of a path; the whole path if it is `/` or `..`.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Orl => f.write_str("orl"),
            Self::Folder(path) if path == Path::new("orl") => f.write_str("./orl"),
            Self::Folder(path) | Self::Olivetti(path) => write!(f, "{}", path.display()),
        }
    }
}

impl FromStr for Source {
    type Err = SourceError;

    fn from_str(word: &str) -> Result<Self, SourceError> {
        match word {
            "orl" => Ok(Self::Orl),
            "" => Err(SourceError::Nothing),
            path => Ok(Self::at(&user_path(path))),
        }
    }
}

impl TryFrom<String> for Source {
    type Error = SourceError;

    fn try_from(word: String) -> Result<Self, SourceError> {
        word.parse()
    }
}

impl From<Source> for String {
    fn from(source: Source) -> Self {
        source.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_names_a_source() {
        let source = |word: &str| word.parse::<Source>().unwrap();
        assert_eq!(source("orl"), Source::Orl);
        assert_eq!(source("./orl"), Source::Folder("./orl".into()));
        assert_eq!(
            source("a/faces.MAT"),
            Source::Olivetti("a/faces.MAT".into())
        );
        // A folder may end in .mat.
        let folder = tempfile::Builder::new().suffix(".mat").tempdir().unwrap();
        assert_eq!(
            Source::at(folder.path()),
            Source::Folder(folder.path().into())
        );
        assert!(
            "".parse::<Source>()
                .unwrap_err()
                .to_string()
                .starts_with("the data source is empty; write orl")
        );
    }

    #[test]
    fn what_is_kept_means_the_same_later() {
        for source in [
            Source::Orl,
            Source::at("orl".as_ref()),
            Source::at("x/y.mat".as_ref()),
        ] {
            let kept = source.clone().absolute().unwrap();
            let text = ron::to_string(&kept).unwrap();
            assert_eq!(ron::from_str::<Source>(&text).unwrap(), kept);
            assert_eq!(
                source
                    .to_string()
                    .parse::<Source>()
                    .unwrap()
                    .absolute()
                    .unwrap(),
                kept
            );
        }
    }
}
