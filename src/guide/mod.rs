//! Longer texts than a front page holds: installing, the method, the measured results, the article step by step, the screens,
//! training in the background, sweeps, exports, faults, and how to contribute.

/// Installing, packages, completions, man pages, settings.
#[doc = include_str!("installing.md")]
pub mod installing {}

/// How the networks and presets work.
#[doc = include_str!("method.md")]
pub mod method {}

/// What was measured, and how to measure it again.
#[doc = include_str!("results.md")]
pub mod results {}

/// What each part of the recipe `compact` contributes, and what did not help.
#[doc = include_str!("trials.md")]
pub mod trials {}

/// The article's figures, one after another, in the screens.
#[doc = include_str!("article.md")]
pub mod article {}

/// The list of runs, runs drawn together, and the two views of the map.
#[doc = include_str!("screens.md")]
pub mod screens {}

/// Training without a terminal.
#[doc = include_str!("background.md")]
pub mod background {}

/// Recipes compared on the same folds, here or on a cluster.
#[doc = include_str!("sweeps.md")]
pub mod sweeps {}

/// ONNX, NumPy, CSV, TensorBoard and SVG; onnxruntime, scikit-learn and FAISS in ten lines each.
#[doc = include_str!("exports.md")]
pub mod exports {}

/// What happens in case of faults, and what is kept.
#[doc = include_str!("faults.md")]
pub mod faults {}

/// Checks, recipes for common changes, slow tests.
#[doc = include_str!("contributing.md")]
pub mod contributing {}
