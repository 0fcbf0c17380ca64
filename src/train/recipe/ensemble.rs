//! Ensembles: which member learns in which epoch.

use super::Recipe;
use crate::nn::spec::NetworkSpec;
use crate::units::Epoch;
use serde::{Deserialize, Serialize};

/// Further networks that learn after the first one; the embeddings of all members stand side by side. Members of different
/// structure make different errors, which is what helps (Hansen and Salamon 1990, "Neural network ensembles").
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnsembleSpec {
    /// Epochs of each member. The last one gets what remains.
    pub every: u32,
    /// The second member, the third, ...
    pub networks: Vec<NetworkSpec>,
}

/// The most members: each costs time for every face that is embedded.
pub(super) const MOST_MEMBERS: usize = 8;

impl Recipe {
    /// The networks of all members that the epochs suffice for, in their order.
    pub fn networks(&self) -> Vec<&NetworkSpec> {
        let count = 1 + self.member_of(Epoch(self.epochs));
        self.all_networks().take(count).collect()
    }

    /// The network of a member, counted from 0, even if the epochs do not suffice for it: a run may be resumed with fewer
    /// epochs than it already has.
    pub fn network_of(&self, member: usize) -> Option<&NetworkSpec> {
        self.all_networks().nth(member)
    }

    fn all_networks(&self) -> impl Iterator<Item = &NetworkSpec> {
        let further = self.ensemble.iter().flat_map(|ensemble| &ensemble.networks);
        std::iter::once(&self.network).chain(further)
    }

    /// Which member learns in an epoch, counted from 0.
    pub fn member_of(&self, epoch: Epoch) -> usize {
        self.ensemble.as_ref().map_or(0, |ensemble| {
            let index = epoch.0.saturating_sub(1) / ensemble.every.max(1);
            ensemble.networks.len().min(index as usize)
        })
    }

    /// For each member, the number of epochs before its first one.
    pub fn member_starts(&self) -> Vec<u32> {
        let every = self.ensemble.as_ref().map_or(0, |ensemble| ensemble.every);
        let members = 0..self.networks().len() as u32;
        members.map(|member| member * every).collect()
    }

    /// How many epochs the member has that learns in `epoch`.
    pub fn epochs_of_member(&self, epoch: Epoch) -> u32 {
        let starts = self.member_starts();
        let next = starts.get(self.member_of(epoch) + 1);
        let end = next.copied().unwrap_or(self.epochs);
        let begun = starts.get(self.member_of(epoch)).copied().unwrap_or(0);
        end - begun
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_share_the_epochs() {
        let mut recipe = Recipe::preset("compact").unwrap();
        let networks = vec![recipe.network.clone(); 2];
        recipe.ensemble = Some(EnsembleSpec { every: 4, networks });
        let spans = |epochs: u32| {
            let recipe = Recipe {
                epochs,
                ..recipe.clone()
            };
            let span = |epoch| {
                let (member, epochs) = (
                    recipe.member_of(Epoch(epoch)),
                    recipe.epochs_of_member(Epoch(epoch)),
                );
                let before = recipe.member_starts().get(member).copied();
                (member, (before.unwrap_or(0), epochs))
            };
            (recipe.networks().len(), [1, 4, 5, 10].map(span))
        };
        let whole = [(0, (0, 4)), (0, (0, 4)), (1, (4, 4)), (2, (8, 4))];
        assert_eq!(spans(12), (3, whole));
        // The last one has what remains: more, or less.
        assert_eq!(spans(30).1[3], (2, (8, 22)));
        assert_eq!(spans(10).1[3], (2, (8, 2)));
        // No time for the others.
        assert_eq!(spans(3).0, 1);
    }
}
