//! What is made small, on a batch of embeddings `[N, E]` and the comparisons among them.
//!
//! Each loss is one operation that computes its value and its gradient together, because both need the same distances
//! or products, and `N` is a few hundred at most. All are means, so a learning rate means the same for any batch.
//!
//! [`pairs`] holds what looks at one comparison at a time, [`supervised`] and [`triplet`] what looks at a whole batch.

pub mod pairs;
pub mod supervised;
pub mod triplet;

use serde::{Deserialize, Serialize};

pub use pairs::{contrastive, cross_entropy, distances, point_cross_entropy};
pub use supervised::supervised_contrastive;
pub use triplet::batch_hard;

/// Least squared distance: the root has an infinite slope at 0, and a picture may be compared with itself.
/// Keras' backend epsilon.
pub const MIN_SQUARE: f32 = 1e-7;

impl LossSpec {
    /// Whether it must know whose each face is; the others look at comparisons alone.
    pub fn needs_people(self) -> bool {
        matches!(
            self,
            Self::Triplet { .. } | Self::SupervisedContrastive { .. }
        )
    }
}

/// A loss, by name. With all but the first the head learns on the side, by cross-entropy, without moving the tower.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LossSpec {
    /// Binary cross-entropy of the similarity of each comparison, as the tutorial has it.
    PairCrossEntropy,
    /// Hadsell, Chopra and LeCun 2006, "Dimensionality Reduction by Learning an Invariant Mapping", equation 4: mated
    /// pairs are drawn together, others pushed apart up to a margin.
    Contrastive {
        /// The distance beyond which strangers are left alone.
        margin: f32,
    },
    /// Hermans, Beyer and Leibe 2017, "In Defense of the Triplet Loss", equation 5 ("batch hard"): for each face its
    /// farthest friend must be nearer than its nearest stranger, by a margin.
    Triplet {
        /// By how much.
        margin: f32,
    },
    /// Khosla et al. 2020, "Supervised Contrastive Learning", equation 2 (`L_out`): each face is drawn to the faces of its
    /// person and away from all others, by a softmax over cosines.
    SupervisedContrastive {
        /// Divides the cosines: the lower, the more the nearest strangers count.
        temperature: f32,
    },
}
