//! What a method said of one fold: enough to pool it with others and to resample its people.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::measure::Space;
use super::{Measured, Method, MethodError, OpenSet, Place, Protocol, ProtocolError, Told};
use crate::data::Dataset;
use crate::files::{self, FileError};
use crate::metrics::{self, Comparison, Logistic, Prior, Scores};
use crate::units::{Distance, PersonId};

/// Version of the format; pieces of another are not mixed with these.
const VERSION: u32 = 2;
/// Far more than the comparisons of a few hundred people.
const MAX_BYTES: u64 = 1 << 28;
/// The false match rate at which the threshold is frozen on validation people.
const FROZEN_FMR: f64 = 0.01;

/// A probe's person, and 1 if that person came first.
type Hits = Vec<(usize, u8)>;

/// One fold, tested. People are numbers, their places in the data set with [`fingerprint`](Self::fingerprint).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    version: u32,
    /// The method's name.
    pub method: String,
    /// SHA-256 of all that decides the result: method, data, protocol.
    pub key: String,
    /// Name of the data set.
    pub data: String,
    /// Its fingerprint.
    pub fingerprint: String,
    /// How people were divided.
    pub protocol: Protocol,
    /// Which fold this is.
    pub place: Place,
    /// How many people were learnt from, how many validated, how many were tested.
    pub people: [usize; 3],
    /// Seconds of learning.
    pub seconds: f64,
    /// Epochs behind the model that was asked.
    pub epochs: u32,
    /// Similarity from which on the validation people are falsely matched in 1 % of comparisons.
    pub threshold: f32,
    /// Seconds and validation EER after each epoch.
    pub curve: Vec<(f64, f64)>,
    /// Every comparison of the tested people: whom the two pictures show, and the calibrated similarity.
    comparisons: Vec<(usize, usize, f32)>,
    /// Rank 1 among the tested people.
    hits: Hits,
    /// Rank 1 among tested and validation people together: strangers to the weights.
    hits_of_strangers: Hits,
    /// Rank 1 among everybody, as in the tutorial.
    hits_of_all: Hits,
    /// Who is this, or nobody known? One picture of everybody enrolled, at the frozen threshold.
    pub open_set: OpenSet,
}

/// Why pieces cannot be made, read or put together.
#[derive(Debug, thiserror::Error)]
pub enum PieceError {
    /// The people cannot be divided.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// Nothing was learnt.
    #[error(transparent)]
    Method(#[from] MethodError),
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// Not a piece.
    #[error("{} holds no piece of an evaluation ({why}): make it with `twinsight evaluate --folds K --fold I --json`", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Pieces of two evaluations.
    #[error("piece {} of assignment {} comes from another evaluation than the first one (other data, other folds, another seed or recipe): merge those of one", .0.fold, .0.assignment)]
    Mixed(Place),
}

/// Pieces in a JSON document, alone or among other things.
#[derive(Debug, Serialize, Deserialize)]
pub struct Pieces {
    /// In any order.
    pub pieces: Vec<Piece>,
}

impl Piece {
    /// Learns and tests one fold.
    ///
    /// # Errors
    /// [`PieceError`] if the people cannot be divided or nothing is learnt.
    pub fn make(
        method: &Method,
        dataset: &Dataset,
        (protocol, place): (Protocol, Place),
        go_on: Told<'_>,
    ) -> Result<Self, PieceError> {
        let everybody = dataset.everybody();
        let split = protocol.split(&everybody, place)?;
        let learnt = method.learn(dataset, &split, go_on)?;
        let space = Space {
            dataset,
            embedded: &learnt.embedded,
        };
        let [mated, non_mated] = space.distances(&split.validation);
        // With validation people that have one picture each there is nothing to fit: nearer is then just more alike.
        let calibration = Logistic::fit(&mated, &non_mated, Prior::Even).unwrap_or(UNFITTED);
        let similarity = |distance: f32| calibration.probability(distance) as f32;
        let similarities = |kind: Vec<f32>| kind.into_iter().map(similarity).collect();
        // As after an epoch: a threshold also has to keep strangers from being taken for training people.
        let across = space.across(&split.validation, &split.train);
        let validation = Scores {
            mated: similarities(mated),
            non_mated: similarities([non_mated, across].concat()),
        };
        let seed = protocol.seed;
        let measured = Measured::new(
            dataset,
            &split.test,
            &learnt.embedded,
            |Distance(distance)| similarity(distance),
            seed,
        );
        let threshold = metrics::threshold_at_fmr(&validation, FROZEN_FMR);
        let accepted = |Distance(distance)| similarity(distance) >= threshold.0;
        let strangers = [&split.test[..], &split.validation].concat();
        Ok(Self {
            version: VERSION,
            method: method.name().to_owned(),
            key: key(method, dataset, protocol),
            data: dataset.name.clone(),
            fingerprint: dataset.fingerprint(),
            protocol,
            place,
            people: [&split.train, &split.validation, &split.test].map(Vec::len),
            seconds: learnt.seconds,
            epochs: learnt.epochs,
            threshold: threshold.0,
            curve: learnt.curve,
            comparisons: numbered(&measured.comparisons),
            hits: plain(&measured.hits),
            hits_of_strangers: plain(&space.hits(&split.test, &strangers, seed)),
            hits_of_all: plain(&space.hits(&split.test, &everybody, seed)),
            open_set: space.open_set(&split.test, &everybody, seed, accepted),
        })
    }

