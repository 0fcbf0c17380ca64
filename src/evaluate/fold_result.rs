//! The result of one fold: enough to pool it with others and to resample its people.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::measure::Space;
use super::{FoldId, Method, MethodError, OpenSet, Protocol, ProtocolError, Watch};
use crate::data::{Dataset, pairs};
use crate::files::{self, FileError};
use crate::metrics::{self, Comparison, Scores};
use crate::train::ValidationDistances;
use crate::units::{Distance, PersonId};

/// Version of the format; results of other versions are not mixed with these. Version 2 held similarities, version 3 log-odds
/// where version 4 holds nearness.
const VERSION: u32 = 4;
/// The oldest version that is read.
const WITH_SIMILARITIES: u32 = 2;
/// Far more than the comparisons of a few hundred people take.
const MAX_BYTES: u64 = 1 << 28;
/// The false match rate at which the threshold is frozen on validation people.
const FROZEN_FMR: f64 = 0.01;

/// A probe's person, and 1 if that person ranked first.
type Hits = Vec<(usize, u8)>;

/// The result of one fold. People are indices into the data set with [`fingerprint`](Self::fingerprint).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoldResult {
    version: u32,
    /// The method's name.
    pub method: String,
    /// SHA-256 of all that determines the result: method, data, protocol.
    pub key: String,
    /// Name of the data set.
    pub data: String,
    /// Its fingerprint.
    pub fingerprint: String,
    /// How people were divided into folds.
    pub protocol: Protocol,
    /// Which fold this is.
    #[serde(rename = "place")]
    pub id: FoldId,
    /// Number of training, validation and test people.
    pub people: [usize; 3],
    /// Seconds of training.
    pub seconds: f64,
    /// The epoch of the model that was tested.
    pub epochs: u32,
    /// The nearness from which 1 % of the validation people's non-mated comparisons are accepted.
    pub threshold: f32,
    /// Turns the nearness of a comparison into the calibrated log-odds that it is of one person: `scale · nearness + bias`.
    /// Versions 2 and 3 pooled the log-odds themselves.
    #[serde(default = "as_they_are")]
    log_odds: (f64, f64),
    /// EER of this model on the people who validate; unknown for a baseline, and for results of version 0.1.0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_eer: Option<f64>,
    /// Seconds and validation EER after each epoch.
    pub curve: Vec<(f64, f64)>,
    /// Every comparison of the tested people: the two people and their nearness, the negative distance.
    comparisons: Vec<(usize, usize, f32)>,
    /// Rank 1 among the tested people.
    hits: Hits,
    /// Rank 1 among tested and validation people together, all unseen in training.
    #[serde(rename = "hits_of_strangers")]
    hits_of_unseen: Hits,
    /// Rank 1 among everybody, as in the tutorial.
    hits_of_all: Hits,
    /// Open-set identification with one picture of everybody enrolled, at the frozen threshold.
    pub open_set: OpenSet,
}

/// Why results of folds cannot be made, read or put together.
#[derive(Debug, thiserror::Error)]
pub enum FoldError {
    /// The people cannot be divided.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// The training failed or was stopped.
    #[error(transparent)]
    Method(#[from] MethodError),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file holds no result of a fold.
    #[error("{} holds no fold of an evaluation ({why}): make it with `twinsight evaluate --folds K --fold I --json`", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Results of two evaluations.
    #[error("fold {} of assignment {} comes from another evaluation than the first one (other data, other folds, another seed or recipe): merge those of one", .0.fold, .0.assignment)]
    Mixed(FoldId),
}

/// Results of folds in a JSON document, which may hold other keys.
#[derive(Debug, Serialize, Deserialize)]
pub struct FoldResults {
    /// The results, in any order.
    pub pieces: Vec<FoldResult>,
}

impl FoldResult {
    /// Trains and tests one fold; `watch` is told how far it is, and asked whether to continue.
    ///
    /// # Errors
    /// [`FoldError`] if the people cannot be divided, or the training fails or is stopped.
    pub fn make(
        method: &Method,
        dataset: &Dataset,
        (protocol, id): (Protocol, FoldId),
        watch: Watch<'_>,
    ) -> Result<Self, FoldError> {
        let everybody = dataset.everybody();
        let split = protocol.split(&everybody, id)?;
        let learned = method.learn(dataset, &split, watch)?;
        let space = Space {
            dataset,
            embedded: &learned.embedded,
        };
        let among = pairs::all(dataset, &split.validation);
        let across = pairs::across(dataset, &split.validation, &split.train);
        let distances = ValidationDistances::new(&learned.embedded, &among, &across);
        let distances = match method.separates_training_people() {
            true => distances.matched(split.validation.len()),
            false => distances,
        };
        let validation = distances.calibrate(learned.head);
        let seed = protocol.seed;
        let near = |distances: &[f32]| distances.iter().map(|&d| nearness(Distance(d))).collect();
        let scores = Scores {
            mated: near(&validation.distances.mated),
            non_mated: near(&validation.distances.non_mated),
        };
        let threshold = metrics::threshold_at_fmr(&scores, FROZEN_FMR);
        let accepted = |distance| nearness(distance) >= threshold.0;
        let (weight, bias) = validation.line();
        let unseen = [&split.test[..], &split.validation].concat();
        Ok(Self {
            version: VERSION,
            method: method.name().to_owned(),
            key: key(method, dataset, protocol),
            data: dataset.name.clone(),
            fingerprint: dataset.fingerprint(),
            protocol,
            id,
            people: [&split.train, &split.validation, &split.test].map(Vec::len),
            seconds: learned.seconds,
            epochs: learned.epochs,
            threshold: threshold.0,
            log_odds: (-weight, bias),
            validation_eer: learned.validation_eer.filter(|eer| eer.is_finite()),
            curve: learned.curve,
            comparisons: compared(space, &split.test),
            hits: plain(&space.hits(&split.test, &split.test, seed)),
            hits_of_unseen: plain(&space.hits(&split.test, &unseen, seed)),
            hits_of_all: plain(&space.hits(&split.test, &everybody, seed)),
            open_set: space.open_set(&split.test, &everybody, seed, accepted),
        })
    }

