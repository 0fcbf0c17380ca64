//! What is remembered from one start to the next: screen, theme, layout, and what was selected.
//!
//! Things are remembered by what they are called, not by their number, and only for the faces they belong to: another
//! data set has other people at the same places. A theme that was picked holds until the configured one is changed,
//! whether in the file or on the command line; then that is the newer wish.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::data::Focus;
use super::geometry;
use super::pairs::{Filter, Order};
use super::state::{Screen, State};
use super::train::Chart;
use super::verify::{Probe, Sort};
use crate::data::Dataset;
use crate::units::{ImageId, Seed};

/// See the module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Memory {
    /// The screen that was left.
    pub screen: Screen,
    /// The theme that was in use.
    pub theme: String,
    /// The theme that was configured then.
    pub configured_theme: String,
    /// The chart with the keys, and whether it had the screen for itself.
    pub chart: (Chart, bool),
    /// Whether the loss had a logarithmic axis, and how much curves were smoothed.
    pub curves: (bool, u8),
    /// Which pairs were listed, and in which order.
    pub pairs: (Filter, Order),
    /// Whether people were tiles, and in which order they stood.
    pub people: (bool, Sort),
    /// The run that the user did not want to go on with.
    pub dropped_offer: String,
    /// What was selected, and in which faces.
    pub selection: Selection,
}

/// What was selected.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Selection {
    /// The faces: `orl`, a folder, a file.
    pub data: String,
    /// The person on the Data screen.
    pub person: String,
    /// The picture of that person, if pictures had the keys.
    pub picture: Option<usize>,
    /// From which seed the pairs followed, and which of them was looked at, as they were drawn.
    pub pair: Option<(u64, usize)>,
    /// The probe, if it was one of the faces.
    pub probe: Option<String>,
    /// The probe, if it was a file.
    pub photo: Option<PathBuf>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            screen: Screen::default(),
            theme: String::new(),
            configured_theme: String::new(),
            chart: (Chart::Loss, false),
            curves: (false, 0),
            pairs: (Filter::All, Order::Hardest),
            people: (true, Sort::Best),
            dropped_offer: String::new(),
            selection: Selection::default(),
        }
    }
}

impl State {
    /// What to remember of this.
    pub fn memory(&self, configured_theme: &str) -> Memory {
        let (train, pairs, verify) = (&self.train, &self.pairs, &self.verify);
        Memory {
            screen: self.screen,
            theme: self.theme.clone(),
            configured_theme: configured_theme.to_owned(),
            chart: (train.focus, train.zoomed),
            curves: (train.log, train.smoothing),
            pairs: (pairs.filter, pairs.order),
            people: (verify.tiles, verify.sort),
            dropped_offer: self.dropped_offer.clone(),
            selection: self.selection(),
        }
    }

    fn selection(&self) -> Selection {
        let Some(dataset) = &self.data.dataset else {
            // Left before the faces were there: what was remembered still holds.
            let before = self.recalled.as_ref();
            return before.map_or_else(Selection::default, |memory| memory.selection.clone());
        };
        let data = &self.data;
        let person = data
            .current_person()
            .map(|p| dataset.person(p).name.clone());
        let (probe, photo) = match &self.verify.probe {
            Some(Probe::Picture(image)) => (Some(dataset.picture(*image).label.clone()), None),
            Some(Probe::File(path)) => (None, Some(path.clone())),
            None => (None, None),
        };
        Selection {
            data: data.source.clone(),
            person: person.unwrap_or_default(),
            picture: (data.focus == Focus::Pictures).then_some(data.picture),
            pair: self.pairs.current().map(|pair| (self.pairs.seed.0, pair)),
            probe,
            photo,
        }
    }

    /// Takes up screen and layout; what was selected follows when the faces are there.
    pub fn recall(&mut self, memory: Memory) {
        self.screen = memory.screen;
        (self.train.focus, self.train.zoomed) = memory.chart;
        (self.train.log, self.train.smoothing) = (memory.curves.0, memory.curves.1.min(2));
        (self.pairs.filter, self.pairs.order) = memory.pairs;
        (self.verify.tiles, self.verify.sort) = memory.people;
        self.dropped_offer.clone_from(&memory.dropped_offer);
        self.recalled = Some(memory);
    }

    /// Selects what was selected, as far as it is still there; the probe to begin with.
    pub(super) fn recall_selection(&mut self, dataset: &Arc<Dataset>) -> Option<Probe> {
        let before = self.recalled.take()?.selection;
        if before.data != self.data.source {
            return None;
        }
        let data = &mut self.data;
        let shown = |&p: &_| dataset.person(p).name == before.person;
        if let Some(at) = data.shown.iter().position(shown) {
            data.person = at;
            if let Some(picture) = before.picture {
                (data.focus, data.picture) = (Focus::Pictures, picture);
            }
            data.keep_visible(geometry::data_grid(self.size));
        }
        if let Some((seed, pair)) = before.pair {
            self.pairs.seed = Seed(seed);
            self.pairs.draw(dataset, self.verify.threshold);
            let at = self.pairs.shown.iter().position(|&shown| shown == pair);
            self.pairs.selected = at.unwrap_or(0);
        }
        let picture = |label: &String| dataset.images.iter().position(|p| p.label == *label);
        let picture = before.probe.as_ref().and_then(picture);
        let picture = picture.map(|at| Probe::Picture(ImageId(at)));
        picture.or_else(|| before.photo.map(Probe::File))
    }
}
