//! What is doubtful about the people of a data set: their number, their names, one picture only.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::super::dataset::Dataset;
use super::super::split::Split;
use super::{DataWarning, WarningKind, path_of};
use crate::text::{counted, folded};
use crate::units::PersonId;

/// Warnings about people: too few of them, one picture, similar names.
pub(super) fn warnings(dataset: &Dataset) -> Vec<DataWarning> {
    let folder = |person: PersonId| {
        let first = path_of(dataset, dataset.person(person).images[0]);
        first.parent().map_or_else(
            || PathBuf::from(&dataset.person(person).name),
            PathBuf::from,
        )
    };
    let mut all = Vec::new();
    if let Some(why) = too_few(dataset) {
        all.push(DataWarning {
            kind: WarningKind::FewPeople,
            paths: Vec::new(),
            why,
        });
    }
    let one = dataset
        .everybody()
        .into_iter()
        .filter(|&person| dataset.person(person).images.len() == 1);
    let one: Vec<PathBuf> = one.map(folder).collect();
    if !one.is_empty() {
        all.push(DataWarning {
            kind: WarningKind::OnePicture,
            paths: one,
            why: "a person with one picture is never compared with another picture of the same person".to_owned(),
        });
    }
    let unreadable = |person: &PersonId| {
        dataset
            .person(*person)
            .name
            .contains(char::REPLACEMENT_CHARACTER)
    };
    let unreadable: Vec<PathBuf> = dataset
        .everybody()
        .into_iter()
        .filter(unreadable)
        .map(folder)
        .collect();
    if !unreadable.is_empty() {
        all.push(DataWarning {
            kind: WarningKind::UnreadableName,
            paths: unreadable,
            why: "the name holds bytes that are not UTF-8, or characters that cannot be shown, each shown as \u{fffd}; rename the folder"
                .to_owned(),
        });
    }
    let mut names: BTreeMap<String, Vec<PersonId>> = BTreeMap::new();
    for person in dataset.everybody() {
        names
            .entry(folded(&dataset.person(person).name))
            .or_default()
            .push(person);
    }
    let similar = names.into_values().filter(|people| people.len() > 1);
    all.extend(similar.map(|people| DataWarning {
        kind: WarningKind::SimilarNames,
        paths: people.into_iter().map(folder).collect(),
        why: "these names differ only in capital letters or in how the same letters are written, and count as different people; \
              if they are one, put the pictures into one folder"
            .to_owned(),
    }));
    all
}

/// Fewer held-out people do not tell a better training from a worse one: of 10 people with two pictures each there are 10
/// mated comparisons, of which one more or less is 10 %.
const HELD_OUT: usize = 10;

/// What so few people are enough for, and what not, as a sentence without its full stop; `None` for enough people.
pub fn too_few(dataset: &Dataset) -> Option<String> {
    let people = counted(dataset.people.len(), "person");
    if dataset.people.len() < 2 {
        return Some("there is one person; two are needed to train".to_owned());
    }
    let (validation, test) = Split::default_sizes(dataset);
    match validation + test {
        0 => Some(format!(
            "{people}: enough to enroll, too few to hold any out, so that a training cannot be judged"
        )),
        held_out @ ..HELD_OUT => Some(format!(
            "{people}: enough to enroll, too few to judge a training, which holds {held_out} of them out; {HELD_OUT} held-out \
             people tell more"
        )),
        _ => None,
    }
}
