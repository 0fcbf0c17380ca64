//! How people are divided into folds: who is tested, who validates, who trains.

use serde::{Deserialize, Serialize};

use crate::data::split::{Split, SplitError, folds};
use crate::units::{PersonId, Seed};

/// Folds of people, with several assignments of people to folds.
///
/// 8 folds of the 40 ORL people: 5 are tested, 5 validate, 30 train, which gives 225 mated and 1,000 non-mated comparisons per
/// fold. One assignment compares only 80 pairs of different people, so there can be several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protocol {
    /// Folds per assignment.
    pub folds: usize,
    /// Number of assignments.
    pub assignments: u64,
    /// Seed of the assignments.
    pub seed: Seed,
}

/// One fold of one assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FoldId {
    /// Which assignment, from 0.
    pub assignment: u64,
    /// Which of its folds, from 0.
    pub fold: usize,
}

/// Why people cannot be divided into these folds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// One fold is tested and one validates, so there must be a third to train on.
    #[error(
        "{0} folds leave nobody to learn from (one is tested, one validates): ask for at least 3"
    )]
    TooFewFolds(usize),
    /// No such fold.
    #[error("there is no fold {asked}: {folds} folds in {assignments} assignments are numbered 0 to {}", folds * *assignments as usize - 1)]
    NoFold {
        /// The number that was asked for.
        asked: usize,
        /// Folds per assignment.
        folds: usize,
        /// Number of assignments.
        assignments: u64,
    },
    /// There are not enough people.
    #[error(transparent)]
    Split(#[from] SplitError),
}

impl Protocol {
    /// All folds, assignment by assignment.
    pub fn fold_ids(&self) -> Vec<FoldId> {
        let folds = self.folds;
        (0..self.assignments)
            .flat_map(|assignment| (0..folds).map(move |fold| FoldId { assignment, fold }))
            .collect()
    }

    /// The fold with a number: assignment · folds + fold.
    ///
    /// # Errors
    /// [`ProtocolError::NoFold`] if the protocol has fewer.
    pub fn fold_id(&self, number: usize) -> Result<FoldId, ProtocolError> {
        let id = self.fold_ids().get(number).copied();
        id.ok_or(ProtocolError::NoFold {
            asked: number,
            folds: self.folds,
            assignments: self.assignments,
        })
    }

    /// The people of a fold: the fold itself is tested, the next one (the first after the last) validates, all others train. So
    /// everybody is tested once and validates once in each assignment.
    ///
    /// # Errors
    /// [`ProtocolError`] if there are too few people or folds.
    pub fn split(&self, people: &[PersonId], id: FoldId) -> Result<Split, ProtocolError> {
        if self.folds < 3 {
            return Err(ProtocolError::TooFewFolds(self.folds));
        }
        let dealt = folds(people, self.folds, id.assignment, self.seed)?;
        let test = dealt[id.fold].clone();
        let validation = dealt[(id.fold + 1) % self.folds].clone();
        let mut train: Vec<PersonId> = people.to_vec();
        train.retain(|person| !test.contains(person) && !validation.contains(person));
        Ok(Split {
            train,
            validation,
            test,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROTOCOL: Protocol = Protocol {
        folds: 8,
        assignments: 2,
        seed: Seed(3),
    };

    #[test]
    fn everybody_is_tested_once_and_validates_once_in_each_assignment() {
        let people: Vec<PersonId> = (0..41).map(PersonId).collect();
        for assignment in 0..2 {
            let (mut tested, mut validated) = (Vec::new(), Vec::new());
            for fold in 0..8 {
                let split = PROTOCOL
                    .split(&people, FoldId { assignment, fold })
                    .unwrap();
                let mut all = [&split.train[..], &split.validation, &split.test].concat();
                all.sort_unstable();
                assert_eq!(all, people, "three disjoint groups");
                tested.extend(split.test);
                validated.extend(split.validation);
            }
            tested.sort_unstable();
            validated.sort_unstable();
            assert_eq!((&tested, &validated), (&people, &people));
        }
        let first = PROTOCOL.split(&people, PROTOCOL.fold_id(0).unwrap());
        assert_ne!(first, PROTOCOL.split(&people, PROTOCOL.fold_id(8).unwrap()));
    }

    #[test]
    fn what_cannot_be_divided_is_refused() {
        let people: Vec<PersonId> = (0..10).map(PersonId).collect();
        let with = |folds| Protocol { folds, ..PROTOCOL };
        let id = FoldId {
            assignment: 0,
            fold: 0,
        };
        assert_eq!(
            with(2).split(&people, id).unwrap_err().to_string(),
            "2 folds leave nobody to learn from (one is tested, one validates): ask for at least 3"
        );
        assert!(with(6).split(&people, id).is_err());
        assert_eq!(
            PROTOCOL.fold_id(16).unwrap_err().to_string(),
            "there is no fold 16: 8 folds in 2 assignments are numbered 0 to 15"
        );
    }
}
