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

use std::cmp::Ordering;
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::dataset::{Found, Origin};
use super::{Refusal, SourceError};
use crate::files::{FileReason, clean};
use crate::vision::{Preparation, gray};

/// The most files that are read. Their faces take 16 KiB each, so this is 3.2 GB: more is hardly meant.
const MAX_FILES: usize = 200_000;
/// The endings by which a picture that lies in the wrong place is recognised.
const PICTURES: [&str; 7] = ["pgm", "ppm", "pnm", "png", "jpg", "jpeg", "jpe"];

/// What lies in a folder, sorted; hidden entries left out.
type Listing = Vec<PathBuf>;

/// Reads the folder: its name, its people, and what was refused.
pub(super) fn read(
    folder: &Path,
    preparation: &Preparation,
) -> Result<(String, Vec<Found>, Vec<Refusal>), SourceError> {
    let root = folder
        .canonicalize()
        .map_err(|error| FileReason::from(error).when("list", folder))?;
    let mut refused = Vec::new();
    let mut found = Vec::new();
    let mut names = HashSet::new();
    let mut files = 0;
    for path in list(&root, &mut files).map_err(|reason| in_folder(reason, folder))? {
        let pictures = match person_folder(&path, &mut files) {
            Ok(Some(pictures)) => pictures,
            Ok(None) => continue,
            Err(Trouble::TooMany) => return Err(in_folder(Trouble::TooMany, folder)),
            Err(trouble) => {
                refused.push(refusal(folder, &root, &path, trouble.to_string()));
                continue;
            }
        };
        let name = unique(clean(&file_name(&path)), &mut names);
        let (pictures, refusals) = person(&name, pictures, folder, &root, preparation);
        let empty = pictures.is_empty();
        if empty && refusals.is_empty() {
            refused.push(refusal(folder, &root, &path, "it holds no pictures".into()));
        }
        refused.extend(refusals);
        if !empty {
            found.push(Found { name, pictures });
        }
    }
    if found.is_empty() {
        let why = nobody(&refused);
        return Err(SourceError::NoPeople {
            path: folder.into(),
            why,
        });
    }
    Ok((clean(&file_name(&root)), found, refused))
}

/// Reads one person's pictures, on all cores.
fn person(
    name: &str,
    paths: Listing,
    folder: &Path,
    root: &Path,
    preparation: &Preparation,
) -> (
    Vec<(String, (u32, u32), crate::vision::Prepared, Origin)>,
    Vec<Refusal>,
) {
    let (pictures, refusals): (Vec<_>, Vec<_>) = paths
        .into_par_iter()
        .map(|path| match picture(&path, root, preparation) {
            Ok((size, prepared)) => {
                let label = format!("{name}/{}", clean(&file_name(&path)));
                Ok((label, size, prepared, Origin::File(path)))
            }
            Err(why) => Err(refusal(folder, root, &path, why)),
        })
        .partition_map(|result| match result {
            Ok(picture) => rayon::iter::Either::Left(picture),
            Err(refusal) => rayon::iter::Either::Right(refusal),
        });
    (pictures, refusals)
}

fn picture(
    path: &Path,
    root: &Path,
    preparation: &Preparation,
) -> Result<((u32, u32), crate::vision::Prepared), String> {
    if path.is_symlink() {
        let target = path
            .canonicalize()
            .map_err(|_| "it is a link that leads nowhere".to_owned())?;
        if !target.starts_with(root) {
            return Err(
                "it is a link that leads out of the folder; put the picture itself there".into(),
            );
        }
    }
    if path.is_dir() {
        return Err("it is a folder inside a person's folder, where only pictures are read".into());
    }
    let photo = gray::open(path).map_err(|error| error.to_string())?;
    Ok((photo.dimensions(), preparation.prepare(&photo)))
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

/// A refusal that names the path as the user would: below the folder as it was given.
fn refusal(folder: &Path, root: &Path, path: &Path, why: String) -> Refusal {
    let path = path
        .strip_prefix(root)
        .map_or_else(|_| path.to_path_buf(), |inside| folder.join(inside));
    Refusal { path, why }
}

fn file_name(path: &Path) -> String {
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

/// The order people expect of names: runs of digits by their value (2 before 10), the rest by characters, lower and
/// upper case alike. Names that only differ in case or leading zeros compare as equal.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (head_a, rest_a) = head(a);
        let (head_b, rest_b) = head(b);
        let order = match (number(head_a), number(head_b)) {
            (Some(a), Some(b)) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
            _ => head_a.to_lowercase().cmp(&head_b.to_lowercase()),
        };
        if order.is_ne() || (rest_a.is_empty() && rest_b.is_empty()) {
            return order;
        }
        (a, b) = (rest_a, rest_b);
    }
}

/// The first run of digits, or else the first character; and what follows.
fn head(name: &str) -> (&str, &str) {
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    let first = name.chars().next().map_or(0, char::len_utf8);
    name.split_at(digits.max(first))
}

/// A run of digits without leading zeros, so that its length tells its size.
fn number(head: &str) -> Option<&str> {
    head.starts_with(|c: char| c.is_ascii_digit())
        .then(|| head.trim_start_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_come_in_natural_order() {
        let mut names = [
            "s10", "s2", "S1", "s1b", "s01a", "b", "a10b2", "a10b10", "", "ä",
        ];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(
            names,
            [
                "", "a10b2", "a10b10", "b", "S1", "s01a", "s1b", "s2", "s10", "ä"
            ]
        );
    }

    proptest! {
        #[test]
        fn the_order_is_an_order(a in "[a0-3é]{0,5}", b in "[a0-3é]{0,5}", c in "[a0-3é]{0,5}") {
            prop_assert_eq!(natural(&a, &b), natural(&b, &a).reverse());
            if natural(&a, &b).is_le() && natural(&b, &c).is_le() {
                prop_assert!(natural(&a, &c).is_le());
            }
        }
    }

    #[test]
    fn nobody_shares_a_name() {
        let mut names = HashSet::new();
        assert_eq!(unique("x".into(), &mut names), "x");
        assert_eq!(unique("x (2)".into(), &mut names), "x (2)");
        assert_eq!(unique("x".into(), &mut names), "x (3)");
    }
}
