//! The tour: ten stops over the real screens, nine of them with one thing to do.

mod state;
mod update;

pub use state::{STOPS, TourTask, TourView};
