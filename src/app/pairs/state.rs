//! The state of the Pairs screen.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::app::action::Action;
use crate::app::pending::Pending;
use crate::data::mislabelled::Mark;
use crate::data::{Dataset, Pair, pairs};
use crate::units::{Epoch, ImageId, Seed, Similarity, Threshold};

/// Which pairs are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Filter {
    /// Every pair.
    All,
    /// Pictures of one person.
    Positive,
    /// Pictures of two people.
    Negative,
    /// Those the network gets wrong at the threshold.
    Wrong,
    /// Those marked as mislabelled.
    Marked,
}

impl Filter {
    /// Its word on the screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Positive => "same person",
            Self::Negative => "different people",
            Self::Wrong => "wrong now",
            Self::Marked => "mislabelled",
        }
    }

    fn next(self) -> Self {
        match self {
            Self::All => Self::Positive,
            Self::Positive => Self::Negative,
            Self::Negative => Self::Wrong,
            Self::Wrong => Self::Marked,
            Self::Marked => Self::All,
        }
    }
}

/// In which order pairs are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Order {
    /// Most wrong first: similar pictures of two people, dissimilar ones of one person.
    Hardest,
    /// Most right first.
    Easiest,
    /// As they were drawn.
    Drawn,
}

impl Order {
    /// Its word on the screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hardest => "hardest first",
            Self::Easiest => "easiest first",
            Self::Drawn => "as drawn",
        }
    }

    fn next(self) -> Self {
        match self {
            Self::Hardest => Self::Easiest,
            Self::Easiest => Self::Drawn,
            Self::Drawn => Self::Hardest,
        }
    }
}

/// Epochs whose similarities are kept. With 800 pairs of four bytes each, that is 1.6 MB.
const EPOCHS_KEPT: usize = 512;

/// The state of the Pairs screen.
#[derive(Debug, Clone)]
pub struct PairsView {
    /// The seed that the pairs are drawn with.
    pub seed: Seed,
    /// The pairs, as drawn.
    pub pairs: Arc<Vec<Pair>>,
    /// Similarities of all pairs after each epoch, in the order of the pairs.
    pub scored: BTreeMap<Epoch, Arc<Vec<f32>>>,
    /// The epoch that is shown; `None` for the newest.
    pub at: Option<Epoch>,
    /// Which pairs are listed.
    pub filter: Filter,
    /// In which order pairs are listed.
    pub order: Order,
    /// Indices into `pairs`, as listed.
    pub shown: Vec<usize>,
    /// Index into `shown`.
    pub selected: usize,
    /// Whether sample pairs are shown as a grid, and not a list with one pair.
    pub grid: bool,
    /// Index of the first sample pair of the page, of those of one kind.
    pub sample: usize,
    /// How many pairs are wrong at the epoch that is shown.
    pub wrong: usize,
    /// Pairs of this data set that the user marked as mislabelled, oldest first.
    pub marks: Vec<Mark>,
    /// The pictures that the next training leaves out because of them.
    pub left_out: BTreeSet<ImageId>,
    /// The request for the similarities of the newest network.
    pub scores: Pending,
}

impl PairsView {
    /// No pairs yet.
    pub fn new(seed: Seed) -> Self {
        Self {
            seed,
            pairs: Arc::default(),
            scored: BTreeMap::new(),
            at: None,
            filter: Filter::All,
            order: Order::Hardest,
            shown: Vec::new(),
            selected: 0,
            grid: false,
            sample: 0,
            wrong: 0,
            marks: Vec::new(),
            left_out: BTreeSet::new(),
            scores: Pending::default(),
        }
    }

    /// Draws the pairs of the tutorial, from everyone.
    pub fn draw(&mut self, dataset: &Dataset, threshold: Threshold) {
        self.pairs = Arc::new(pairs::tutorial(dataset, &dataset.everybody(), self.seed, 0));
        self.forget_scores();
        (self.selected, self.sample) = (0, 0);
        self.list(threshold);
    }

    /// Forgets the similarities, because they are those of another training.
    pub fn forget_scores(&mut self) {
        self.scored.clear();
        self.at = None;
        self.scores.clear();
    }

    /// Takes the similarities after an epoch.
    pub fn scored(&mut self, epoch: Epoch, scores: Arc<Vec<f32>>, threshold: Threshold) {
        self.scored.insert(epoch, scores);
        if self.scored.len() > EPOCHS_KEPT {
            self.scored.pop_first();
        }
        self.list(threshold);
    }

    /// The epoch that is shown.
    pub fn epoch(&self) -> Option<Epoch> {
        self.at.or_else(|| self.scored.keys().next_back().copied())
    }

    /// The similarity of pair `index` at the epoch that is shown.
    pub fn similarity(&self, index: usize) -> Option<Similarity> {
        let scores = self.scored.get(&self.epoch()?)?;
        scores.get(index).copied().map(Similarity)
    }

    /// Whether the decision on it at the threshold is right.
    pub fn right(&self, index: usize, threshold: Threshold) -> Option<bool> {
        let pair = self.pairs.get(index)?;
        Some(self.similarity(index)?.accepted_at(threshold) == pair.same)
    }

    /// How wrong it is: 1 for certain and wrong, 0 for certain and right.
    fn hardness(&self, index: usize) -> f32 {
        let similarity = self.similarity(index).map_or(0.5, |s| s.0);
        if self.pairs[index].same {
            1.0 - similarity
        } else {
            similarity
        }
    }

