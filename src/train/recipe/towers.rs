//! Which tower learns when.

use super::Recipe;
use crate::nn::spec::NetworkSpec;
use crate::units::Epoch;
use serde::{Deserialize, Serialize};

/// Towers that learn one after another; their embeddings stand side by side. Such as are built otherwise get other things
/// wrong, which is what helps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Further {
    /// Epochs after which a tower is finished and the next begins. The last one has what remains.
    pub every: u32,
    /// The second tower, the third, ...
    pub networks: Vec<NetworkSpec>,
}

/// Most towers of a network: beyond, each face is embedded for nothing.
pub(super) const MOST_TOWERS: usize = 8;

impl Recipe {
    /// The networks of all towers that there is time for, in their order.
    pub fn networks(&self) -> Vec<&NetworkSpec> {
        let count = 1 + self.tower_of(Epoch(self.epochs));
        let further = self.further.iter().flat_map(|further| &further.networks);
        [&self.network]
            .into_iter()
            .chain(further)
            .take(count)
            .collect()
    }

    /// Which tower learns in an epoch, from 0.
    pub fn tower_of(&self, epoch: Epoch) -> usize {
        self.further.as_ref().map_or(0, |further| {
            let place = epoch.0.saturating_sub(1) / further.every.max(1);
            further.networks.len().min(place as usize)
        })
    }

    /// Before each tower, the epochs of those that learn before it.
    pub fn tower_starts(&self) -> Vec<u32> {
        let every = self.further.as_ref().map_or(0, |further| further.every);
        let places = 0..self.networks().len() as u32;
        places.map(|place| place * every).collect()
    }

    /// The epochs of the tower that learns in `epoch`: how many there are before its first, and how many it has.
    pub fn span_of(&self, epoch: Epoch) -> (u32, u32) {
        let (place, every) = (
            self.tower_of(epoch) as u32,
            self.further.as_ref().map_or(0, |f| f.every),
        );
        let last = place as usize + 1 == self.networks().len();
        let before = place * every;
        (before, if last { self.epochs - before } else { every })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn towers_share_the_epochs_out() {
        let mut recipe = Recipe::preset("compact").unwrap();
        let networks = vec![recipe.network.clone(); 2];
        recipe.further = Some(Further { every: 4, networks });
        let spans = |epochs: u32| {
            let recipe = Recipe {
                epochs,
                ..recipe.clone()
            };
            let span = |epoch| (recipe.tower_of(Epoch(epoch)), recipe.span_of(Epoch(epoch)));
            (recipe.networks().len(), [1, 4, 5, 10].map(span))
        };
        let whole = [(0, (0, 4)), (0, (0, 4)), (1, (4, 4)), (2, (8, 4))];
        assert_eq!(spans(12), (3, whole));
        // The last has what remains: more, or less.
        assert_eq!(spans(30).1[3], (2, (8, 22)));
        assert_eq!(spans(10).1[3], (2, (8, 2)));
        // No time for the others.
        assert_eq!(spans(3).0, 1);
    }
}
