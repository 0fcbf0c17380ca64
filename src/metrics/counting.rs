//! EER, AUC and FNMR of comparisons that come in the order of their similarity, for all people and without each group.
//!
//! It is the counting of [`Tally`](super::Tally) without its list. A *state* is what has been passed: the mated comparisons
//! below are rejected, the non-mated ones that are left are accepted. Only mated comparisons change the number of rejected ones,
//! and they are few, so the states are looked at before and after each of them:
//!
//! - AUC: each mated comparison has won against the non-mated ones below it.
//! - FNMR at an FMR: the rejected ones in the first state whose accepted ones are few enough.
//! - EER: if FMR and FNMR have crossed since the last look, the comparisons since then are passed backwards one by one.

use super::comparisons::{Comparisons, Row};
use super::in_order::{Entry, Part, key_of};
use super::share;
use super::tally::{crossing, most_accepted};
use super::weights::{Kinds, Scheme, Weights};

/// The rates of one set of comparisons.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rates<const F: usize> {
    pub(super) eer: f64,
    pub(super) auc: f64,
    /// FNMR at each false match rate that was asked for.
    pub(super) fnmr: [f64; F],
}

/// Counts comparisons by ascending similarity.
pub(super) struct Counter<'a, C, const F: usize> {
    comparisons: &'a C,
    scheme: &'a Scheme,
    fmrs: [f64; F],
    /// All comparisons, with failed ones.
    total: Weights,
    failed: Weights,
    /// Those that were passed.
    below: Weights,
    /// One for each group that is left out, and then one for all comparisons.
    sets: Vec<Set<F>>,
}

/// What is known of one set of comparisons.
#[derive(Debug, Clone)]
struct Set<const F: usize> {
    /// Twice the number of pairs of a mated and a non-mated comparison that the mated one won, so that a tie is one whole.
    twice_won: u128,
    eer: Option<f64>,
    fnmr: [Option<f64>; F],
}

/// The weights of rejected mated and accepted non-mated comparisons.
#[derive(Debug, Clone, Copy)]
struct State {
    rejected: u64,
    accepted: u64,
    total: Kinds,
}

impl State {
    /// FMR and FNMR.
    fn rates(self) -> [f64; 2] {
        [
            share(self.accepted, self.total.non_mated, 0.0),
            share(self.rejected, self.total.mated, 0.0),
        ]
    }

    fn crossed(self) -> bool {
        let [fmr, fnmr] = self.rates();
        fnmr >= fmr
    }

    fn eer(before: Self, after: Self) -> f64 {
        crossing(before.rates(), after.rates()).0
    }
}

impl<'a, C: Comparisons, const F: usize> Counter<'a, C, F> {
    /// Nothing is passed yet; `total` are the weights of all comparisons, with the failed ones.
    pub(super) fn new(
        (comparisons, scheme): (&'a C, &'a Scheme),
        fmrs: [f64; F],
        [total, failed]: [Weights; 2],
    ) -> Self {
        let set = Set {
            twice_won: 0,
            eer: None,
            fnmr: [None; F],
        };
        let mut counter = Self {
            comparisons,
            scheme,
            fmrs,
            total,
            failed,
            below: Weights::none(scheme.groups),
            sets: vec![set; scheme.groups + 1],
        };
        // Where all mated comparisons failed, FNMR is 1 at every point.
        counter.look(|state, _| state.rates()[1]);
        counter
    }

    /// Passes the next comparisons.
    pub(super) fn pass(&mut self, part: &Part<'_>) {
        match *part {
            Part::Sorted(entries) => self.pass_sorted(entries),
            Part::Equal(key) => self.pass_step(&self.all_with(key)),
        }
    }

    fn pass_sorted(&mut self, entries: &[Entry]) {
        let (mut start, mut at) = (0, 0);
        for step in entries.chunk_by(|one, next| one.key() == next.key()) {
            if step.iter().any(|entry| entry.mated()) {
                self.pass_non_mated(&entries[start..at]);
                let mut weights = Weights::none(self.scheme.groups);
                let add = |entry: &Entry| {
                    self.scheme
                        .add(self.comparisons, entry.people(), &mut weights)
                };
                step.iter().for_each(add);
                self.pass_step(&weights);
                start = at + step.len();
            }
            at += step.len();
        }
        self.pass_non_mated(&entries[start..]);
    }

