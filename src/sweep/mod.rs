//! Sweeps: recipes × seeds × folds, on this machine or on a cluster.
//!
//! A [`SweepSpec`] names recipes, values that their fields are to take, seeds and folds. [`Sweep::create`] turns it into a folder
//! with a plan: every recipe written out, and a number for each task, which is one fold of one recipe with one seed. Any process
//! on any machine that sees the folder may do any task; its result appears under its own name in one step. So job schedulers do
//! what they are made for ([`emit`]), tasks that were killed are done again, and doing one twice changes nothing. [`rank`] puts
//! the recipes in order by what their *validation* people say: the tested ones choose nothing.
//!
//! ```text
//! lr/                     mode 0700
//! ├── plan.ron            data, folds, seeds, and what each recipe is called
//! ├── recipes/000.ron     the recipes, complete
//! └── results/000-s0/     for each recipe and seed: a0-f0.json …, as `evaluate --fold` writes them
//! ```
//!
//! ```
//! use twinsight::sweep::{Sweep, SweepSpec};
//!
//! let spec = SweepSpec::parse(
//!     r#"(recipes: ["tutorial"], vary: {"learning_rate": one_of([1e-3, 1e-4])}, seeds: [0, 1], folds: 8)"#,
//!     "lr.ron",
//! )?;
//! let folder = tempfile::tempdir()?;
//! let sweep = Sweep::create(&folder.path().join("lr"), &spec, folder.path())?;
//! assert_eq!(sweep.recipes().len(), 2);
//! assert_eq!(sweep.tasks(), 2 * 2 * 8);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod field;
mod plan;
mod ranking;
mod spec;

pub mod emit;

pub use error::SweepError;
pub use plan::{Remaining, Sweep, SweepRecipe, Task};
pub use ranking::{Ranked, rank};
pub use spec::{Search, SweepSpec, Values};
