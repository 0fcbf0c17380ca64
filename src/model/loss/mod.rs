//! Losses on a batch of embeddings `[N, E]` and the comparisons among its rows.
//!
//! Each loss is one operation on the tape that computes its value and its gradient together, because both need the same
//! distances or products, and `N` is a few hundred at most. All losses are means, so a learning rate means the same for any
//! batch size.
//!
//! [`pairs`] holds losses of single comparisons, [`supervised`] and [`triplet`] losses of a whole batch.
//!
//! ```
//! use twinsight::model::loss::{Comparison, contrastive, distances};
//! use twinsight::nn::tape::Device;
//!
//! // Two embeddings at a distance of 5 that show one person: ½·5².
//! let batch = Device::new().batch(vec![0.0, 0.0, 3.0, 4.0], (2, 2))?;
//! let pair = [Comparison { a: 0, b: 1, same: true, weight: 1.0 }];
//! let loss = contrastive(distances(batch.clone().record(), &pair)?, &pair, 1.0)?;
//! assert_eq!(loss.values(), [12.5]);
//! // The gradient draws them together.
//! let gradient = loss.backward()?.take_batch(&batch)?;
//! assert_eq!(gradient, [-3.0, -4.0, 3.0, 4.0]);
//! # Ok::<(), twinsight::nn::tape::TapeError>(())
//! ```

pub mod pairs;
pub mod supervised;
pub mod triplet;

use serde::{Deserialize, Serialize};

pub use pairs::{contrastive, cross_entropy, distances, point_cross_entropy};
pub use supervised::supervised_contrastive;
pub use triplet::batch_hard;

/// Least squared distance, Keras' backend epsilon: the root has an infinite slope at 0, and a picture may be compared with
/// itself.
pub const MIN_SQUARE: f32 = 1e-7;

/// Two rows of a batch that are compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// Row of the first picture.
    pub a: usize,
    /// Row of the second picture.
    pub b: usize,
    /// Whether both show one person.
    pub same: bool,
    /// Weight in the loss; the weights of a batch add up to 1.
    pub weight: f32,
}

/// A loss, by name. With all but the first, the head is trained by cross-entropy without changing the tower.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LossSpec {
    /// Binary cross-entropy of the similarity of each comparison, as in the tutorial.
    PairCrossEntropy,
    /// Hadsell, Chopra and LeCun 2006, "Dimensionality Reduction by Learning an Invariant Mapping", equation 4: mated
    /// pairs are drawn together, others pushed apart up to a margin.
    Contrastive {
        /// The distance beyond which non-mated pairs have no loss.
        margin: f32,
    },
    /// Hermans, Beyer and Leibe 2017, "In Defense of the Triplet Loss", equation 5 ("batch hard"): for each face its
    /// farthest positive must be nearer than its nearest negative, by a margin.
    Triplet {
        /// The least difference of the two distances.
        margin: f32,
    },
    /// Khosla et al. 2020, "Supervised Contrastive Learning", equation 2 (`L_out`): each face is drawn to the faces of its
    /// person and pushed away from all others, by a softmax over cosines.
    SupervisedContrastive {
        /// Divides the cosines: the lower, the more the nearest negatives count.
        temperature: f32,
    },
}

impl LossSpec {
    /// Whether it needs the person of each face; other losses need comparisons only.
    pub fn needs_people(self) -> bool {
        matches!(
            self,
            Self::Triplet { .. } | Self::SupervisedContrastive { .. }
        )
    }
}
