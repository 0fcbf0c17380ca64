//! A cascade prepared for one level: every corner of a rectangle is an offset into the tables of that level.

use crate::vision::cascade::{Cascade, Feature, Node, Rectangle, Tree};
use crate::vision::integral::Columns;

/// A feature: the offsets of the four corners of each rectangle (top left, top right, bottom left, bottom right), and the
/// weights.
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
    /// The vote if the value is below the threshold.
    pub(crate) left: f32,
    /// The vote otherwise.
    pub(crate) right: f32,
}

/// A tree of several comparisons; children as in [`Node`].
#[derive(Debug, Clone)]
pub(crate) struct TreeAt {
    pub(crate) nodes: Vec<(Node, FeatureAt)>,
    pub(crate) leaves: Vec<f32>,
}

/// The trees of a stage.
#[derive(Debug, Clone)]
pub(crate) enum Votes {
    /// All trees are stumps (the fast case).
    Stumps(Vec<StumpAt>),
    /// Trees of any size.
    Trees(Vec<TreeAt>),
}

/// A stage: its trees, and the smallest sum of votes that passes.
#[derive(Debug, Clone)]
pub(crate) struct StageAt {
    pub(crate) votes: Votes,
    pub(crate) threshold: f64,
}

/// The cascade of one level.
///
/// It is made only by [`new`](Self::new) and never changed, because loads without a bounds check rely on
/// [`reach`](Self::reach).
#[derive(Debug, Clone)]
pub(crate) struct CascadeAt {
    stages: Vec<StageAt>,
    inner: [u32; 4],
    area: f64,
    // Without AVX2 every load is bounds-checked.
    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
    reach: usize,
}

impl CascadeAt {
    /// Prepares `cascade` for tables with these columns.
    pub(crate) fn new(cascade: &Cascade, columns: Columns) -> Self {
        let at = |node: &Node| feature_at(&cascade.features()[node.feature], columns);
        let stumps = cascade.is_stumps();
        let votes = |trees: &[Tree]| {
            if stumps {
                Votes::Stumps(
                    trees
                        .iter()
                        .map(|tree| stump(tree, at(&tree.nodes[0])))
                        .collect(),
                )
            } else {
                let nodes = |tree: &Tree| tree.nodes.iter().map(|node| (*node, at(node))).collect();
                let trees = trees.iter().map(|tree| TreeAt {
                    nodes: nodes(tree),
                    leaves: tree.leaves.clone(),
                });
                Votes::Trees(trees.collect())
            }
        };
        let stages = cascade.stages().iter();
        let stages = stages
            .map(|stage| StageAt {
                votes: votes(&stage.trees),
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

    /// The stages; at least one.
    pub(crate) fn stages(&self) -> &[StageAt] {
        &self.stages
    }

    /// Corners of the rectangle in which contrast is measured: the window without a border of one pixel.
    pub(crate) fn inner(&self) -> &[u32; 4] {
        &self.inner
    }

    /// Area of that rectangle, in pixels.
    pub(crate) fn area(&self) -> f64 {
        self.area
    }

    /// The largest offset of a corner.
    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
    pub(crate) fn reach(&self) -> usize {
        self.reach
    }
}

fn corners(part: &Rectangle, columns: Columns) -> [u32; 4] {
    let [left, right] =
        [part.x, part.x + part.width].map(|dx| columns.offset(usize::from(dx), 0) as u32);
    let [top, bottom] =
        [part.y, part.y + part.height].map(|dy| columns.offset(0, usize::from(dy)) as u32);
    [top + left, top + right, bottom + left, bottom + right]
}

#[inline(always)]
fn feature_at(feature: &Feature, columns: Columns) -> FeatureAt {
    let [first, second, third] = feature;
    FeatureAt {
        corners: [
            corners(first, columns),
            corners(second, columns),
            corners(third, columns),
        ],
        weights: [first.weight, second.weight, third.weight],
    }
}

/// The indices of the children are ignored: in a cascade of stumps OpenCV takes the first leaf as the left one.
fn stump(tree: &Tree, feature: FeatureAt) -> StumpAt {
    StumpAt {
        feature,
        threshold: tree.nodes[0].threshold,
        left: tree.leaves[0],
        right: tree.leaves[1],
    }
}
