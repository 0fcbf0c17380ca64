//! Learning over time: what is to be done (a [`Recipe`]), the loop that does it (a [`Session`]), the thread it runs on
//! (a [`Trainer`]), what it says meanwhile ([`Event`]) and what it leaves on disk ([`RunDir`]). It may also be a process of
//! its own ([`background`]), which others watch and steer ([`control`]).
//!
//! The loop knows no thread and no clock but the one that measures speed: it calls an observer after each batch and
//! epoch, which answers what to do. The command line observes with a progress bar, the [`Trainer`] with a channel, a
//! test with a closure.

pub mod background;
pub mod control;
mod error;
pub mod events;
mod helm;
mod keeper;
pub mod recipe;
pub mod run_dir;
mod sampler;
mod session;
mod speed;
mod towers;
mod validation;
mod worker;

pub use error::TrainError;
pub use events::{Answer, Command, Event};
pub use keeper::SAVE_EVERY;
pub use recipe::{Recipe, RecipeError};
pub use run_dir::RunDir;
pub use session::Session;
pub use worker::{RunOptions, Trainer, side_by_side};

/// A pool of `threads` cores, all if 0, that leaves the machine to others: on Linux its threads run at a lower priority
/// ("nice" is per thread there; elsewhere it would slow the whole program down), so that keys are answered while every
/// core trains.
///
/// # Errors
/// [`TrainError::Threads`] if the system gives none.
pub fn pool(threads: usize) -> Result<rayon::ThreadPool, TrainError> {
    let builder = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|i| format!("kernel-{i}"));
    #[cfg(target_os = "linux")]
    let builder = builder.start_handler(|_| {
        // Refused at worst, and then it trains at the usual priority.
        let _ = rustix::process::nice(NICENESS);
    });
    Ok(builder.build()?)
}

/// How far a training thread steps back: a fifth to a tenth of a normal thread's share when both want a core.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;
