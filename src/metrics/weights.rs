//! What comparisons weigh, with the part of each group of people that is left out for an interval.

use super::Comparisons;
use super::estimate::{GROUPS, WEIGHT};
use crate::units::PersonId;

/// Total weight of some comparisons of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Kinds {
    pub(super) mated: u64,
    pub(super) non_mated: u64,
}

impl Kinds {
    fn add(&mut self, mated: bool, weight: u64) {
        match mated {
            true => self.mated += weight,
            false => self.non_mated += weight,
        }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            mated: self.mated + other.mated,
            non_mated: self.non_mated + other.non_mated,
        }
    }

    pub(super) fn minus(self, other: Self) -> Self {
        Self {
            mated: self.mated - other.mated,
            non_mated: self.non_mated - other.non_mated,
        }
    }
}

/// Total weights of some comparisons: of all, and of those with a person of each group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Weights {
    all: Kinds,
    groups: Vec<Kinds>,
}

impl Weights {
    pub(super) fn none(groups: usize) -> Self {
        Self {
            all: Kinds::default(),
            groups: vec![Kinds::default(); groups],
        }
    }

    /// Of the comparisons that are left without a group.
    pub(super) fn without(&self, group: Option<usize>) -> Kinds {
        match group {
            Some(group) => self.all.minus(self.groups[group]),
            None => self.all,
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.all = self.all.plus(other.all);
        for (own, other) in self.groups.iter_mut().zip(&other.groups) {
            *own = own.plus(*other);
        }
    }
}

/// What a comparison weighs, and which groups of people there are.
#[derive(Debug)]
pub(super) struct Scheme {
    /// What all comparisons of one person, or of two people, weigh together; `None` if each comparison weighs 1.
    together: Option<u64>,
    /// How many groups there are.
    pub(super) groups: usize,
    /// The group of each person, by index.
    group: Vec<u32>,
}

impl Scheme {
    /// All comparisons weigh alike, and nobody is left out.
    pub(super) fn comparisons_alike() -> Self {
        Self {
            together: None,
            groups: 0,
            group: Vec::new(),
        }
    }

    /// People weigh alike; `people` are in ascending order.
    pub(super) fn people_alike(people: &[PersonId]) -> Self {
        let groups = people.len().min(GROUPS);
        let last = people.last().map_or(0, |last| last.0 + 1);
        let mut group = vec![0; last];
        for (at, person) in people.iter().enumerate() {
            group[person.0] = (at * groups / people.len()) as u32;
        }
        // All pairs of so many people must fit a sum of 64 bits.
        let most = (1 << 62) / (people.len().max(1) as u64).pow(2).max(1);
        Self {
            together: Some(WEIGHT.min(most).max(1)),
            groups,
            group,
        }
    }

    /// Adds a comparison of pictures of `a` and `b` to `to`.
    #[inline]
    pub(super) fn add(
        &self,
        comparisons: &impl Comparisons,
        (a, b): (PersonId, PersonId),
        to: &mut Weights,
    ) {
        let mated = a == b;
        let weight = self.weight(comparisons, (a, b));
        to.all.add(mated, weight);
        if self.groups > 0 {
            let [first, second] = self.groups_of((a, b));
            to.groups[first].add(mated, weight);
            if first != second {
                to.groups[second].add(mated, weight);
            }
        }
    }

    /// What a comparison of pictures of `a` and `b` weighs.
    pub(super) fn weight(
        &self,
        comparisons: &impl Comparisons,
        (a, b): (PersonId, PersonId),
    ) -> u64 {
        let share = |together: u64| (together / comparisons.between(a, b)).max(1);
        self.together.map_or(1, share)
    }

    /// The groups of two people; only where there are any.
    pub(super) fn groups_of(&self, (a, b): (PersonId, PersonId)) -> [usize; 2] {
        [a, b].map(|person| self.group[person.0] as usize)
    }
}
