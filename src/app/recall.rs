//! What of the state is remembered from one start to the next, and how it returns.

use std::sync::Arc;

use super::data::Focus;
use super::geometry;
use super::memory::{Memory, Selection};
use super::state::State;
use crate::data::Dataset;
use crate::recognition::PhotoSource;
use crate::units::{ImageId, Seed};

impl State {
    /// What is remembered.
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
            map: self.map.kind,
            dropped_offer: self.dropped_offer.clone(),
            toured: self.tour.ended,
            selection: self.selection(),
        }
    }

    fn selection(&self) -> Selection {
        let Some(dataset) = &self.data.dataset else {
            // Left before the faces were loaded: what was remembered stays.
            let before = self.recalled.as_ref();
            return before.map_or_else(Selection::default, |memory| memory.selection.clone());
        };
        let data = &self.data;
        let person = data
            .current_person()
            .map(|p| dataset.person(p).name.clone());
        let (probe, photo) = match &self.verify.probe {
            Some(PhotoSource::Picture(image)) => {
                (Some(dataset.picture(*image).label.clone()), None)
            }
            Some(PhotoSource::File(path)) => (None, Some(path.clone())),
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

    /// Restores screen and layout; the selection follows when the faces are loaded.
    pub(super) fn recall(&mut self, memory: Memory) {
        self.screen = memory.screen;
        (self.train.focus, self.train.zoomed) = memory.chart;
        (self.train.log, self.train.smoothing) = (memory.curves.0, memory.curves.1.min(2));
        (self.pairs.filter, self.pairs.order) = memory.pairs;
        (self.verify.tiles, self.verify.sort) = memory.people;
        self.map.kind = memory.map;
        self.dropped_offer.clone_from(&memory.dropped_offer);
        self.tour.ended = memory.toured;
        self.recalled = Some(memory);
    }

    /// Restores the selection, as far as it still exists. Returns the probe.
    pub(super) fn recall_selection(&mut self, dataset: &Arc<Dataset>) -> Option<PhotoSource> {
        let before = self.recalled.take()?.selection;
        if before.data != self.data.source {
            return None;
        }
        let grid = geometry::data_grid(self.room());
        let data = &mut self.data;
        let shown = |&p: &_| dataset.person(p).name == before.person;
        // Whoever has moved on while the pictures were read stays there.
        let place = data.shown.iter().position(shown);
        if let Some(at) = place.filter(|_| data.is_at_start()) {
            data.person = at;
            if let Some(picture) = before.picture {
                (data.focus, data.picture) = (Focus::Pictures, picture);
            }
            data.keep_visible(grid);
        }
        if let Some((seed, pair)) = before.pair {
            self.pairs.seed = Seed(seed);
            self.pairs.draw(dataset, self.verify.threshold);
            let at = self.pairs.shown.iter().position(|&shown| shown == pair);
            self.pairs.selected = at.unwrap_or(0);
        }
        let picture = |label: &String| dataset.images.iter().position(|p| p.label == *label);
        let picture = before.probe.as_ref().and_then(picture);
        let picture = picture.map(|at| PhotoSource::Picture(ImageId(at)));
        picture.or_else(|| before.photo.map(PhotoSource::File))
    }
}