    /// Reads the pieces in a JSON document.
    ///
    /// # Errors
    /// [`PieceError`] if the file cannot be read or holds none.
    pub fn read(path: &Path) -> Result<Vec<Self>, PieceError> {
        let damaged = |why: String| PieceError::Damaged {
            path: path.to_owned(),
            why,
        };
        let bytes = files::read_limited(path, MAX_BYTES)?;
        let Pieces { pieces } =
            serde_json::from_slice(&bytes).map_err(|e| damaged(e.to_string()))?;
        match pieces.iter().find(|piece| !piece.is_sane()) {
            Some(_) => Err(damaged("its numbers make no sense".to_owned())),
            None if pieces.is_empty() => Err(damaged("its list is empty".to_owned())),
            None => Ok(pieces),
        }
    }

    /// Writes this piece as a document of its own, for its owner only.
    ///
    /// # Errors
    /// [`PieceError::File`]; what was there stays.
    ///
    /// # Panics
    /// Never: a piece is plain data.
    pub fn write(&self, path: &Path) -> Result<(), PieceError> {
        let document = Pieces {
            pieces: vec![self.clone()],
        };
        let bytes = serde_json::to_vec(&document).expect("a piece can be written");
        Ok(files::write_private(path, &bytes)?)
    }

    /// People by number must stay small: intervals count them in a table.
    fn is_sane(&self) -> bool {
        const MOST: usize = 1_000_000;
        let hits = [&self.hits, &self.hits_of_strangers, &self.hits_of_all];
        let numbers = hits.into_iter().flatten().map(|hit| hit.0);
        self.version == VERSION
            && self.comparisons.iter().all(|c| c.0.max(c.1) < MOST)
            && numbers.max().unwrap_or(0) < MOST
    }

    /// The comparisons of the tested people.
    pub fn comparisons(&self) -> impl Iterator<Item = Comparison> + '_ {
        self.comparisons
            .iter()
            .map(|&(a, b, similarity)| Comparison {
                a: PersonId(a),
                b: PersonId(b),
                similarity,
            })
    }

    /// Rank 1 among the tested people, among all strangers to the weights, among everybody.
    pub fn hits(&self) -> [Vec<(PersonId, f64)>; 3] {
        [&self.hits, &self.hits_of_strangers, &self.hits_of_all].map(|hits| {
            let hit = |&(person, first): &(usize, u8)| (PersonId(person), f64::from(first));
            hits.iter().map(hit).collect()
        })
    }
}

/// Falls with the distance.
const UNFITTED: Logistic = Logistic {
    weight: -1.0,
    bias: 0.0,
};

fn numbered(comparisons: &[Comparison]) -> Vec<(usize, usize, f32)> {
    let row = |c: &Comparison| (c.a.0, c.b.0, c.similarity);
    comparisons.iter().map(row).collect()
}

fn plain(hits: &[(PersonId, f64)]) -> Hits {
    let hit = |&(person, first): &(PersonId, f64)| (person.0, u8::from(first > 0.0));
    hits.iter().map(hit).collect()
}

/// What the pieces of one evaluation by one method have in common.
pub fn key(method: &Method, dataset: &Dataset, protocol: Protocol) -> String {
    let Protocol { folds, seed, .. } = protocol;
    // Not the number of assignments: more can be added to those that are there.
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
