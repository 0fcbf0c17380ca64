//! How well does a method know strangers?
//!
//! The question is asked of people that the method has never seen. [`Protocol`] divides a data set's people into folds;
//! for each [`Place`] (one fold of one assignment of people to folds) a [`Method`] learns from all others, is
//! calibrated on the fold beside it, and is then asked about the fold itself. What it said is a [`Piece`], which can be
//! kept, made on another machine, and merged; [`Figures`] are read from any set of pieces, with intervals by resampling
//! people. A network is one method; three that know nothing of learning ([`baseline`]) stand beside it on the same folds,
//! because a figure without a floor says little. [`lfw`] is the protocol of Labeled Faces in the Wild, for a network that
//! is trained already.
//!
//! The people of a fold touch nothing before they are asked about: not the weights, not the epoch that is kept, not the
//! threshold, not the calibration.
//!
//! This stands above `train`, whose sessions it runs, and prints nothing: `cli::evaluate` does. Rejected: one process
//! for each fold, which would read the faces and compile the kernels' plans anew each time, and keeping only the
//! figures of a piece, from which neither pooled figures nor intervals can be had.

pub mod baseline;
mod figures;
mod folds;
pub mod lfw;
mod measure;
mod method;
pub mod piece;
pub mod svg;

pub use figures::{Difference, Estimate, Figures, estimate_mean, estimate_rates};
pub use folds::{Place, Protocol, ProtocolError};
pub use measure::{GALLERIES, Measured, OpenSet};
pub use method::{Method, MethodError, Told};
pub use piece::{Piece, PieceError, Pieces};
