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
use std::fs;
use std::path::{Path, PathBuf};

use image::GrayImage;
use rayon::iter::Either;
use rayon::prelude::*;

use super::error::SourceError;
use super::found::{Found, Origin, Refusal, Shot};
use super::natural::natural;
use super::source::file_name;
use crate::files::{FileReason, clean};
use crate::vision::{Preparation, gray};

/// The most files that are read. Their faces take 16 KiB each, so this is 3.2 GB: more is hardly meant.
const MAX_FILES: usize = 200_000;
/// The endings by which a picture that lies in the wrong place is recognised.
const PICTURES: [&str; 7] = ["pgm", "ppm", "pnm", "png", "jpg", "jpeg", "jpe"];

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
    for path in list(&root, &mut files).map_err(|trouble| in_folder(trouble, folder))? {
        let pictures = match person_folder(&path, &mut files) {
            Ok(Some(pictures)) => pictures,
            Ok(None) => continue,
            Err(Trouble::TooMany) => return Err(in_folder(Trouble::TooMany, folder)),
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
    #[error("too many files")]
    TooMany,
}

/// The pictures in a person's folder; `None` for a file that does not matter, as a README.
fn person_folder(path: &Path, files: &mut usize) -> Result<Option<Listing>, Trouble> {
    if path.is_dir() {
        return if path.is_symlink() {
            Err(Trouble::Link)
        } else {
            list(path, files).map(Some)
        };
    }
    let extension = path
        .extension()
        .map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    let picture = extension.is_some_and(|extension| PICTURES.contains(&extension.as_str()));
    if picture {
        Err(Trouble::Astray)
    } else {
        Ok(None)
    }
}

/// What lies in a folder, in natural order; `files` counts on.
fn list(folder: &Path, files: &mut usize) -> Result<Listing, Trouble> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(FileReason::from)? {
        let path = entry.map_err(FileReason::from)?.path();
        if file_name(&path).starts_with('.') {
            continue;
        }
        *files += 1;
        if *files > MAX_FILES {
            return Err(Trouble::TooMany);
        }
        paths.push(path);
    }
    paths.sort_by(|a, b| natural(&file_name(a), &file_name(b)).then_with(|| a.cmp(b)));
    Ok(paths)
}

fn in_folder(trouble: Trouble, folder: &Path) -> SourceError {
    match trouble {
        Trouble::Unlisted(reason) => reason.when("list", folder).into(),
        _ => SourceError::TooManyFiles {
            path: folder.into(),
            limit: MAX_FILES,
        },
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