    /// Passes comparisons of two people each.
    fn pass_non_mated(&mut self, entries: &[Entry]) {
        if entries.is_empty() {
            return;
        }
        for entry in entries {
            self.scheme
                .add(self.comparisons, entry.people(), &mut self.below);
        }
        let (comparisons, scheme) = (self.comparisons, self.scheme);
        self.look(|state, group| {
            let mut after = state;
            for step in entries.chunk_by(|one, next| one.key() == next.key()).rev() {
                let kept = step.iter().map(|entry| entry.people()).filter(|&people| {
                    group.is_none_or(|group| !scheme.groups_of(people).contains(&group))
                });
                let weight: u64 = kept.map(|people| scheme.weight(comparisons, people)).sum();
                let before = State {
                    accepted: after.accepted + weight,
                    ..after
                };
                if !before.crossed() {
                    return State::eer(before, after);
                }
                after = before;
            }
            after.rates()[1]
        });
    }

    /// Passes all comparisons with one similarity.
    fn pass_step(&mut self, step: &Weights) {
        let before = self.below.clone();
        for set in 0..self.sets.len() {
            let group = self.group(set);
            let (own, below) = (step.without(group), before.without(group));
            self.sets[set].twice_won +=
                u128::from(own.mated) * u128::from(2 * below.non_mated + own.non_mated);
        }
        self.below.merge(step);
        let (total, failed) = (self.total.clone(), self.failed.clone());
        let state = |group| state((&total, &failed), &before, group);
        self.look(|after, group| State::eer(state(group), after));
    }

    /// Looks at the present state of every set. `eer` is called for those whose rates have crossed since the last look.
    fn look(&mut self, eer: impl Fn(State, Option<usize>) -> f64) {
        for set in 0..self.sets.len() {
            let group = self.group(set);
            let state = state((&self.total, &self.failed), &self.below, group);
            let found = &mut self.sets[set];
            if found.eer.is_none() && state.crossed() {
                found.eer = Some(eer(state, group));
            }
            for (fnmr, fmr) in found.fnmr.iter_mut().zip(self.fmrs) {
                if fnmr.is_none() && state.accepted <= most_accepted(fmr, state.total.non_mated) {
                    *fnmr = Some(share(state.rejected, state.total.mated, 0.5));
                }
            }
        }
    }

    /// The group that a set leaves out.
    fn group(&self, set: usize) -> Option<usize> {
        (set < self.scheme.groups).then_some(set)
    }

    fn all_with(&self, key: u32) -> Weights {
        let add = |weights: &mut Weights, row: Row<'_>| {
            for (&similarity, &other) in row.similarities.iter().zip(row.others) {
                if key_of(similarity) == Some(key) {
                    self.scheme
                        .add(self.comparisons, (row.person, other), weights);
                }
            }
        };
        let merge = |mut one: Weights, other: Weights| {
            one.merge(&other);
            one
        };
        self.comparisons
            .fold(|| Weights::none(self.scheme.groups), add, merge)
    }

    /// The rates of all comparisons, and those without each group; `None` where a kind of comparison is missing.
    pub(super) fn rates(&self) -> (Option<Rates<F>>, Vec<Option<Rates<F>>>) {
        let mut rates: Vec<_> = (0..self.sets.len()).map(|set| self.rates_of(set)).collect();
        (rates.pop().flatten(), rates)
    }

    fn rates_of(&self, set: usize) -> Option<Rates<F>> {
        let total = self.total.without(self.group(set));
        let found = &self.sets[set];
        (total.mated > 0 && total.non_mated > 0).then(|| Rates {
            // The rates have crossed where nothing is accepted.
            eer: found.eer.unwrap_or(1.0),
            auc: found.twice_won as f64 / (2.0 * total.mated as f64 * total.non_mated as f64),
            // Failed comparisons alone are too many: nothing else is accepted.
            fnmr: found.fnmr.map(|fnmr| fnmr.unwrap_or(1.0)),
        })
    }
}

fn state((total, failed): (&Weights, &Weights), below: &Weights, group: Option<usize>) -> State {
    let (total, below) = (total.without(group), below.without(group));
    State {
        rejected: failed.without(group).mated + below.mated,
        accepted: total.non_mated - below.non_mated,
        total,
    }
}
