//! Who is asked about, who calibrates, and who is learnt from.

use serde::{Deserialize, Serialize};

use crate::data::split::{Split, SplitError, folds};
use crate::units::{PersonId, Seed};

/// Folds of people, dealt several times.
///
/// 8 folds of the 40 ORL people: 5 are asked about, 5 calibrate, 30 are learnt from; 225 mated and 1,000 non-mated
/// comparisons a fold. One assignment of people to folds compares only 80 pairs of strangers, so there are several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protocol {
    /// Folds of an assignment.
    pub folds: usize,
    /// How often people are dealt to folds anew.
    pub assignments: u64,
    /// Of the dealing.
    pub seed: Seed,
}

/// One fold of one assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// Which assignment, from 0.
    pub assignment: u64,
    /// Which of its folds, from 0.
    pub fold: usize,
}

/// Why people cannot be divided so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// One fold is asked about and one calibrates, so a third must be there to learn from.
    #[error(
        "{0} folds leave nobody to learn from (one is tested, one validates): ask for at least 3"
    )]
    TooFewFolds(usize),
    /// No such piece.
    #[error("there is no piece {asked}: {folds} folds in {assignments} assignments are numbered 0 to {}", folds * *assignments as usize - 1)]
    NoPlace {
        /// What was asked for.
        asked: usize,
        /// Folds of an assignment.
        folds: usize,
        /// Assignments.
        assignments: u64,
    },
    /// There are not enough people.
    #[error(transparent)]
    Split(#[from] SplitError),
}

impl Protocol {
    /// Every place, assignment by assignment.
    pub fn places(&self) -> Vec<Place> {
        let folds = self.folds;
        (0..self.assignments)
            .flat_map(|assignment| (0..folds).map(move |fold| Place { assignment, fold }))
            .collect()
    }

    /// The place with a number: assignment · folds + fold.
    ///
    /// # Errors
    /// [`ProtocolError::NoPlace`] if the protocol has fewer.
    pub fn place(&self, number: usize) -> Result<Place, ProtocolError> {
        let place = self.places().get(number).copied();
        place.ok_or(ProtocolError::NoPlace {
            asked: number,
            folds: self.folds,
            assignments: self.assignments,
        })
    }

    /// The people of a place: its fold is tested, the next one (the first after the last) validates, all others train.
    /// So everybody is tested once and validates once in each assignment.
    ///
    /// # Errors
    /// [`ProtocolError`] if there are too few people or folds.
    pub fn split(&self, people: &[PersonId], place: Place) -> Result<Split, ProtocolError> {
        if self.folds < 3 {
            return Err(ProtocolError::TooFewFolds(self.folds));
        }
        let dealt = folds(people, self.folds, place.assignment, self.seed)?;
        let test = dealt[place.fold].clone();
        let validation = dealt[(place.fold + 1) % self.folds].clone();
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
                let split = PROTOCOL.split(&people, Place { assignment, fold }).unwrap();
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
        let first = PROTOCOL.split(&people, PROTOCOL.place(0).unwrap());
        assert_ne!(first, PROTOCOL.split(&people, PROTOCOL.place(8).unwrap()));
    }

    #[test]
    fn what_cannot_be_divided_is_refused() {
        let people: Vec<PersonId> = (0..10).map(PersonId).collect();
        let with = |folds| Protocol { folds, ..PROTOCOL };
        let place = Place {
            assignment: 0,
            fold: 0,
        };
        assert_eq!(
            with(2).split(&people, place).unwrap_err().to_string(),
            "2 folds leave nobody to learn from (one is tested, one validates): ask for at least 3"
        );
        assert!(with(6).split(&people, place).is_err());
        assert_eq!(
            PROTOCOL.place(16).unwrap_err().to_string(),
            "there is no piece 16: 8 folds in 2 assignments are numbered 0 to 15"
        );
    }
}