    /// Reads the results in a JSON document.
    ///
    /// # Errors
    /// [`FoldError`] if the file cannot be read or holds none.
    pub fn read(path: &Path) -> Result<Vec<Self>, FoldError> {
        let damaged = |why: String| FoldError::Damaged {
            path: path.to_owned(),
            why,
        };
        let bytes = files::read_limited(path, MAX_BYTES)?;
        let FoldResults { pieces } =
            serde_json::from_slice(&bytes).map_err(|e| damaged(e.to_string()))?;
        match pieces.iter().find(|result| !result.is_sane()) {
            Some(_) => Err(damaged("its numbers make no sense".to_owned())),
            None if pieces.is_empty() => Err(damaged("its list is empty".to_owned())),
            None => Ok(pieces.into_iter().map(Self::with_log_odds).collect()),
        }
    }

    /// Whether a file looks like a complete JSON document with results: it begins with `{`, and ends with `]}`, as the list of
    /// results is the last in it. Nothing else of it is read.
    pub fn is_complete(path: &Path) -> bool {
        ends_of(path).is_ok_and(|(first, end)| {
            let end: Vec<u8> = end
                .into_iter()
                .filter(|b| !b.is_ascii_whitespace())
                .collect();
            first == b'{' && end.ends_with(b"]}")
        })
    }

    /// Writes this result to a file of its own, readable by its owner only.
    ///
    /// # Errors
    /// [`FoldError::File`]; an older file then stays.
    ///
    /// # Panics
    /// Never: the result is plain data.
    pub fn write(&self, path: &Path) -> Result<(), FoldError> {
        let document = FoldResults {
            pieces: vec![self.clone()],
        };
        let bytes = serde_json::to_vec(&document).expect("a result can be written");
        Ok(files::write_private(path, &bytes)?)
    }

    /// A result of version 2 with log-odds in the place of similarities.
    fn with_log_odds(mut self) -> Self {
        if self.version == WITH_SIMILARITIES {
            self.threshold = log_odds(self.threshold);
            let scores = self
                .comparisons
                .iter_mut()
                .map(|comparison| &mut comparison.2);
            scores.for_each(|score| *score = log_odds(*score));
        }
        self
    }

    /// Indices of people must be small: intervals count people in a table.
    fn is_sane(&self) -> bool {
        const MOST: usize = 1_000_000;
        let hits = [&self.hits, &self.hits_of_unseen, &self.hits_of_all];
        let numbers = hits.into_iter().flatten().map(|hit| hit.0);
        (WITH_SIMILARITIES..=VERSION).contains(&self.version)
            && self.comparisons.iter().all(|c| c.0.max(c.1) < MOST)
            && numbers.max().unwrap_or(0) < MOST
    }

    /// The comparisons of the tested people, with nearness as their scores.
    pub fn comparisons(&self) -> impl Iterator<Item = Comparison> + '_ {
        self.comparisons
            .iter()
            .map(|&(a, b, similarity)| Comparison {
                a: PersonId(a),
                b: PersonId(b),
                similarity,
            })
    }

    /// The equal error rate of this fold alone.
    pub fn eer(&self) -> f64 {
        metrics::eer(&Scores::of(&self.comparisons().collect::<Vec<_>>())).rate
    }

    /// The calibrated log-odds that a comparison of this fold is of one person.
    pub fn log_odds(&self, comparison: &Comparison) -> f32 {
        let (scale, bias) = self.log_odds;
        (scale * f64::from(comparison.similarity) + bias) as f32
    }

