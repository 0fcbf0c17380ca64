//! A folder with one sub-folder for each person.
//!
//! ```text
//! faces/
//! ├── anna/     beach.jpg, office.png
//! └── boris/    1.pgm, 2.pgm, 10.pgm
//! ```
//!
//! What cannot be used is listed with the reason and never stops the rest. Hidden files (`.DS_Store`, `.git`) are passed
//! over in silence. Symbolic links to pictures are followed within the folder; one that leads out of it is refused, as
//! is one to a folder: a data set that was unpacked from an archive shall read nothing but itself, and nobody's pictures
//! shall count twice under two names. Since exactly two levels are read, no link can make a circle.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use image::GrayImage;
use rayon::iter::Either;
use rayon::prelude::*;

use super::dataset::{Found, Origin, Shot};
use super::pictures::{self, MAX_FILES};
use super::{Refusal, SourceError};
use crate::files::{FileReason, clean};
use crate::vision::{Preparation, gray};

/// What lies in a folder, sorted; hidden entries left out.
type Listing = Vec<PathBuf>;

/// Reads the folder: its people, and what was refused.
pub(super) fn read(
    folder: &Path,
    preparation: &Preparation,
) -> Result<(Vec<Found>, Vec<Refusal>), SourceError> {
    let root = folder
        .canonicalize()
        .map_err(|error| FileReason::from(error).when("list", folder))?;
    let reader = Reader {
        folder,
        root: &root,
        preparation,
    };
    let mut refused = Vec::new();
    let mut found = Vec::new();
    let mut names = HashSet::new();
    let mut files = 0;
    for path in list(&root, &mut files).map_err(|reason| in_folder(reason, folder))? {
        let pictures = match person_folder(&path, &mut files) {
            Ok(Some(pictures)) => pictures,
            Ok(None) => continue,
            Err(Trouble::Unlisted(reason @ FileReason::TooMany { .. })) => {
                return Err(in_folder(reason, folder));
            }
            Err(trouble) => {
                refused.push(reader.refusal(&path, trouble.to_string()));
                continue;
            }
        };
        if pictures.is_empty() {
            refused.push(reader.refusal(&path, "it holds no pictures".into()));
        }
        let name = unique(clean(&file_name(&path)), &mut names);
        let (shots, refusals) = reader.person(&name, pictures);
        refused.extend(refusals);
        if !shots.is_empty() {
            found.push(Found { name, shots });
        }
    }
    if found.is_empty() {
        return Err(SourceError::NoPeople {
            path: folder.into(),
            why: nobody(&refused),
        });
    }
    Ok((found, refused))
}

/// What is the same for all pictures of a folder.
struct Reader<'a> {
    /// The folder as the user named it.
    folder: &'a Path,
    /// The same without links.
    root: &'a Path,
    preparation: &'a Preparation,
}

impl Reader<'_> {
    /// Reads one person's pictures, on all cores.
    fn person(&self, name: &str, paths: Listing) -> (Vec<Shot>, Vec<Refusal>) {
        paths
            .into_par_iter()
            .partition_map(|path| match self.photo(&path) {
                Ok(photo) => {
                    let label = format!("{name}/{}", clean(&file_name(&path)));
                    Either::Left(Shot::new(
                        label,
                        &photo,
                        self.preparation,
                        Origin::File(path),
                    ))
                }
                Err(why) => Either::Right(self.refusal(&path, why)),
            })
    }

    fn photo(&self, path: &Path) -> Result<GrayImage, String> {
        if path.is_symlink() {
            let target = path
                .canonicalize()
                .map_err(|_| "it is a link that leads nowhere".to_owned())?;
            if !target.starts_with(self.root) {
                return Err(
                    "it is a link that leads out of the folder; put the picture itself there"
                        .into(),
                );
            }
        }
        if path.is_dir() {
            return Err(
                "it is a folder inside a person's folder, where only pictures are read".into(),
            );
        }
        gray::open(path).map_err(|error| error.to_string())
    }

    /// A refusal that names the path as the user would: below the folder as it was given.
    fn refusal(&self, path: &Path, why: String) -> Refusal {
        let inside = path
            .strip_prefix(self.root)
            .map(|inside| self.folder.join(inside));
        Refusal {
            path: inside.unwrap_or_else(|_| path.into()),
            why,
        }
    }
}

/// Why an entry of the folder is no person.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("it is a link to a folder; put the folder itself there")]
    Link,
    #[error("it lies beside the people's folders; put it into the folder of the person it shows")]
    Astray,
    #[error("it cannot be listed: {0}")]
    Unlisted(#[from] FileReason),
}

/// The pictures in a person's folder; `None` for a file that does not matter, as a README.
fn person_folder(path: &Path, files: &mut usize) -> Result<Option<Listing>, Trouble> {
    if path.is_dir() {
        return if path.is_symlink() {
            Err(Trouble::Link)
        } else {
            Ok(Some(list(path, files)?))
        };
    }
    match pictures::is_picture(path) {
        true => Err(Trouble::Astray),
        false => Ok(None),
    }
}

/// What lies in a folder, in natural order; `files` counts on.
fn list(folder: &Path, files: &mut usize) -> Result<Listing, FileReason> {
    let paths = pictures::list(folder, MAX_FILES - *files)?;
    *files += paths.len();
    Ok(paths)
}

fn in_folder(reason: FileReason, folder: &Path) -> SourceError {
    match reason {
        FileReason::TooMany { limit } => SourceError::TooManyFiles {
            path: folder.into(),
            limit,
        },
        reason => reason.when("list", folder).into(),
    }
}

/// Says how it should look, in the light of what was found instead.
fn nobody(refused: &[Refusal]) -> String {
    let astray = Trouble::Astray.to_string();
    match refused.first() {
        None => "it is empty; put one sub-folder for each person into it, with that person's pictures".into(),
        Some(first) if first.why == astray => {
            "its pictures lie beside each other; put those of each person into a sub-folder of its own".into()
        }
        Some(first) => format!(
            "none of the {} files and folders in it can be used; of {}: {}",
            refused.len(),
            clean(&file_name(&first.path)),
            first.why
        ),
    }
}

/// The last part of a path; all of it, if that is `/` or `..`.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// The name, or the name with a number behind it, if somebody is already called so: names that differ in characters
/// that cannot be shown look alike.
fn unique(name: String, names: &mut HashSet<String>) -> String {
    let numbered = (2..).map(|number| format!("{name} ({number})"));
    let free = std::iter::once(name.clone())
        .chain(numbered)
        .find(|name| !names.contains(name));
    let name = free.unwrap_or(name);
    names.insert(name.clone());
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_shares_a_name() {
        let mut names = HashSet::new();
        assert_eq!(unique("x".into(), &mut names), "x");
        assert_eq!(unique("x (2)".into(), &mut names), "x (2)");
        assert_eq!(unique("x".into(), &mut names), "x (3)");
    }
}
