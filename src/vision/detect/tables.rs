//! A cascade prepared for one level: every rectangle corner as an offset into that level's tables.

use crate::vision::cascade::{Cascade, Feature, Node, Rectangle, Tree};
use crate::vision::integral::Columns;

/// A feature: the four corners of each rectangle (top left, top right, bottom left, bottom right), and the weights.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FeatureAt {
    pub(crate) corners: [[u32; 4]; 3],
    pub(crate) weights: [f32; 3],
}

/// A tree of one comparison.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StumpAt {
    pub(crate) feature: FeatureAt,
    pub(crate) threshold: f32,
    /// Vote of a value below the threshold.
    pub(crate) left: f64,
    /// Vote of any other.
    pub(crate) right: f64,
}

/// A tree of several comparisons; children as in [`Node`].
#[derive(Debug, Clone)]
pub(crate) struct TreeAt {
    pub(crate) nodes: Vec<(Node, FeatureAt)>,
    pub(crate) leaves: Vec<f32>,
}

/// The votes of a stage.
#[derive(Debug, Clone)]
pub(crate) enum Votes {
    /// Every tree is a stump: the fast case.
    Stumps(Vec<StumpAt>),
    /// Any trees.
    Trees(Vec<TreeAt>),
}

/// A stage: who votes, and which sum is enough.
#[derive(Debug, Clone)]
pub(crate) struct StageAt {
    pub(crate) votes: Votes,
    pub(crate) threshold: f64,
}

/// All that evaluating windows of one level needs beside its tables.
#[derive(Debug, Clone)]
pub(crate) struct CascadeAt {
    pub(crate) stages: Vec<StageAt>,
    /// Corners of the rectangle over which contrast is measured: the window without a border of one pixel.
    pub(crate) inner: [u32; 4],
    /// Area of that rectangle.
    pub(crate) area: f64,
    /// The largest offset of all.
    pub(crate) reach: usize,
}

impl CascadeAt {
    /// Lays out `cascade` for tables with these columns.
    pub(crate) fn new(cascade: &Cascade, columns: Columns) -> Self {
        let features: Vec<FeatureAt> = cascade
            .features()
            .iter()
            .map(|feature| feature_at(feature, columns))
            .collect();
        let stumps = cascade.is_stumps();
        let stages = cascade
            .stages()
            .iter()
            .map(|stage| StageAt {
                votes: if stumps {
                    Votes::Stumps(
                        stage
                            .trees
                            .iter()
                            .map(|tree| stump_at(tree, &features))
                            .collect(),
                    )
                } else {
                    Votes::Trees(
                        stage
                            .trees
                            .iter()
                            .map(|tree| tree_at(tree, &features))
                            .collect(),
                    )
                },
                threshold: f64::from(stage.threshold()),
            })
            .collect();
        let (width, height) = cascade.window();
        let (inner_width, inner_height) = (width as u16 - 2, height as u16 - 2);
        let inner = Rectangle {
            x: 1,
            y: 1,
            width: inner_width,
            height: inner_height,
            weight: 1.0,
        };
        Self {
            stages,
            inner: corners(&inner, columns),
            area: f64::from(u32::from(inner_width) * u32::from(inner_height)),
            reach: (0..=width as usize)
                .map(|dx| columns.offset(dx, height as usize))
                .max()
                .unwrap_or(0),
        }
    }
}

fn corners(part: &Rectangle, columns: Columns) -> [u32; 4] {
    let [left, top, width, height] = [part.x, part.y, part.width, part.height].map(usize::from);
    let (right, bottom) = (left + width, top + height);
    [(left, top), (right, top), (left, bottom), (right, bottom)]
        .map(|(dx, dy)| columns.offset(dx, dy) as u32)
}

fn feature_at(feature: &Feature, columns: Columns) -> FeatureAt {
    FeatureAt {
        corners: feature.each_ref().map(|part| corners(part, columns)),
        weights: feature.map(|part| part.weight),
    }
}

/// The children's numbers are not looked at: in a cascade of stumps OpenCV takes the first leaf as the left one.
fn stump_at(tree: &Tree, features: &[FeatureAt]) -> StumpAt {
    let node = tree.nodes[0];
    StumpAt {
        feature: features[node.feature],
        threshold: node.threshold,
        left: f64::from(tree.leaves[0]),
        right: f64::from(tree.leaves[1]),
    }
}

fn tree_at(tree: &Tree, features: &[FeatureAt]) -> TreeAt {
    TreeAt {
        nodes: tree
            .nodes
            .iter()
            .map(|node| (*node, features[node.feature]))
            .collect(),
        leaves: tree.leaves.clone(),
    }
}
