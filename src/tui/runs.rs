//! Runs for their browser: the list, intervals and epochs; and what is done with a run.

use std::path::{Path, PathBuf};

use super::models::{interval, name_of};
use crate::app::effect::RunChange;
use crate::app::error::TaskError;
use crate::app::event::Event;
use crate::app::train::PastRun;
use crate::data::Dataset;
use crate::files::Paths;
use crate::metrics::Interval;
use crate::train::RunDir;
use crate::train::run_dir::{self, RunError, RunOverview, Trash};

/// All runs, the newest first.
pub(super) fn list(runs: &Path) -> Vec<RunOverview> {
    let newest_first = run_dir::list(runs).into_iter().rev();
    newest_first.map(|path| RunOverview::read(&path)).collect()
}

/// The 95 % intervals of the validation EERs of runs, whose people must be among `faces`.
pub(super) fn intervals(
    wanted: Vec<(PathBuf, u32)>,
    faces: Option<&Dataset>,
) -> Vec<(PathBuf, u32, Option<Interval>)> {
    let measure = |(path, epoch): (PathBuf, u32)| {
        let saved = RunDir::open(&path).and_then(|run| run.best()).ok();
        // The training may have found a better epoch meanwhile.
        let saved = saved.filter(|saved| saved.metadata.epoch.0 == epoch);
        let interval = saved.and_then(|saved| interval(&saved, faces));
        (path, epoch, interval)
    };
    wanted.into_iter().map(measure).collect()
}

/// The epochs of runs.
///
/// # Errors
/// When one of them cannot be read.
pub(super) fn curves(wanted: &[PathBuf]) -> Result<Vec<PastRun>, TaskError> {
    let read = |path: &PathBuf| {
        Ok(PastRun {
            name: name_of(path),
            epochs: RunDir::open(path)?.rows()?,
        })
    };
    wanted.iter().map(read).collect()
}

/// Changes a run.
///
/// # Errors
/// When that cannot be done, for example while it is being trained.
pub(super) fn change(paths: &Paths, change: RunChange) -> Result<Event, TaskError> {
    let trash = Trash::at(&paths.trash_dir());
    let runs = paths.runs_dir();
    let (from, to, said) = match change {
        RunChange::Rename(path, name) => {
            let run = RunDir::open(&path)?.rename(&name);
            let run = run.map_err(|why| in_use(why, &path, "renamed"))?;
            let said = format!("{} is now called {}", name_of(&path), run.name());
            (path, Some(run.path().to_owned()), said)
        }
        RunChange::Note(path, text) => {
            RunDir::open(&path)?.set_note(&text)?;
            let said = match text.trim().is_empty() {
                true => format!("{} has no note now", name_of(&path)),
                false => format!("the note on {} is kept", name_of(&path)),
            };
            (path.clone(), Some(path), said)
        }
        RunChange::Delete(path) => {
            let deleted = trash.delete(RunDir::open(&path)?, &runs);
            deleted.map_err(|why| in_use(why, &path, "deleted"))?;
            let said = format!("{} is in the trash", name_of(&path));
            (path, None, said)
        }
        RunChange::Restore => {
            let run = trash.restore(&trash.find(None)?, &runs)?;
            let path = run.path().to_owned();
            let said = format!("{} is back", run.name());
            (path.clone(), Some(path), said)
        }
    };
    Ok(Event::RunChanged { from, to, said })
}

/// That a run is being trained, said about what was to be done.
fn in_use(why: RunError, path: &Path, done: &'static str) -> TaskError {
    match why {
        RunError::Busy { .. } => TaskError::RunInUse {
            name: name_of(path),
            done,
        },
        why => why.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Recipe;

    fn made(paths: &Paths) -> RunDir {
        let recipe = Recipe::preset("compact").expect("known");
        RunDir::create_next(&paths.runs_dir(), &recipe).expect("it is written")
    }

    /// Where a run is after a change, and what was said.
    fn done(event: Event) -> (Option<PathBuf>, String) {
        match event {
            Event::RunChanged { to, said, .. } => (to, said),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_run_that_is_trained_is_neither_deleted_nor_renamed_and_can_be_annotated() {
        let home = tempfile::tempdir().expect("a folder");
        let paths = Paths::under(home.path());
        // As long as it lives, it holds the lock of a training.
        let held = made(&paths);
        let path = held.path().to_owned();
        let refused = |what| change(&paths, what).expect_err("it is in use").to_string();
        let expected = "0001-compact is being trained and cannot be deleted before that has ended";
        assert_eq!(refused(RunChange::Delete(path.clone())), expected);
        let why = refused(RunChange::Rename(path.clone(), "x".into()));
        assert!(why.contains("cannot be renamed"), "{why}");
        let noted = change(&paths, RunChange::Note(path.clone(), "so far good".into()));
        assert_eq!(done(noted.expect("written")).0, Some(path.clone()));
        let listed = list(&paths.runs_dir());
        assert_eq!(listed[0].note.as_deref(), Some("so far good"));
        let figures = listed[0].figures.as_ref().expect("readable");
        assert_eq!(figures.state, run_dir::State::Training);
        drop(held);
        let deleted = change(&paths, RunChange::Delete(path)).expect("no longer in use");
        assert_eq!(
            done(deleted),
            (None, "0001-compact is in the trash".to_owned())
        );
    }

    #[test]
    fn the_newest_is_first_and_what_was_deleted_comes_back() {
        let home = tempfile::tempdir().expect("a folder");
        let paths = Paths::under(home.path());
        drop([made(&paths), made(&paths)]);
        let names = || -> Vec<String> {
            let runs = list(&paths.runs_dir()).into_iter();
            runs.map(|run| run.name).collect()
        };
        assert_eq!(names(), ["0002-compact", "0001-compact"]);
        let nothing = change(&paths, RunChange::Restore).expect_err("nothing was deleted");
        assert!(nothing.to_string().contains("there is no deleted run"));
        let path = paths.runs_dir().join("0001-compact");
        change(&paths, RunChange::Delete(path.clone())).expect("it is moved");
        assert_eq!(names(), ["0002-compact"]);
        let back = change(&paths, RunChange::Restore).expect("it is moved back");
        assert_eq!(
            done(back),
            (Some(path.clone()), "0001-compact is back".to_owned())
        );
        let renamed = change(&paths, RunChange::Rename(path, "more light".into()));
        let (to, said) = done(renamed.expect("it is renamed"));
        assert_eq!(said, "0001-compact is now called 0001-more light");
        let to = to.expect("it is there");
        assert_eq!(curves(&[to]).expect("readable")[0].name, "0001-more light");
        let gone = curves(&[paths.runs_dir().join("0009-x")]);
        assert!(gone.is_err(), "an unreadable run is no empty curve");
    }
}
