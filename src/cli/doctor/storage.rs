//! What the file systems of the program's folders can do.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::files::{Abilities, HOME_VARIABLE, no_locks, shown};

/// A folder of the program, or the nearest one above that exists, and what its file system can do.
#[derive(Serialize)]
pub(super) struct Storage {
    folder: PathBuf,
    /// What it can do; `None` if nothing can be written there.
    #[serde(flatten)]
    abilities: Option<Abilities>,
    /// Why nothing can be written there.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Storage {
    pub(super) fn of(folder: &Path) -> Self {
        let exists = folder.ancestors().find(|path| path.is_dir());
        let folder = exists.unwrap_or(folder).to_path_buf();
        let tried = Abilities::of(&folder);
        Self {
            error: tried.as_ref().err().map(ToString::to_string),
            abilities: tried.ok(),
            folder,
        }
    }

    /// `locks yes, sync yes`, and what it means if not.
    pub(super) fn text(&self) -> String {
        let yes = |is: bool| if is { "yes" } else { "no" };
        let place = shown(&self.folder);
        match &self.abilities {
            None => format!(
                "{place} cannot be written to ({}); set {HOME_VARIABLE} to a folder of your own",
                self.error.as_deref().unwrap_or_default()
            ),
            Some(Abilities { locks, fsync }) => {
                let advice = if *locks {
                    String::new()
                } else {
                    format!("; {}", no_locks())
                };
                format!(
                    "{place}: locks {}, fsync of folders {}{advice}",
                    yes(*locks),
                    yes(*fsync)
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_folder_is_tried_and_nothing_stays_there() {
        let home = tempfile::tempdir().unwrap();
        let storage = Storage::of(&home.path().join("not/yet"));
        assert_eq!(storage.folder, home.path());
        assert!(storage.abilities.is_some() && storage.error.is_none());
        assert!(storage.text().contains("locks yes"), "{}", storage.text());
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
    }
}
