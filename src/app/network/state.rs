//! The state of the Network screen.

use std::sync::Arc;

use crate::app::pending::Pending;
use crate::data::Pair;
use crate::units::Epoch;

/// One layer of the network, with its outputs for both faces.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerView {
    /// Its name, such as `conv 96 @ 11×11`.
    pub name: String,
    /// Height, width, channels of its output.
    pub output: [usize; 3],
    /// Its weights.
    pub parameters: usize,
    /// What a frozen backbone takes: height, width, channels. Its weights are not trained. `None` for a trained layer.
    pub frozen: Option<[usize; 3]>,
    /// Multiplications with addition, for one face.
    pub multiply_adds: u64,
    /// The strongest feature maps of the first face: square pictures from 0 to 1, with their side.
    pub left: Vec<(usize, Vec<f32>)>,
    /// The same channels for the second face.
    pub right: Vec<(usize, Vec<f32>)>,
}

/// The outputs of all layers for one pair.
#[derive(Debug, Clone, PartialEq)]
pub struct Activations {
    /// After which epoch.
    pub epoch: Epoch,
    /// The two pictures.
    pub pair: Pair,
    /// How many members the ensemble has; the last one is shown.
    pub members: usize,
    /// From the picture to the output of the last member.
    pub layers: Vec<LayerView>,
    /// The embedding of the first face.
    pub left: Vec<f32>,
    /// The embedding of the second face.
    pub right: Vec<f32>,
    /// The distance between them.
    pub distance: f32,
    /// The similarity at that distance.
    pub similarity: f32,
    /// The similarity at other distances: distance, similarity. The sigmoid of a line, in the order of the distances.
    pub sigmoid: Vec<(f64, f64)>,
}

/// The state of the Network screen.
#[derive(Debug, Clone, Default)]
pub struct NetworkView {
    /// Index of the pair that is shown, in the order in which the pairs were drawn.
    pub example: usize,
    /// The outputs of all layers for that pair.
    pub activations: Pending<Arc<Activations>>,
    /// First visible layer.
    pub scroll: usize,
}
