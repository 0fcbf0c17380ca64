//! Learning over time: what is to be done (a [`Recipe`]), the loop that does it (a [`Session`]), the thread it runs on
//! (a [`Trainer`]), what it says meanwhile ([`Event`]) and what it leaves on disk ([`RunDir`]).
//!
//! The loop knows no thread and no clock but the one that measures speed: it calls an observer after each batch and
//! epoch, which answers what to do. The command line observes with a progress bar, the [`Trainer`] with a channel, a
//! test with a closure.

pub mod events;
pub mod recipe;
pub mod run_dir;
mod sampler;
mod session;
mod speed;
mod validation;
mod worker;

pub use events::{Answer, Command, Event};
pub use recipe::{Recipe, RecipeError};
pub use run_dir::RunDir;
pub use session::{Session, TrainError};
pub use worker::{RunOptions, Trainer};

/// A pool of `threads` cores, all if 0, for whoever trains or measures.
///
/// # Errors
/// [`TrainError::Threads`] if the system gives none.
pub fn pool(threads: usize) -> Result<rayon::ThreadPool, TrainError> {
    let name = |i| format!("kernel-{i}");
    Ok(rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(name)
        .build()?)
}
