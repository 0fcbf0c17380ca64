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
        self.all_networks().take(count).collect()
    }

    /// Of a tower, from 0, whether there is time for it or not: a run may be asked to go on for fewer epochs than it has.
    pub fn network_of(&self, tower: usize) -> Option<&NetworkSpec> {
        self.all_networks().nth(tower)
    }

    fn all_networks(&self) -> impl Iterator<Item = &NetworkSpec> {
        let further = self.further.iter().flat_map(|further| &further.networks);
        std::iter::once(&self.network).chain(further)
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

    /// How many epochs the tower has that learns in `epoch`.
    pub fn epochs_of_tower(&self, epoch: Epoch) -> u32 {
        let starts = self.tower_starts();
        let next = starts.get(self.tower_of(epoch) + 1);
        let end = next.copied().unwrap_or(self.epochs);
        let begun = starts.get(self.tower_of(epoch)).copied().unwrap_or(0);
        end - begun
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
            let span = |epoch| {
                let (tower, epochs) = (
                    recipe.tower_of(Epoch(epoch)),
                    recipe.epochs_of_tower(Epoch(epoch)),
                );
                let before = recipe.tower_starts().get(tower).copied();
                (tower, (before.unwrap_or(0), epochs))
            };
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
