//! Training: what to do (a [`Recipe`]), the loop that does it (a [`Session`]), the thread it runs on (a [`Trainer`]), what it
//! reports ([`TrainingEvent`]) and what it leaves on disk ([`RunDir`]). It can also be a process of its own
//! (`background`), which other processes watch and control ([`attach`], [`control`]).
//!
//! A training on a frozen backbone begins with epoch 0: the backbone alone is validated, and may stay the best.
//!
//! The loop knows nothing of threads or screens: after each batch and epoch it calls an observer, whose answer says whether
//! to continue. The command line observes with a progress bar, the [`Trainer`] with a channel, a test with a closure.
//!
//! ```
//! use twinsight::data::{Dataset, Source};
//! use twinsight::train::recipe::{Overrides, Sampling};
//! use twinsight::train::{Answer, Event, Recipe, Session};
//! use twinsight::nn::spec::{LayerSpec, NetworkSpec};
//! use twinsight::vision::{Crop, Preparation};
//!
//! let faces = Dataset::open(&Source::Orl, &Preparation::of(Crop::Whole))?;
//! let one_epoch = Overrides { epochs: Some(1), ..Overrides::default() };
//! let mut recipe = Recipe::preset("tutorial")?.with(&one_epoch)?;
//! recipe.network = NetworkSpec { layers: vec![LayerSpec::MaxPool, LayerSpec::MaxPool, LayerSpec::Dense { units: 8 }] };
//! recipe.sampling = Sampling::Pairs { batch: 64 };
//!
//! let mut losses = Vec::new();
//! Session::new(&faces, recipe, None)?.run(&mut |event| {
//!     if let Event::Epoch(report) = event {
//!         losses.push(report.metrics.train_loss);
//!     }
//!     Answer::Continue
//! })?;
//! assert!(losses.len() == 1 && losses[0].is_finite());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod attach;
pub(crate) mod background;
mod bounded;
mod calibration;
mod checkpointer;
pub mod control;
mod controller;
mod ensemble;
mod epoch_metrics;
mod error;
pub mod events;
mod learned;
pub mod recipe;
pub mod run_dir;
mod sampler;
mod session;
mod speed;
mod validation;
mod worker;

pub use attach::{Attached, attach};
pub use calibration::{CalibratedScores, ValidationDistances};
pub use checkpointer::SAVE_EVERY;
pub use error::TrainError;
pub use events::{Answer, EpochMetrics, Event, TrainingCommand, TrainingEvent, ValidationMetrics};
pub use learned::{NEAR_CHANCE, NotLearned};
pub use recipe::{Recipe, RecipeError};
pub use run_dir::RunDir;
pub use session::Session;
pub use validation::check;
pub use worker::{RunOptions, Trainer, side_by_side};

/// A pool of `threads` threads for the kernels; as many as there are cores if 0.
///
/// On Linux they run at a lower priority, so that keys are answered while every core trains. "nice" is per thread there;
/// elsewhere it would slow the whole program down.
///
/// # Errors
/// [`TrainError::Threads`] if the system gives none.
pub fn pool(threads: usize) -> Result<rayon::ThreadPool, TrainError> {
    let builder = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|i| format!("kernel-{i}"));
    #[cfg(target_os = "linux")]
    let builder = builder.start_handler(|_| {
        // If it is refused, training runs at the usual priority.
        let _ = rustix::process::nice(NICENESS);
    });
    Ok(builder.build()?)
}

/// Niceness of the training threads: a fifth to a tenth of a normal thread's share when both want a core.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;
