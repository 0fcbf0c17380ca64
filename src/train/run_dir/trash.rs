//! Deleted runs, until the trash is emptied.
//!
//! ```text
//! trash/
//! └── 2026-11-24T10.31.07Z 0003-compact/     when it was deleted, and its name
//! ```
//!
//! A run is moved, not copied, so the trash lies on the file system of the runs. Times have points, because Windows allows no
//! colons in names.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::error::RunError;
use super::{RunDir, list, number};
use crate::files::{self, FileReason};
use crate::text::utc;

/// The folder of deleted runs.
#[derive(Debug, Clone)]
pub struct Trash {
    folder: PathBuf,
}

/// A run in the trash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedRun {
    /// Its name, as the folder was called.
    pub name: String,
    /// When it was deleted, in UTC: `2026-11-24T10:31:07Z`.
    pub deleted: String,
    /// Where it is now.
    pub path: PathBuf,
}

impl Trash {
    /// The trash in this folder, which need not exist.
    pub fn at(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// Moves a run from `runs` into the trash.
    ///
    /// # Errors
    /// [`RunError::Busy`] if a process trains there, [`RunError::Elsewhere`] if it is not in the folder `runs`.
    pub fn delete(&self, mut run: RunDir, runs: &Path) -> Result<DeletedRun, RunError> {
        let place = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let (path, runs) = (place(&run.path), place(runs));
        if path.parent() != Some(&*runs) {
            return Err(RunError::Elsewhere(run.path));
        }
        run.lock()?;
        files::create_private_dir(&self.folder)?;
        let deleted = utc(SystemTime::now());
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let target = self.free_place(&deleted, &name);
        move_folder(&path, &target)?;
        Ok(DeletedRun {
            name: name.into_owned(),
            deleted,
            path: target,
        })
    }

    /// Where nothing is yet: a run may be deleted, and another one of its name in the same second.
    fn free_place(&self, deleted: &str, name: &str) -> PathBuf {
        let time = deleted.replace(':', ".");
        let place = |count: u32| match count {
            0 => self.folder.join(format!("{time} {name}")),
            _ => self.folder.join(format!("{time}{count} {name}")),
        };
        let mut count = 0;
        while place(count).symlink_metadata().is_ok() {
            count += 1;
        }
        place(count)
    }

    /// The runs in the trash, the one deleted last first.
    pub fn list(&self) -> Vec<DeletedRun> {
        let deleted = |path: &PathBuf| {
            let name = path.file_name()?.to_str()?;
            let (time, name) = name.split_once(' ')?;
            let (time, _) = time.split_once('Z')?;
            RunDir::open(path).ok()?;
            Some(DeletedRun {
                name: name.to_owned(),
                deleted: format!("{}Z", time.replace('.', ":")),
                path: path.clone(),
            })
        };
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten();
        let paths = entries.flatten().map(|entry| entry.path());
        let mut runs: Vec<DeletedRun> = paths.filter_map(|path| deleted(&path)).collect();
        runs.sort_by_key(|run| Reverse(run.path.clone()));
        runs
    }

    /// The run in the trash with this name or number; without one, the run deleted last.
    ///
    /// # Errors
    /// [`RunError::NotInTrash`] if there is none.
    pub fn find(&self, asked: Option<&str>) -> Result<DeletedRun, RunError> {
        let is_asked = |run: &DeletedRun| match asked {
            None => true,
            Some(asked) => {
                let wanted: Option<u32> = asked.parse().ok();
                run.name == asked || wanted.is_some() && number(Path::new(&run.name)) == wanted
            }
        };
        let found = self.list().into_iter().find(is_asked);
        found.ok_or_else(|| RunError::NotInTrash(asked.map(files::clean)))
    }

    /// Moves a run back into the folder `runs`: under its name, or with the next number if another run has its number now.
    ///
    /// # Errors
    /// [`RunError::File`] if it cannot be moved.
    pub fn restore(&self, deleted: &DeletedRun, runs: &Path) -> Result<RunDir, RunError> {
        files::create_private_dir(runs)?;
        let others = list(runs);
        let own = number(Path::new(&deleted.name));
        let taken = |path: &PathBuf| own.is_some() && number(path) == own;
        let mut target = runs.join(&deleted.name);
        if others.iter().any(taken) || target.symlink_metadata().is_ok() {
            let next = others.last().and_then(|path| number(path)).unwrap_or(0) + 1;
            let name = match own {
                Some(_) => deleted.name.split_once('-').map_or("", |(_, name)| name),
                None => &deleted.name,
            };
            target = runs.join(format!("{next:04}-{name}"));
        }
        move_folder(&deleted.path, &target)?;
        RunDir::open(&target)
    }

    /// Removes all runs in the trash for good; returns how many there were.
    ///
    /// # Errors
    /// [`RunError::File`] if one cannot be removed.
    pub fn empty(&self) -> Result<usize, RunError> {
        let runs = self.list();
        for run in &runs {
            RunDir::open(&run.path)?.remove()?;
        }
        Ok(runs.len())
    }
}

fn move_folder(from: &Path, to: &Path) -> Result<(), RunError> {
    let moved = std::fs::rename(from, to);
    Ok(moved.map_err(|e| FileReason::from(e).when("move", from))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Recipe;

    struct Home {
        folder: tempfile::TempDir,
    }

    impl Home {
        fn new() -> Self {
            Self {
                folder: tempfile::tempdir().unwrap(),
            }
        }

        fn runs(&self) -> PathBuf {
            self.folder.path().join("runs")
        }

        fn trash(&self) -> Trash {
            Trash::at(&self.folder.path().join("trash"))
        }

        fn run(&self) -> RunDir {
            RunDir::create_next(&self.runs(), &Recipe::preset("compact").unwrap()).unwrap()
        }
    }

    #[test]
    fn a_deleted_run_comes_back_with_all_its_files() {
        let home = Home::new();
        assert!(home.trash().list().is_empty());
        let run = home.run();
        run.set_note("keep me").unwrap();
        std::fs::write(run.path().join("of another program"), "x").unwrap();
        let path = run.path().to_owned();
        let deleted = home.trash().delete(run, &home.runs()).unwrap();
        assert_eq!(deleted.name, "0001-compact");
        assert!(list(&home.runs()).is_empty());
        assert_eq!(home.trash().list(), std::slice::from_ref(&deleted));
        for asked in [None, Some("1"), Some("0001-compact")] {
            assert_eq!(home.trash().find(asked).unwrap(), deleted);
        }
        let missing = home.trash().find(Some("2")).unwrap_err().to_string();
        assert!(missing.contains('2'), "{missing}");
        let run = home.trash().restore(&deleted, &home.runs()).unwrap();
        assert_eq!(run.path(), path);
        assert_eq!(run.note().unwrap(), "keep me");
        assert!(path.join("of another program").exists());
        assert!(home.trash().list().is_empty());
    }

    #[test]
    fn a_number_that_was_given_again_is_not_given_twice() {
        let home = Home::new();
        let deleted = home.trash().delete(home.run(), &home.runs()).unwrap();
        let second = home.run();
        assert_eq!(second.name(), "0001-compact");
        let run = home.trash().restore(&deleted, &home.runs()).unwrap();
        assert_eq!(run.name(), "0002-compact");
    }

    #[test]
    fn what_is_being_trained_or_elsewhere_stays() {
        let home = Home::new();
        let mut held = home.run();
        held.lock().unwrap();
        let run = RunDir::open(held.path()).unwrap();
        let error = home.trash().delete(run, &home.runs()).unwrap_err();
        assert!(matches!(error, RunError::Busy { .. }), "{error}");
        let elsewhere = home.folder.path().join("elsewhere");
        let run = RunDir::create(&elsewhere, &Recipe::preset("compact").unwrap()).unwrap();
        let error = home.trash().delete(run, &home.runs()).unwrap_err();
        assert!(matches!(error, RunError::Elsewhere(_)), "{error}");
        assert!(elsewhere.exists());
    }

    #[test]
    fn an_emptied_trash_has_nothing_to_restore() {
        let home = Home::new();
        for _ in 0..3 {
            home.trash().delete(home.run(), &home.runs()).unwrap();
        }
        // Deleted within a second under one name: each has a place of its own.
        assert_eq!(home.trash().list().len(), 3);
        assert_eq!(home.trash().empty().unwrap(), 3);
        assert!(home.trash().find(None).is_err());
    }
}
