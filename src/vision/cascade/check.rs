//! Validates a cascade: limits, indices, rectangles and finite numbers.

use super::{Cascade, CascadeError, Feature, Node, Rectangle, Stage, Tree};

/// The longest side of a window, in pixels. OpenCV's windows have at most 60.
const MAX_WINDOW: u32 = 256;
/// The shortest side of a window, in pixels: contrast is measured without a border of one pixel.
const MIN_WINDOW: u32 = 3;
const MAX_STAGES: usize = 256;
const MAX_FEATURES: usize = 1 << 16;
/// The most comparisons in all stages. OpenCV's largest cascade has 8,468.
const MAX_NODES: usize = 1 << 16;

impl Cascade {
    /// Builds a cascade from its parts.
    ///
    /// # Errors
    /// If a limit is exceeded, an index or rectangle is out of range, or a number is not finite.
    pub(super) fn assemble(
        window: (u32, u32),
        stages: Vec<Stage>,
        features: Vec<Feature>,
    ) -> Result<Self, CascadeError> {
        for side in [window.0, window.1] {
            let good = (MIN_WINDOW..=MAX_WINDOW).contains(&side);
            ensure(good, || {
                (
                    "a side of the window".into(),
                    side.to_string(),
                    "3 to 256 pixels",
                )
            })?;
        }
        let count = |what: &str, count: usize| (format!("the number of {what}"), count.to_string());
        let limit = |good, what, number, expected| {
            ensure(good, || {
                let (place, found) = count(what, number);
                (place, found, expected)
            })
        };
        limit(
            (1..=MAX_STAGES).contains(&stages.len()),
            "stages",
            stages.len(),
            "1 to 256",
        )?;
        limit(
            (1..=MAX_FEATURES).contains(&features.len()),
            "features",
            features.len(),
            "1 to 65,536",
        )?;
        let nodes = stages
            .iter()
            .flat_map(|stage| &stage.trees)
            .map(|tree| tree.nodes.len())
            .sum();
        limit(nodes <= MAX_NODES, "comparisons", nodes, "at most 65,536")?;
        features
            .iter()
            .enumerate()
            .try_for_each(|(at, feature)| check_feature(window, at, feature))?;
        stages
            .iter()
            .enumerate()
            .try_for_each(|(at, stage)| check_stage(at, stage, features.len()))?;
        Ok(Self {
            window,
            stages,
            features,
        })
    }
}

/// Returns an error unless `good`; `wrong` gives the place, the value found there, and what was expected.
fn ensure(
    good: bool,
    wrong: impl FnOnce() -> (String, String, &'static str),
) -> Result<(), CascadeError> {
    if good {
        return Ok(());
    }
    let (place, found, expected) = wrong();
    Err(CascadeError::Value {
        place,
        found,
        expected,
    })
}

fn check_feature(window: (u32, u32), at: usize, feature: &Feature) -> Result<(), CascadeError> {
    // Only rectangles at the end may be empty, which means unused. An empty one before another is an error.
    let used = feature
        .iter()
        .rposition(|part| *part != Rectangle::default());
    for (number, part) in feature[..=used.unwrap_or(0)].iter().enumerate() {
        let place = || format!("rectangle {} of feature {at}", number + 1);
        let right = u32::from(part.x) + u32::from(part.width);
        let bottom = u32::from(part.y) + u32::from(part.height);
        let inside = part.width > 0 && part.height > 0 && right <= window.0 && bottom <= window.1;
        let shown = || format!("{} {} {} {}", part.x, part.y, part.width, part.height);
        ensure(inside, || {
            (place(), shown(), "a rectangle inside the window")
        })?;
        finite(part.weight, place)?;
    }
    Ok(())
}

fn check_stage(at: usize, stage: &Stage, features: usize) -> Result<(), CascadeError> {
    finite(stage.raw_threshold, || {
        format!("the threshold of stage {at}")
    })?;
    let trees = stage.trees.len();
    ensure(trees > 0, || {
        (
            format!("the number of trees of stage {at}"),
            trees.to_string(),
            "at least one",
        )
    })?;
    for (number, tree) in stage.trees.iter().enumerate() {
        check_tree(tree, features, |what| {
            format!("{what} in tree {number} of stage {at}")
        })?;
    }
    Ok(())
}

fn check_tree(
    tree: &Tree,
    features: usize,
    place: impl Fn(&str) -> String,
) -> Result<(), CascadeError> {
    let (nodes, leaves) = (tree.nodes.len(), tree.leaves.len());
    ensure(nodes > 0, || {
        (
            place("the number of comparisons"),
            nodes.to_string(),
            "at least one",
        )
    })?;
    ensure(leaves == nodes + 1, || {
        (
            place("the number of leaf values"),
            leaves.to_string(),
            "one more than comparisons",
        )
    })?;
    tree.leaves
        .iter()
        .try_for_each(|&leaf| finite(leaf, || place("a leaf value")))?;
    for (index, node) in tree.nodes.iter().enumerate() {
        let Node {
            feature,
            threshold,
            left,
            right,
        } = *node;
        ensure(feature < features, || {
            (
                place("the feature's index"),
                feature.to_string(),
                "one of the features",
            )
        })?;
        finite(threshold, || place("a threshold"))?;
        for child in [left, right] {
            // Because a child is always a later node, every walk through the tree ends.
            let later = usize::try_from(child).is_ok_and(|child| child > index && child < nodes);
            let leaf = child <= 0 && child.unsigned_abs() as usize <= nodes;
            ensure(later || leaf, || {
                (
                    place("a child"),
                    child.to_string(),
                    "a later comparison or a leaf",
                )
            })?;
        }
    }
    Ok(())
}

fn finite(number: f32, place: impl FnOnce() -> String) -> Result<(), CascadeError> {
    ensure(number.is_finite(), || {
        (place(), number.to_string(), "a finite number")
    })
}
