//! Why a sweep cannot be planned or continued.

use std::path::PathBuf;

use crate::config::ConfigError;
use crate::evaluate::FoldError;
use crate::files::{FileError, as_argument, shown};
use crate::train::RecipeError;

/// Why a sweep cannot be planned or continued.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The specification or the plan is no valid RON.
    #[error(transparent)]
    Syntax(#[from] ConfigError),
    /// A recipe cannot be used.
    #[error("the recipe {name}: {why}")]
    Recipe {
        /// The preset or the file.
        name: String,
        /// The reason.
        why: Box<RecipeError>,
    },
    /// A field that no recipe has.
    #[error("vary names \"{field}\", which is no field of the recipe {recipe}: {why}")]
    Field {
        /// The field's path.
        field: String,
        /// The recipe.
        recipe: String,
        /// What is wrong.
        why: String,
    },
    /// A list without entries.
    #[error("{0} is empty: name at least one")]
    Empty(&'static str),
    /// A range in a grid.
    #[error(
        "vary gives \"{0}\" a range, of which a grid knows no values: list them as one_of([…]), or search: random(count: N)"
    )]
    RangeInGrid(String),
    /// A range that is none.
    #[error(
        "the range of \"{0}\" must go from a smaller to a larger number, and from above 0 if it is log_uniform"
    )]
    Range(String),
    /// More tasks than can be meant.
    #[error(
        "this makes {0} tasks; at most {1} are planned at once: name fewer values, or search: random(count: N)"
    )]
    TooMany(usize, usize),
    /// The folder holds a sweep by another specification.
    #[error("{} holds another sweep: name another folder with --dir, or remove it", shown(.0))]
    Other(PathBuf),
    /// No sweep lies there.
    #[error("there is no sweep in {}: plan one with `twinsight sweep SPEC.ron --dir {}`", shown(.0), as_argument(.0))]
    Missing(PathBuf),
    /// There is no such task.
    #[error("there is no task {asked}: the tasks of this sweep are numbered 0 to {}", tasks - 1)]
    NoTask {
        /// The number that was asked for.
        asked: usize,
        /// How many tasks there are.
        tasks: usize,
    },
    /// A result cannot be read.
    #[error(transparent)]
    Fold(#[from] FoldError),
}
