//! The result of one fold: enough to pool it with others and to resample its people.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::measure::Space;
use super::{FoldId, Measured, Method, MethodError, OpenSet, Protocol, ProtocolError, Watch};
use crate::data::{Dataset, pairs};
use crate::files::{self, FileError};
use crate::metrics::{self, Comparison};
use crate::train::ValidationDistances;
use crate::units::PersonId;

/// Version of the format; results of other versions are not mixed with these. Version 2 held similarities where version 3
/// holds log-odds.
const VERSION: u32 = 3;
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
    /// The log-odds at which 1 % of the validation people's non-mated comparisons are accepted.
    pub threshold: f32,
    /// Seconds and validation EER after each epoch.
    pub curve: Vec<(f64, f64)>,
    /// Every comparison of the tested people: the two people, and the calibrated log-odds that they are one.
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
    /// Trains and tests one fold; `watch` is asked whether to continue.
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
        let validation =
            ValidationDistances::new(&learned.embedded, &among, &across).calibrate(learned.head);
        let seed = protocol.seed;
        let measured = Measured::new(
            dataset,
            &split.test,
            &learned.embedded,
            |distance| validation.log_odds(distance),
            seed,
        );
        let threshold = metrics::threshold_at_fmr(&validation.log_odds_of_all(), FROZEN_FMR);
        let accepted = |distance| validation.log_odds(distance) >= threshold.0;
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
            curve: learned.curve,
            comparisons: numbered(&measured.comparisons),
            hits: plain(&measured.hits),
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

    /// The same result with log-odds in the place of similarities.
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

    /// The comparisons of the tested people, with log-odds as their scores.
    pub fn comparisons(&self) -> impl Iterator<Item = Comparison> + '_ {
        self.comparisons
            .iter()
            .map(|&(a, b, similarity)| Comparison {
                a: PersonId(a),
                b: PersonId(b),
                similarity,
            })
    }

    /// Hits at rank 1 among the tested people, among all unseen people, and among everybody.
    pub fn hits(&self) -> [Vec<(PersonId, f64)>; 3] {
        [&self.hits, &self.hits_of_unseen, &self.hits_of_all].map(|hits| {
            let hit = |&(person, first): &(usize, u8)| (PersonId(person), f64::from(first));
            hits.iter().map(hit).collect()
        })
    }
}

/// The log-odds of a similarity, finite for 0 and 1 too.
fn log_odds(similarity: f32) -> f32 {
    let probability = f64::from(similarity).clamp(1e-38, 1.0 - 1e-9);
    match similarity.is_nan() {
        true => similarity,
        false => (probability / (1.0 - probability)).ln() as f32,
    }
}

fn numbered(comparisons: &[Comparison]) -> Vec<(usize, usize, f32)> {
    let row = |c: &Comparison| (c.a.0, c.b.0, c.similarity);
    comparisons.iter().map(row).collect()
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
