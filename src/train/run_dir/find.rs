//! The run that a user means.

use std::path::{Path, PathBuf};

use super::{RunDir, RunError, list, number};

/// The run named by its number, by its name below `runs`, or by its directory.
///
/// # Errors
/// [`RunError::NoNumber`] or [`RunError::Missing`] if there is none.
pub fn find(runs: &Path, asked: &Path) -> Result<RunDir, RunError> {
    let name = asked.to_string_lossy();
    let wanted: Option<u32> = name.parse().ok();
    let called = |path: &&PathBuf| {
        let theirs = path.file_name().unwrap_or_default().to_string_lossy();
        theirs == name || wanted.is_some() && number(path) == wanted
    };
    match list(runs).iter().find(called) {
        Some(path) => RunDir::open(path),
        None => match (RunDir::open(asked), wanted) {
            (Err(RunError::Missing(_)), Some(number)) => Err(RunError::NoNumber(number)),
            (found, _) => found,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Recipe;

    #[test]
    fn a_run_is_found_by_number_name_and_directory() {
        let home = tempfile::tempdir().unwrap();
        let recipe = Recipe::preset("compact").unwrap();
        let made: Vec<PathBuf> = (0..2)
            .map(|_| RunDir::create_next(home.path(), &recipe).unwrap())
            .map(|run| run.path().to_owned())
            .collect();
        let name = made[1].file_name().unwrap();
        for asked in [Path::new("2"), Path::new("0002"), Path::new(name), &made[1]] {
            assert_eq!(
                find(home.path(), asked).unwrap().path(),
                made[1],
                "{asked:?}"
            );
        }
        let missing = find(home.path(), Path::new("7")).unwrap_err();
        assert!(matches!(missing, RunError::NoNumber(7)), "{missing}");
        let missing = find(home.path(), Path::new("elsewhere")).unwrap_err();
        assert!(matches!(missing, RunError::Missing(_)), "{missing}");
    }
}
