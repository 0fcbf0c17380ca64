//! The protocol of Labeled Faces in the Wild (Huang et al. 2007), "View 2", for folders laid out as LFW is:
//! `name/name_0001.jpg`.
//!
//! `pairs.txt` begins with the number of sets and of pairs of each kind in a set. Then each set lists its mated pairs as
//! `name n1 n2` and its non-mated ones as `name1 n1 name2 n2`, separated by tabs. Each set is classified at the threshold that
//! is most accurate on the other sets; the result is the mean accuracy over the sets with its standard error.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::figures;
use crate::data::{Dataset, pairs::Pair};
use crate::files::{self, FileError, clean};
use crate::metrics::{Comparison, Estimate, Scores, Tally};
use crate::units::{ImageId, Threshold};

/// LFW's own file has 150 kB.
const MAX_BYTES: u64 = 1 << 24;
/// The most sets or pairs that a first line may announce.
const MOST: usize = 100_000;

/// The pairs of each set.
pub type Sets = Vec<Vec<Pair>>;

/// Why the pairs cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LfwError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A line is wrong.
    #[error("{}, line {line}: {why}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        why: LineError,
    },
}

/// What is wrong with a line, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// The first line.
    #[error(
        "the first line must hold the number of sets and of pairs of each kind in a set, such as `10 300`"
    )]
    Counts,
    /// The file is too short.
    #[error("the file ends in set {set} of {sets}")]
    Ends {
        /// The last set that is there, from 1.
        set: usize,
        /// The announced number of sets.
        sets: usize,
    },
    /// A picture has no valid number.
    #[error("\"{}\" is no number of a picture", clean(.0))]
    Number(String),
    /// The data set lacks a picture.
    #[error("there is no picture {name}/{name}_{number:04} among the data, or it was refused", name = clean(name))]
    NoPicture {
        /// The person.
        name: String,
        /// The picture's number.
        number: usize,
    },
    /// A mated pair of another form.
    #[error("a mated pair is `name`, tab, number, tab, number")]
    Mated,
    /// A non-mated pair of another form.
    #[error("a non-mated pair is `name`, number, `name`, number, apart by tabs")]
    NonMated,
}

/// The result of View 2.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Accuracy {
    /// Mean over the sets, from 0 to 1.
    pub mean: f64,
    /// Standard error of that mean.
    pub standard_error: f64,
    /// The accuracy of each set.
    pub sets: Vec<f64>,
}

/// How much one model is better than another on the same pairs: its figure less the other's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PairedDifference {
    /// Of the mean accuracies.
    pub accuracy: f64,
    /// Standard error of that: the differences within the sets, over their number.
    pub accuracy_error: f64,
    /// Of the equal error rates.
    pub eer: Estimate,
    /// Of the areas under the ROC curve.
    pub auc: Estimate,
}

/// The scores of the comparisons of each set.
pub fn scores_of(sets: &[Vec<Comparison>]) -> Vec<Scores> {
    sets.iter().map(|set| Scores::of(set)).collect()
}

/// The difference of two models on the comparisons of the same sets. The intervals are paired: the same people are
/// left out of both.
///
/// # Panics
/// If there are fewer than two sets.
pub fn difference(a: &[Vec<Comparison>], b: &[Vec<Comparison>]) -> PairedDifference {
    let [own, other] = [a, b].map(|sets| accuracy(&scores_of(sets)).sets);
    let (accuracy, accuracy_error) = mean(own.iter().zip(other).map(|(a, b)| a - b).collect());
    let [eer, auc] = figures::difference(&a.concat(), &b.concat());
    PairedDifference {
        accuracy,
        accuracy_error,
        eer,
        auc,
    }
}

/// The mean of values, and its standard error.
fn mean(values: Vec<f64>) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, (variance / count).sqrt())
}