    /// Lists again, with the cursor on the same pair.
    pub fn list(&mut self, threshold: Threshold) {
        let before = self.shown.get(self.selected).copied();
        let all = 0..self.pairs.len();
        self.wrong = all
            .clone()
            .filter(|&i| self.right(i, threshold) == Some(false))
            .count();
        let listed = |&i: &usize| match self.filter {
            Filter::All => true,
            Filter::Positive => self.pairs[i].same,
            Filter::Negative => !self.pairs[i].same,
            Filter::Wrong => self.right(i, threshold) == Some(false),
            Filter::Marked => self.marked(i),
        };
        let mut shown: Vec<usize> = all.filter(listed).collect();
        match self.order {
            Order::Hardest => shown.sort_by(|&a, &b| self.hardness(b).total_cmp(&self.hardness(a))),
            Order::Easiest => shown.sort_by(|&a, &b| self.hardness(a).total_cmp(&self.hardness(b))),
            Order::Drawn => {}
        }
        // A cursor at the top stays at the top: it then always shows the hardest pair.
        let follow = before
            .filter(|_| self.selected > 0)
            .and_then(|b| shown.iter().position(|&i| i == b));
        self.selected = follow
            .unwrap_or(self.selected)
            .min(shown.len().saturating_sub(1));
        self.shown = shown;
    }

    /// Whether pair `index` is marked as mislabelled.
    pub fn marked(&self, index: usize) -> bool {
        self.pairs.get(index).is_some_and(|pair| {
            let same = |&(a, b): &Mark| (a, b) == (pair.a, pair.b) || (b, a) == (pair.a, pair.b);
            self.marks.iter().any(same)
        })
    }

    /// Marks the pair under the cursor, or unmarks it. Whether there is one.
    pub fn toggle_mark(&mut self) -> bool {
        let Some(index) = self.current() else {
            return false;
        };
        let pair = self.pairs[index];
        match self.marked(index) {
            true => self
                .marks
                .retain(|&(a, b)| (a, b) != (pair.a, pair.b) && (b, a) != (pair.a, pair.b)),
            false => self.marks.push((pair.a, pair.b)),
        }
        true
    }

    /// The index of the pair under the cursor.
    pub fn current(&self) -> Option<usize> {
        self.shown.get(self.selected).copied()
    }

    /// Moves, filters, orders, goes through the epochs. Whether the action is one of these.
    pub fn act(&mut self, action: Action, page: usize, threshold: Threshold) -> bool {
        let last = self.shown.len().saturating_sub(1);
        match action {
            Action::Up => self.selected = self.selected.saturating_sub(1),
            Action::Down | Action::NextPair => self.selected = (self.selected + 1).min(last),
            Action::PageUp => self.selected = self.selected.saturating_sub(page),
            Action::PageDown => self.selected = (self.selected + page).min(last),
            Action::First => self.selected = 0,
            Action::Last => self.selected = last,
            Action::FilterPairs => self.filter = self.filter.next(),
            Action::OrderPairs => self.order = self.order.next(),
            Action::EarlierEpoch => self.scrub(-1),
            Action::LaterEpoch => self.scrub(1),
            Action::Back if self.at.is_some() => self.at = None,
            _ => return false,
        }
        match action {
            Action::FilterPairs | Action::OrderPairs => {
                self.selected = 0;
                self.list(threshold);
            }
            // Going through the epochs, the cursor follows its pair, even from the top.
            Action::EarlierEpoch | Action::LaterEpoch | Action::Back => {
                let watched = self.current();
                self.list(threshold);
                let at = watched.and_then(|w| self.shown.iter().position(|&i| i == w));
                self.selected = at.unwrap_or(self.selected);
            }
            _ => {}
        }
        true
    }

    /// Turns the pages of the grid of sample pairs. Whether the action does that.
    pub fn turn_page(&mut self, action: Action, page: usize) -> bool {
        let of_one_kind = self.pairs.len() / 2;
        let last = of_one_kind.saturating_sub(1) / page * page;
        self.sample = match action {
            Action::Down | Action::PageDown | Action::NextPair => (self.sample + page).min(last),
            Action::Up | Action::PageUp => self.sample.saturating_sub(page),
            Action::First => 0,
            Action::Last => last,
            _ => return false,
        };
        true
    }

    fn scrub(&mut self, step: isize) {
        let epochs: Vec<Epoch> = self.scored.keys().copied().collect();
        let Some(at) = self
            .epoch()
            .and_then(|e| epochs.iter().position(|&known| known == e))
        else {
            return;
        };
        let to = (at as isize + step).clamp(0, epochs.len() as isize - 1) as usize;
        self.at = (to + 1 < epochs.len()).then(|| epochs[to]);
    }

    /// The epochs after which the similarity of a pair crossed the threshold.
    pub fn crossings(&self, index: usize, threshold: Threshold) -> Vec<u32> {
        let history = self.history(index);
        let accepted = |(_, s): (f64, f64)| Similarity(s as f32).accepted_at(threshold);
        let crossed = history
            .windows(2)
            .filter(|two| accepted(two[0]) != accepted(two[1]));
        crossed.map(|two| two[1].0 as u32).collect()
    }

    /// The similarity of a pair after each epoch: epoch, similarity.
    pub fn history(&self, index: usize) -> Vec<(f64, f64)> {
        let point = |(epoch, scores): (&Epoch, &Arc<Vec<f32>>)| {
            scores
                .get(index)
                .map(|&s| (f64::from(epoch.0), f64::from(s)))
        };
        self.scored.iter().filter_map(point).collect()
    }
}
