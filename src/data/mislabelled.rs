//! Pairs that the user marked as mislabelled. Training leaves out the pictures of marked pairs.
//!
//! A mark is a pair, not a picture: if a "same" pair shows two people, the pair alone does not tell which picture is
//! wrong. Marks are stored in one private file for each data set, named after its
//! [`fingerprint`](super::Dataset::fingerprint), so that they stay with the pictures when these are moved and never
//! apply to others. Storing them in the data set's own folder was rejected: that folder belongs to the user, and the
//! built-in data set has none.
//!
//! Only training and its validation leave pictures out. The test people keep all their pictures, because removing
//! difficult pictures from the test would make its figures look better than they are.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Dataset;
use crate::files::{self, FileError, FileReason};
use crate::units::ImageId;

/// The largest file that is read, in bytes: tens of thousands of marks.
const MAX_BYTES: u64 = 4 << 20;

/// Two pictures, one of which has the wrong person.
pub type Mark = (ImageId, ImageId);

/// Why marks could not be read.
#[derive(Debug, thiserror::Error)]
pub enum MarksError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is not valid.
    #[error(
        "{}:{position}: {why}; fix the file, or remove it to mark nothing",
        files::shown(path)
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Line and column.
        position: String,
        /// The parser's reason.
        why: String,
    },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MarksFile {
    data: String,
    pairs: Vec<(String, String)>,
}

/// The marks of a data set, oldest first; empty if nothing was marked. `folder` is the folder with the files of marks.
///
/// # Errors
/// If the file exists and cannot be read or parsed. Ignoring it would train on wrong labels.
pub fn read(folder: &Path, dataset: &Dataset) -> Result<Vec<Mark>, MarksError> {
    // The fingerprint reads every pixel; skip it if nothing was ever marked.
    if std::fs::read_dir(folder).is_ok_and(|mut files| files.next().is_none()) || !folder.exists() {
        return Ok(Vec::new());
    }
    let path = file(folder, dataset);
    let bytes = match files::read_limited(&path, MAX_BYTES) {
        Err(FileError {
            reason: FileReason::NotFound,
            ..
        }) => return Ok(Vec::new()),
        other => other?,
    };
    let found: MarksFile = ron::de::from_bytes(&bytes).map_err(|error| MarksError::Damaged {
        path,
        position: error.span.start.to_string(),
        why: error.code.to_string(),
    })?;
    let labels = dataset.images.iter().enumerate();
    let known: HashMap<&str, ImageId> = labels
        .map(|(i, picture)| (picture.label.as_str(), ImageId(i)))
        .collect();
    let mark = |(a, b): &(String, String)| Some((*known.get(&**a)?, *known.get(&**b)?));
    Ok(found.pairs.iter().filter_map(mark).collect())
}

/// Stores all marks of a data set in place of the earlier ones; only the user can read the file.
///
/// # Errors
/// If the file cannot be written; the earlier file is unchanged then.
pub fn write(folder: &Path, dataset: &Dataset, marks: &[Mark]) -> Result<(), FileError> {
    let path = file(folder, dataset);
    let label = |image: ImageId| dataset.picture(image).label.clone();
    let marks = MarksFile {
        data: dataset.name.clone(),
        pairs: marks.iter().map(|&(a, b)| (label(a), label(b))).collect(),
    };
    let text = ron::ser::to_string_pretty(&marks, ron::ser::PrettyConfig::default())
        .map_err(|error| FileReason::Other(std::io::Error::other(error)).when("write", &path))?;
    files::write_private(&path, text.as_bytes())
}

/// `dataset` without the pictures of its marked pairs; see [`Dataset::leaving_out`].
pub fn leave_out(dataset: &Dataset, marks: &[Mark]) -> Dataset {
    dataset.leaving_out(marks.iter().flat_map(|&(a, b)| [a, b]))
}

fn file(folder: &Path, dataset: &Dataset) -> PathBuf {
    folder.join(format!("{}.ron", dataset.fingerprint_of_all()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Source, pairs};
    use crate::units::Seed;
    use crate::vision::{Crop, Preparation};

    fn faces() -> Dataset {
        Dataset::open(&Source::Orl, &Preparation::of(Crop::Whole)).expect("the built-in faces")
    }

    #[test]
    fn marks_come_back_for_the_same_pictures_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let (all, marks) = (
            faces(),
            [(ImageId(3), ImageId(55)), (ImageId(7), ImageId(9))],
        );
        assert_eq!(read(folder.path(), &all).expect("none"), []);
        write(folder.path(), &all, &marks).expect("it is written");
        assert_eq!(read(folder.path(), &all).expect("they are read"), marks);
        // The marks still belong to the data set after their pictures are left out.
        let rest = leave_out(&all, &marks);
        assert_eq!(read(folder.path(), &rest).expect("they are read"), marks);
        let other = Dataset::open(&Source::Orl, &Preparation::of(Crop::Centre)).expect("faces");
        assert_eq!(read(folder.path(), &other).expect("none"), []);
    }

    #[test]
    fn a_damaged_file_is_said_and_not_passed_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let all = faces();
        let path = file(folder.path(), &all);
        std::fs::write(&path, "(\n    data: 7,\n)").expect("a file");
        let said = read(folder.path(), &all)
            .expect_err("a mistake")
            .to_string();
        assert!(
            said.contains(".ron:2:") && said.contains("remove it"),
            "{said}"
        );
    }

    #[test]
    fn pictures_left_out_are_in_no_pair_and_the_data_set_is_still_known() {
        let all = faces();
        let marks = [(ImageId(3), ImageId(55))];
        let rest = leave_out(&all, &marks);
        assert_eq!(rest.left_out.len(), 2);
        let drawn = pairs::tutorial(&rest, &rest.everybody(), Seed(0), 0);
        assert_eq!(drawn.len(), 796);
        let meets = |image| drawn.iter().any(|p| p.a == image || p.b == image);
        assert!(!meets(ImageId(3)) && !meets(ImageId(55)) && meets(ImageId(4)));
        assert_ne!(rest.fingerprint(), all.fingerprint());
        assert!(all.made(&rest.fingerprint()) && rest.made(&all.fingerprint()));
        assert!(!all.made("0123"));
    }

    #[test]
    fn the_last_picture_of_a_person_stays() {
        let all = faces();
        let rest = all.leaving_out((0..10).map(ImageId));
        assert_eq!(rest.people[0].images, [ImageId(9)]);
        assert_eq!(rest.left_out.len(), 9);
    }
}