/// Reads `pairs.txt` and finds its pictures in `dataset`.
///
/// # Errors
/// [`LfwError`] names the line that has another form, or a picture that the data set lacks.
pub fn read(path: &Path, dataset: &Dataset) -> Result<Sets, LfwError> {
    let bytes = files::read_limited(path, MAX_BYTES)?;
    let pictures = Pictures::of(dataset);
    let text = String::from_utf8_lossy(&bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    parse(text, &pictures).map_err(|(line, why)| LfwError::Line {
        path: path.to_owned(),
        line,
        why,
    })
}

/// Pictures by person and number, as LFW numbers them.
#[derive(Debug, Default)]
pub struct Pictures(HashMap<(String, usize), ImageId>);

impl Pictures {
    /// The pictures of a data set: the number follows the last underscore of a file's name.
    pub fn of(dataset: &Dataset) -> Self {
        let entry = |(index, picture): (usize, &crate::data::Picture)| {
            let person = dataset.person(picture.person).name.clone();
            let stem = Path::new(&picture.label).file_stem()?.to_str()?;
            let number = stem.rsplit('_').next()?.parse().ok()?;
            Some(((person, number), ImageId(index)))
        };
        Self(
            dataset
                .images
                .iter()
                .enumerate()
                .filter_map(entry)
                .collect(),
        )
    }

    fn find(&self, name: &str, number: &str) -> Result<ImageId, LineError> {
        let wrong = |_| LineError::Number(number.to_owned());
        let number: usize = number.parse().map_err(wrong)?;
        let name = name.to_owned();
        let key = (name, number);
        self.0.get(&key).copied().ok_or(LineError::NoPicture {
            name: key.0,
            number,
        })
    }
}

/// Parses the text of `pairs.txt`.
///
/// # Errors
/// The line, counted from 1, and what is wrong with it.
pub fn parse(text: &str, pictures: &Pictures) -> Result<Sets, (usize, LineError)> {
    let mut lines = (1..).zip(text.lines());
    let (_, first) = lines.next().unwrap_or((1, ""));
    let numbers: Vec<usize> = first.split_whitespace().flat_map(str::parse).collect();
    let (&[sets, each], true) = (&numbers[..], numbers.iter().all(|n| (1..=MOST).contains(n)))
    else {
        return Err((1, LineError::Counts));
    };
    let mut found = Sets::new();
    let mut at = 1;
    for _ in 0..sets {
        let mut set = Vec::new();
        for index in 0..2 * each {
            let missing = || {
                let set = found.len() + 1;
                (at + 1, LineError::Ends { set, sets })
            };
            let (line, text) = lines.next().ok_or_else(missing)?;
            at = line;
            set.push(pair(text, index < each, pictures).map_err(|why| (line, why))?);
        }
        found.push(set);
    }
    Ok(found)
}

fn pair(line: &str, same: bool, pictures: &Pictures) -> Result<Pair, LineError> {
    let fields: Vec<&str> = line.split('\t').map(str::trim).collect();
    let (a, b) = match (same, &fields[..]) {
        (true, &[name, a, b]) => (pictures.find(name, a)?, pictures.find(name, b)?),
        (false, &[left, a, right, b]) => (pictures.find(left, a)?, pictures.find(right, b)?),
        (true, _) => return Err(LineError::Mated),
        (false, _) => return Err(LineError::NonMated),
    };
    Ok(Pair { a, b, same })
}

/// The accuracy of each set at the threshold that is best on the others.
///
/// # Panics
/// If there are fewer than two sets.
pub fn accuracy(sets: &[Scores]) -> Accuracy {
    assert!(sets.len() > 1, "each set needs others for its threshold");
    let accuracies: Vec<f64> = (0..sets.len())
        .map(|set| {
            let mut others = Scores::default();
            let rest = sets.iter().enumerate().filter(|(i, _)| *i != set);
            rest.for_each(|(_, scores)| others.extend(scores));
            let threshold = most_accurate(&others);
            correct(&Tally::new(&sets[set]), threshold, &sets[set])
        })
        .collect();
    let (mean, standard_error) = mean(accuracies.clone());
    Accuracy {
        mean,
        standard_error,
        sets: accuracies,
    }
}

fn most_accurate(scores: &Scores) -> Threshold {
    let (mated, non_mated) = (scores.mated.len() as f64, scores.non_mated.len() as f64);
    let wrong = |p: &crate::metrics::OperatingPoint| p.fnmr * mated + p.fmr * non_mated;
    let points = Tally::new(scores).points();
    let best = points.iter().min_by(|a, b| wrong(a).total_cmp(&wrong(b)));
    best.map_or(Threshold::default(), |point| point.threshold)
}

fn correct(tally: &Tally, threshold: Threshold, scores: &Scores) -> f64 {
    let point = tally.at(threshold);
    let (mated, non_mated) = (scores.mated.len() as f64, scores.non_mated.len() as f64);
    1.0 - (point.fnmr * mated + point.fmr * non_mated) / (mated + non_mated)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pictures() -> Pictures {
        let all = [("Ann", 1), ("Ann", 2), ("Bob", 1), ("Bob", 2)];
        let entry = |(i, (name, n)): (usize, (&str, usize))| ((name.to_owned(), n), ImageId(i));
        Pictures(all.into_iter().enumerate().map(entry).collect())
    }

    #[test]
    fn pairs_are_read_set_by_set() {
        let text = "2\t1\nAnn\t1\t2\nAnn\t1\tBob\t2\nBob\t1\t2\nAnn\t2\tBob\t1\n";
        let sets = parse(text, &pictures()).unwrap();
        let pair = |a, b, same| Pair {
            a: ImageId(a),
            b: ImageId(b),
            same,
        };
        assert_eq!(sets[0], [pair(0, 1, true), pair(0, 3, false)]);
        assert_eq!(sets[1], [pair(2, 3, true), pair(1, 2, false)]);
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        let error = |text: &str| parse(text, &pictures()).unwrap_err();
        assert_eq!(error("").0, 1);
        assert_eq!(error("10").0, 1);
        assert_eq!(error("99999999999 3").0, 1);
        let (line, why) = error("1\t1\nAnn\t1\t2\nAnn\t1\tEve\t2\n");
        assert_eq!(line, 3);
        assert_eq!(
            why.to_string(),
            "there is no picture Eve/Eve_0002 among the data, or it was refused"
        );
        assert_eq!(error("1\t1\nAnn\t1\tBob\t2\n").0, 2);
        assert_eq!(
            error("2\t1\nAnn\t1\t2\nAnn\t1\tBob\t2\n"),
            (4, LineError::Ends { set: 2, sets: 2 })
        );
    }

    #[test]
    fn a_set_is_judged_by_the_threshold_of_the_others() {
        let set = |mated: &[f32], non_mated: &[f32]| Scores {
            mated: mated.to_vec(),
            non_mated: non_mated.to_vec(),
        };
        // The others part at 0.5 exactly; the last set has a mated pair below and a non-mated one above it.
        let good = set(&[0.8, 0.9], &[0.1, 0.2]);
        let odd = set(&[0.15, 0.9], &[0.1, 0.85]);
        let accuracy = accuracy(&[good.clone(), good, odd]);
        assert_eq!(accuracy.sets[2], 0.5);
        assert!(accuracy.mean > 0.5 && accuracy.standard_error > 0.0);
    }
}
