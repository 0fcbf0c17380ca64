//! What a user calls a run, and the note on it.

use std::path::Path;

use super::error::RunError;
use super::{MAX_NAME, MAX_NOTE, RunDir, number};
use crate::files::{self, FileReason, clean};

/// The file of the note.
pub(super) const NOTE: &str = "note.txt";

impl RunDir {
    /// Renames the directory, which keeps its number: `0003-compact` becomes `0003-more-light`. The name may begin with the
    /// number already.
    ///
    /// # Errors
    /// [`RunError::Name`] for a name that is empty, too long, or has other characters than letters, digits, `-`, `_`, `.` and
    /// spaces; [`RunError::NameTaken`] if there is such a directory; [`RunError::Busy`] while a process trains there.
    pub fn rename(mut self, name: &str) -> Result<Self, RunError> {
        let name = checked_name(name)?;
        let name = match number(&self.path) {
            Some(own) if number(Path::new(name)) != Some(own) => format!("{own:04}-{name}"),
            _ => name.to_owned(),
        };
        let target = self.path.with_file_name(name);
        if target == self.path {
            return Ok(self);
        }
        self.lock()?;
        if target.symlink_metadata().is_ok() {
            return Err(RunError::NameTaken(target));
        }
        std::fs::rename(&self.path, &target)
            .map_err(|e| FileReason::from(e).when("rename", &self.path))?;
        Self::open(&target)
    }

    /// The note on the run, safe to print; `None` if there is none, or it cannot be read.
    pub fn note(&self) -> Option<String> {
        let bytes = files::read_limited(&self.path.join(NOTE), 4 * MAX_NOTE as u64).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<String> = text.lines().map(clean).collect();
        let text = lines.join("\n").trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    /// Replaces the note; an empty one removes it. A run that is being trained takes notes too.
    ///
    /// # Errors
    /// [`RunError::Note`] for more than [`MAX_NOTE`] characters; [`RunError::File`] if it cannot be written.
    pub fn set_note(&self, note: &str) -> Result<(), RunError> {
        let (path, note) = (self.path.join(NOTE), note.trim());
        let length = note.chars().count();
        if length > MAX_NOTE {
            return Err(RunError::Note(length));
        }
        if !note.is_empty() {
            return Ok(files::write_private(&path, format!("{note}\n").as_bytes())?);
        }
        match std::fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(FileReason::from(e).when("remove", &path).into())
            }
            _ => Ok(()),
        }
    }
}

fn checked_name(name: &str) -> Result<&str, RunError> {
    let trimmed = name.trim();
    let allowed = |c: char| c.is_alphanumeric() || "-_. ".contains(c);
    let good = (1..=MAX_NAME).contains(&trimmed.chars().count())
        && trimmed.chars().all(allowed)
        && !trimmed.starts_with('.');
    match good {
        true => Ok(trimmed),
        false => Err(RunError::Name(clean(name))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::{Recipe, run_dir};

    fn run(home: &Path) -> RunDir {
        RunDir::create_next(home, &Recipe::preset("compact").unwrap()).unwrap()
    }

    #[test]
    fn a_run_keeps_its_number_when_it_is_renamed() {
        let home = tempfile::tempdir().unwrap();
        let run = run(home.path()).rename("more light").unwrap();
        assert_eq!(run.name(), "0001-more light");
        let again = run.rename("0001-less").unwrap();
        assert_eq!(again.name(), "0001-less");
        assert_eq!(again.recipe().unwrap().preset, "compact");
        let found = run_dir::find(home.path(), Path::new("1")).unwrap();
        assert_eq!(found.path(), again.path());
    }

    #[test]
    fn names_that_are_no_names_are_refused() {
        let home = tempfile::tempdir().unwrap();
        let long = "x".repeat(MAX_NAME + 1);
        for name in ["", "  ", "..", "a/b", "a\u{1b}[2J", ".hidden", &long] {
            let error = run(home.path()).rename(name).unwrap_err();
            assert!(matches!(error, RunError::Name(_)), "{name:?}: {error}");
        }
        let (first, second) = (run(home.path()), run(home.path()));
        let taken = home.path().join(format!("{}-x", &second.name()[..4]));
        std::fs::create_dir(&taken).unwrap();
        let error = second.rename("x").unwrap_err();
        assert!(matches!(error, RunError::NameTaken(_)), "{error}");
        let mut held = first.clone();
        held.lock().unwrap();
        let error = RunDir::open(first.path()).unwrap().rename("x").unwrap_err();
        assert!(matches!(error, RunError::Busy { .. }), "{error}");
    }

    #[test]
    fn notes_are_kept_and_removed() {
        let home = tempfile::tempdir().unwrap();
        let run = run(home.path());
        assert_eq!(run.note(), None);
        run.set_note(" twice the light\nseems better\u{1b} ")
            .unwrap();
        assert_eq!(run.note().unwrap(), "twice the light\nseems better\u{fffd}");
        let error = run.set_note(&"x".repeat(MAX_NOTE + 1)).unwrap_err();
        assert!(matches!(error, RunError::Note(_)));
        run.set_note("").unwrap();
        run.set_note("").unwrap();
        assert_eq!(run.note(), None);
    }
}
