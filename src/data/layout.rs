//! What a folder without people holds instead: people one folder deeper, loose pictures, files that are not read.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::pictures::{self, Pictures};
use crate::files::as_argument;
use crate::text::counted;

/// How many folders deep people are looked for: a zip's wrapping folder, a data set's name, `train`.
const DEEPEST: usize = 4;
/// How many folders are named.
const NAMED: usize = 3;

/// Whether the folder holds folders with pictures, and no pictures itself: then these are people, and it is none.
pub(super) fn holds_people(folder: &Path) -> bool {
    Pictures::in_folder(folder).is_ok_and(|found| {
        found.pictures.is_empty() && found.folders.iter().any(|path| holds_pictures(path))
    })
}

fn holds_pictures(folder: &Path) -> bool {
    // A link may lead back to where it lies.
    !folder.is_symlink()
        && Pictures::in_folder(folder).is_ok_and(|found| !found.pictures.is_empty())
}

/// The folders below `folder` that hold people, if it does not hold them itself.
pub(super) fn with_people(folder: &Path) -> Vec<PathBuf> {
    below(folder, DEEPEST)
}

fn below(folder: &Path, deep: usize) -> Vec<PathBuf> {
    let found = Pictures::in_folder(folder).unwrap_or_default();
    let (mut people, mut others) = (Vec::new(), Vec::new());
    for inside in found.folders.into_iter().filter(|path| !path.is_symlink()) {
        match holds_people(&inside) {
            true => people.push(inside),
            false => others.push(inside),
        }
    }
    if people.is_empty() && deep > 1 {
        people = others
            .iter()
            .flat_map(|path| below(path, deep - 1))
            .collect();
    }
    people
}

/// What to name instead: `its people lie one folder deeper: name …/train or …/val`.
pub(super) fn name_instead(folder: &Path, people: &[PathBuf]) -> String {
    let levels = |path: &PathBuf| {
        path.strip_prefix(folder)
            .map_or(1, |rest| rest.iter().count())
    };
    let deeper = match people.first().map_or(1, levels) {
        1 => "one folder deeper".to_owned(),
        count => format!("{count} folders deeper"),
    };
    let named = people.iter().take(NAMED).map(|path| as_argument(path));
    let named: Vec<String> = named.collect();
    format!("its people lie {deeper}: name {}", named.join(" or "))
}

/// Whether files were unpacked whose names hold their folders in Windows' way: `anna\1.jpg`.
pub(super) fn is_of_windows(files: &[PathBuf]) -> bool {
    let name = |path: &PathBuf| {
        path.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .contains('\\')
    };
    cfg!(unix) && !files.is_empty() && files.iter().all(name)
}

/// How many files of each kind there are, the most frequent first and those without a name last.
pub(super) fn kinds(files: &[PathBuf]) -> Vec<(&'static str, usize)> {
    const OTHER: &str = "other file";
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for path in files {
        let empty = || path.metadata().is_ok_and(|about| about.len() == 0);
        let name = match pictures::kind_of(path) {
            Some(kind) => kind.name,
            None if empty() => "empty file",
            None => OTHER,
        };
        *counts.entry(name).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|&(name, count)| (name == OTHER, Reverse(count)));
    counts
}

/// The same as text: `12 HEIC photos, 3 WebP pictures and 1 other file`.
pub(super) fn counted_by_kind(files: &[PathBuf]) -> String {
    let texts = kinds(files)
        .into_iter()
        .map(|(name, count)| counted(count, name));
    let texts: Vec<String> = texts.collect();
    match texts.split_last() {
        None => "no files".to_owned(),
        Some((one, [])) => one.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}
