//! The people of a folder: which sub-folders and files there are, and why there is nobody.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::super::error::SourceError;
use super::super::found::Refusal;
use super::super::layout;
use super::super::pictures::{self, MAX_FILES, Pictures};
use super::super::source::file_name;
use crate::files::{FileReason, as_argument, clean};

/// What lies in a folder, sorted; hidden entries left out.
type Listing = Vec<PathBuf>;

/// What lies in the folder.
pub(super) enum Entry {
    /// Something that cannot be used.
    Refused(Refusal),
    /// A person's name and files.
    Person(String, Listing),
}

impl Entry {
    pub(super) fn pictures(&self) -> &[PathBuf] {
        match self {
            Self::Refused(_) => &[],
            Self::Person(_, paths) => paths,
        }
    }

    /// The names of a person who has files, and of the files.
    pub(super) fn names(&self) -> Option<(String, Vec<String>)> {
        match self {
            Self::Person(name, paths) if !paths.is_empty() => {
                let files = paths.iter().map(|path| clean(&file_name(path)));
                Some((name.clone(), files.collect()))
            }
            _ => None,
        }
    }
}

/// A folder with people.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// The folder as the user named it.
    pub(super) folder: &'a Path,
    /// The same without links.
    pub(super) root: &'a Path,
}

impl Place<'_> {
    /// Lists the folder and its sub-folders, in order.
    pub(super) fn entries(&self) -> Result<Vec<Entry>, SourceError> {
        let (mut entries, mut names, mut files) = (Vec::new(), HashSet::new(), 0);
        let refused = |path: &Path, why| Entry::Refused(self.refusal(path, why));
        let listed = list(self.root, &mut files);
        for path in listed.map_err(|reason| in_folder(reason, self.folder))? {
            match person_folder(&path, &mut files) {
                Ok(None) => {}
                Ok(Some(pictures)) => {
                    if pictures.is_empty() {
                        entries.push(refused(&path, "it holds no pictures".into()));
                    } else if pictures.iter().any(|path| path.is_dir())
                        && layout::holds_people(&path)
                    {
                        let named = self.as_named(&path);
                        let why = format!(
                            "it holds people, each in a folder; to read these, name {} as the data",
                            as_argument(&named)
                        );
                        entries.push(refused(&path, why));
                        continue;
                    }
                    let name = unique(clean(&file_name(&path)), &mut names);
                    entries.push(Entry::Person(name, pictures));
                }
                Err(Trouble::Unlisted(reason @ FileReason::TooMany { .. })) => {
                    return Err(in_folder(reason, self.folder));
                }
                Err(trouble) => entries.push(refused(&path, trouble.to_string())),
            }
        }
        Ok(entries)
    }

    /// The path below the folder.
    pub(super) fn below<'p>(&self, path: &'p Path) -> &'p Path {
        path.strip_prefix(self.root).unwrap_or(path)
    }

    /// A refusal with the path as the user knows it: below the folder that was named.
    pub(super) fn refusal(&self, path: &Path, why: String) -> Refusal {
        Refusal {
            path: self.as_named(path),
            why,
        }
    }

    /// A path below the folder as the user named it.
    fn as_named(&self, path: &Path) -> PathBuf {
        let inside = path.strip_prefix(self.root);
        inside.map_or_else(|_| path.into(), |inside| self.folder.join(inside))
    }

    /// Why the folder has no usable person, and how to fix it.
    pub(super) fn no_people(&self, refused: &[Refusal]) -> String {
        let found = Pictures::in_folder(self.root).unwrap_or_default();
        let people = layout::with_people(self.root);
        if !people.is_empty() {
            let people: Vec<PathBuf> = people.iter().map(|path| self.as_named(path)).collect();
            return layout::name_instead(self.folder, &people);
        }
        let loose = [found.pictures, found.left_out].concat();
        let in_folders = found.folders.iter().flat_map(|folder| {
            let found = Pictures::in_folder(folder).unwrap_or_default();
            [found.pictures, found.left_out].concat()
        });
        let in_folders: Vec<PathBuf> = in_folders.collect();
        match (loose.len(), in_folders.len(), refused.first()) {
            (0, 0, _) if found.folders.is_empty() => {
                "it is empty; put one sub-folder for each person into it, with that person's pictures".into()
            }
            (0, 0, _) => "its sub-folders are empty; put each person's pictures into the sub-folder of that name".into(),
            (_, 0, _) if layout::is_of_windows(&loose) => format!(
                "the names of its files hold backslashes, as where a zip made on Windows was unpacked by a program that does not \
                 take these for folders ({}); unpack it with another program",
                layout::counted_by_kind(&loose)
            ),
            (count, 0, _) => format!(
                "{} {} loose in it; put each person's pictures into a sub-folder",
                layout::counted_by_kind(&loose),
                if count == 1 { "lies" } else { "lie" }
            ),
            (_, _, Some(first)) => format!(
                "of {} in its sub-folders none can be used; of {}: {}",
                layout::counted_by_kind(&in_folders),
                clean(&file_name(&first.path)),
                first.why
            ),
            (_, _, None) => "nothing in it can be used".into(),
        }
    }
}

/// Why an entry of the folder is not a person.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("it is a link to a folder; put the folder itself there")]
    Link,
    #[error("it is a link to something that does not exist; put the folder itself there")]
    Dangling,
    #[error("it is outside the people's folders; put it into the folder of the person it shows")]
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
        false if path.is_symlink() && !path.exists() => Err(Trouble::Dangling),
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

/// The name, with a number appended if it is already used. Two folder names can become equal, because characters that
/// cannot be printed are removed.
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
    fn names_are_unique() {
        let mut names = HashSet::new();
        assert_eq!(unique("x".into(), &mut names), "x");
        assert_eq!(unique("x (2)".into(), &mut names), "x (2)");
        assert_eq!(unique("x".into(), &mut names), "x (3)");
    }
}