    /// Hits at rank 1 among the tested people, among all unseen people, and among everybody.
    pub fn hits(&self) -> [Vec<(PersonId, f64)>; 3] {
        [&self.hits, &self.hits_of_unseen, &self.hits_of_all].map(|hits| {
            let hit = |&(person, first): &(usize, u8)| (PersonId(person), f64::from(first));
            hits.iter().map(hit).collect()
        })
    }
}

/// The first byte of a file, and the last few.
fn ends_of(path: &Path) -> io::Result<(u8, Vec<u8>)> {
    const LAST: u64 = 16;
    let mut file = File::open(path)?;
    let mut first = [0];
    file.read_exact(&mut first)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LAST)))?;
    let mut end = Vec::new();
    file.take(LAST).read_to_end(&mut end)?;
    Ok((first[0], end))
}

/// Close distances are told apart by it, whose similarities are rounded to 1.
fn nearness(distance: Distance) -> f32 {
    -distance.0
}

/// The log-odds of log-odds.
fn as_they_are() -> (f64, f64) {
    (1.0, 0.0)
}

/// The log-odds of a similarity, finite for 0 and 1 too.
fn log_odds(similarity: f32) -> f32 {
    let probability = f64::from(similarity).clamp(1e-38, 1.0 - 1e-9);
    match similarity.is_nan() {
        true => similarity,
        false => (probability / (1.0 - probability)).ln() as f32,
    }
}

/// Every unordered pair of pictures of `people`: the two people and their nearness.
fn compared(space: Space<'_>, people: &[PersonId]) -> Vec<(usize, usize, f32)> {
    let person = |image| space.dataset.person_of(image).0;
    let compare = |pair: pairs::Pair| {
        let distance = space.embedded.distance(pair.a, pair.b);
        (person(pair.a), person(pair.b), nearness(distance))
    };
    let all = pairs::all(space.dataset, people);
    all.into_iter().map(compare).collect()
}

fn plain(hits: &[(PersonId, f64)]) -> Hits {
    let hit = |&(person, first): &(PersonId, f64)| (person.0, u8::from(first > 0.0));
    hits.iter().map(hit).collect()
}

/// What the results of one evaluation by one method have in common.
pub fn key(method: &Method, dataset: &Dataset, protocol: Protocol) -> String {
    let Protocol { folds, seed, .. } = protocol;
    // Without the number of assignments: more can be added later.
    let what = format!(
        "{VERSION}\n{}\n{}\n{folds}\n{}",
        method.description(),
        dataset.fingerprint(),
        seed.0
    );
    let digest = Sha256::digest(what);
    digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As version 0.1.0 wrote it, with one mated and one non-mated comparison.
    const OLD: &str = r#"{"pieces": [{"version": 2, "method": "compact", "key": "0", "data": "orl", "fingerprint": "f",
        "protocol": {"folds": 8, "assignments": 1, "seed": 0}, "place": {"assignment": 0, "fold": 3}, "people": [30, 5, 5],
        "seconds": 1.0, "epochs": 2, "threshold": 0.5, "curve": [], "comparisons": [[0, 0, 0.75], [0, 1, 0.25]], "hits": [],
        "hits_of_strangers": [], "hits_of_all": [],
        "open_set": {"named": 0, "misnamed": 0, "missed": 0, "unknown": 0, "mistaken": 0}}]}"#;

    #[test]
    fn results_of_version_0_1_0_are_pooled_by_their_log_odds() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fold.json");
        std::fs::write(&path, OLD).unwrap();
        let read = FoldResult::read(&path).unwrap();
        let scores: Vec<Comparison> = read[0].comparisons().collect();
        let third = 3_f32.ln();
        assert!((scores[0].similarity - third).abs() < 1e-6);
        assert!((scores[1].similarity + third).abs() < 1e-6);
        assert_eq!(read[0].log_odds(&scores[0]), scores[0].similarity);
        assert!(read[0].threshold.abs() < 1e-6, "accepted above even odds");
    }

    #[test]
    fn nearness_becomes_the_log_odds_of_the_calibration() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fold.json");
        let new = OLD
            .replace(
                "\"version\": 2",
                "\"version\": 4, \"log_odds\": [10.0, 8.0]",
            )
            .replace("0.75", "-0.5")
            .replace("0.25", "-1.0");
        std::fs::write(&path, new).unwrap();
        let read = FoldResult::read(&path).unwrap();
        let log_odds = read[0].comparisons().map(|c| read[0].log_odds(&c));
        assert_eq!(log_odds.collect::<Vec<_>>(), [3.0, -2.0]);
        read[0].write(&path).unwrap();
        assert!(FoldResult::is_complete(&path));
        assert_eq!(FoldResult::read(&path).unwrap(), read);
    }
}
