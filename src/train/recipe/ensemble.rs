//! Ensembles: which member learns in which epoch.

use super::{Recipe, is_default};
use crate::model::InputSpec;
use crate::nn::spec::NetworkSpec;
use crate::units::Epoch;
use serde::{Deserialize, Serialize};

/// Further networks that learn after the first one; the embeddings of all members stand side by side. Members that are built
/// differently, or see a face differently, make different errors, which is what helps (Hansen and Salamon 1990, "Neural network
/// ensembles").
///
/// ```ron
/// (every: 50, members: [
///     (network: (layers: [global_average_pool, dense(units: 8)])),
///     (network: (layers: [dense(units: 8)]), input: (channels: [raw, local_contrast], zoom: 0.8), epochs: Some(30)),
/// ])
/// ```
///
/// Version 0.1.0 wrote `networks: [(layers: …), …]` instead of `members`; both are read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "SavedEnsemble")]
pub struct EnsembleSpec {
    /// Epochs of each member that names no others. The last one gets what remains.
    pub every: u32,
    /// The second member, the third, ...
    pub members: Vec<MemberSpec>,
}

/// One member of an ensemble.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberSpec {
    /// Its network.
    pub network: NetworkSpec,
    /// What it sees of a face.
    #[serde(default, skip_serializing_if = "is_default")]
    pub input: InputSpec,
    /// How many epochs it learns; otherwise as many as the ensemble says.
    #[serde(default, skip_serializing_if = "is_default")]
    pub epochs: Option<u32>,
}

impl From<NetworkSpec> for MemberSpec {
    /// A member that sees the grey values.
    fn from(network: NetworkSpec) -> Self {
        Self {
            network,
            input: InputSpec::default(),
            epochs: None,
        }
    }
}

/// What is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedEnsemble {
    every: u32,
    #[serde(default)]
    networks: Vec<NetworkSpec>,
    #[serde(default)]
    members: Vec<MemberSpec>,
}

impl From<SavedEnsemble> for EnsembleSpec {
    fn from(saved: SavedEnsemble) -> Self {
        let networks = saved.networks.into_iter().map(MemberSpec::from);
        Self {
            every: saved.every,
            members: networks.chain(saved.members).collect(),
        }
    }
}

/// A member of a recipe, with its place in the training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Member<'r> {
    /// Its network.
    pub network: &'r NetworkSpec,
    /// What it sees of a face.
    pub input: &'r InputSpec,
    /// Epochs before its first one.
    pub start: u32,
    /// How many epochs it learns.
    pub epochs: u32,
}

/// The most members: each costs time for every face that is embedded.
pub(super) const MOST_MEMBERS: usize = 8;

impl Recipe {
    /// All members that the epochs suffice for, in their order. The last one gets what remains.
    pub fn members(&self) -> Vec<Member<'_>> {
        let every = self.ensemble.as_ref().map_or(0, |ensemble| ensemble.every);
        let own = |member: &MemberSpec| member.epochs.unwrap_or(every).max(1);
        let first = (&self.network, &self.input, every.max(1));
        let further = self.ensemble.iter().flat_map(|ensemble| &ensemble.members);
        let further = further.map(|member| (&member.network, &member.input, own(member)));
        let mut members: Vec<Member<'_>> = Vec::new();
        let mut start = 0;
        for (network, input, epochs) in std::iter::once(first).chain(further) {
            if start > 0 && start >= self.epochs {
                break;
            }
            members.push(Member {
                network,
                input,
                start,
                epochs,
            });
            start += epochs;
        }
        if let Some(last) = members.last_mut() {
            last.epochs = self.epochs - last.start;
        }
        members
    }

    /// A member, counted from 0, even if the epochs do not suffice for it: a run may be resumed with fewer epochs than it
    /// already has.
    pub fn network_of(&self, member: usize) -> Option<(&NetworkSpec, &InputSpec)> {
        let further = self.ensemble.iter().flat_map(|ensemble| &ensemble.members);
        let further = further.map(|member| (&member.network, &member.input));
        std::iter::once((&self.network, &self.input))
            .chain(further)
            .nth(member)
    }

    /// Which member learns in an epoch, counted from 0. Epochs after the last one are the last member's.
    pub fn member_of(&self, epoch: Epoch) -> usize {
        let members = self.members();
        let begun = members.iter().filter(|member| member.start < epoch.0);
        begun.count().saturating_sub(1)
    }

    /// For each member, the number of epochs before its first one.
    pub fn member_starts(&self) -> Vec<u32> {
        self.members().iter().map(|member| member.start).collect()
    }

    /// How many epochs the member has that learns in `epoch`.
    pub fn epochs_of_member(&self, epoch: Epoch) -> u32 {
        self.members()[self.member_of(epoch)].epochs
    }

    /// Whether the network is validated after `epoch`: after each [`validate_every`](Self::validate_every)th one, and after the
    /// first and the last one of each member.
    pub fn is_validated(&self, epoch: Epoch) -> bool {
        let ends = |member: &Member<'_>| {
            [member.start + 1, member.start + member.epochs].contains(&epoch.0)
        };
        epoch.0.is_multiple_of(self.validate_every) || self.members().iter().any(ends)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ensemble(every: u32, epochs: [Option<u32>; 2]) -> Recipe {
        let mut recipe = Recipe::preset("tutorial").unwrap();
        let member = |epochs| MemberSpec {
            epochs,
            ..MemberSpec::from(recipe.network.clone())
        };
        let members = epochs.map(member).to_vec();
        recipe.ensemble = Some(EnsembleSpec { every, members });
        recipe
    }

    #[test]
    fn members_share_the_epochs() {
        let recipe = ensemble(4, [None; 2]);
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
            (recipe.members().len(), [1, 4, 5, 10].map(span))
        };
        let whole = [(0, (0, 4)), (0, (0, 4)), (1, (4, 4)), (2, (8, 4))];
        assert_eq!(spans(12), (3, whole));
        // The last one has what remains: more, or less.
        assert_eq!(spans(30).1[3], (2, (8, 22)));
        assert_eq!(spans(10).1[3], (2, (8, 2)));
        // No time for the others.
        assert_eq!(spans(3).0, 1);
    }

    #[test]
    fn a_member_may_have_epochs_of_its_own() {
        let recipe = Recipe {
            epochs: 20,
            validate_every: 3,
            ..ensemble(4, [Some(7), None])
        };
        assert_eq!(recipe.member_starts(), [0, 4, 11]);
        assert_eq!(recipe.epochs_of_member(Epoch(5)), 7);
        assert_eq!(recipe.epochs_of_member(Epoch(20)), 9);
        let validated = (1..=20).filter(|&epoch| recipe.is_validated(Epoch(epoch)));
        let validated: Vec<u32> = validated.collect();
        assert_eq!(validated, [1, 3, 4, 5, 6, 9, 11, 12, 15, 18, 20]);
    }

    #[test]
    fn networks_of_version_0_1_0_are_members_that_see_the_grey_values() {
        let text =
            "(every: 25, networks: [(layers: [dense(units: 8)]), (layers: [dense(units: 9)])])";
        let ensemble: EnsembleSpec = ron::from_str(text).unwrap();
        assert_eq!(ensemble.members.len(), 2);
        assert_eq!(ensemble.members[1].input, InputSpec::default());
        let again: EnsembleSpec = ron::from_str(&ron::to_string(&ensemble).unwrap()).unwrap();
        assert_eq!(again, ensemble);
    }
}
