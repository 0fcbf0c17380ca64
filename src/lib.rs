//! Twinsight trains a Siamese network to recognise faces, shows it learning, and says who is in a photograph.
//!
//! It is a terminal program ([`run`]) and a library. Load faces, train, verify:
//!
//! ```
//! use std::sync::Arc;
//!
//! use twinsight::units::ImageId;
//! use twinsight::{Answer, Dataset, Event, IdentifyOptions, Overrides, PreparedPhoto};
//! use twinsight::{Recipe, Recognizer, Session, Source};
//!
//! // Two epochs of the default recipe, on 30 of the people.
//! let two_epochs = Overrides { epochs: Some(2), ..Overrides::default() };
//! let recipe = Recipe::preset("compact")?.with(&two_epochs)?;
//!
//! // 400 built-in pictures of 40 people; `Source::Folder` reads a folder with one sub-folder for each person.
//! let faces = Arc::new(Dataset::open(&Source::Orl, &recipe.preparation)?);
//! let mut model = None;
//! Session::new(&faces, recipe, None)?.run(&mut |event| {
//!     if let Event::Epoch(report) = event {
//!         model = Some(report.model);
//!     }
//!     Answer::Continue
//! })?;
//!
//! // Who is in the third picture of s02? A photo file would come from `recognizer.prepare(path)`.
//! let gallery = tempfile::tempdir()?;
//! let mut recognizer = Recognizer::open(model.expect("two epochs"), faces.clone(), gallery.path())?;
//! let probe = Arc::new(PreparedPhoto::of_picture(&faces, ImageId(12))).probe();
//! let answers = recognizer.identify(&[probe], &IdentifyOptions::default())?;
//! assert_eq!(&*answers[0].best().expect("40 people are known").person, "s02");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Layers
//!
//! A module may import only from modules above it, and no two files of a folder import each other; `tests/layers.rs`
//! checks both.
//!
//! ```text
//! text, units, files      words, newtypes, reading and writing files safely
//! onnx                    running ONNX files (rten)
//! vision                  photo → faces: decode, detect, align, crop, measure
//! backbone                frozen embedding networks
//! data                    people and their pictures; splits, pairs, augmentation
//! config                  defaults, the user's file, flags
//! metrics                 EER, AUC, calibration, intervals by person
//! nn                      layers, kernels, the gradient tape (dfdx)
//! model                   Siamese network, losses, checkpoints
//! train                   recipe, session, run directory, training in the background
//! gallery                 people enrolled by the user
//! recognition             who is in this photo: one way for all callers
//! evaluate                folds, baselines, LFW
//! sweep                   recipes × seeds × folds, here or on a cluster
//! export                  files for other programs: ONNX, npy, CSV, TensorBoard, SVG
//! app → ui → tui          the screens: state, drawing, terminal (crate-private)
//! cli, entry              the commands (crate-private)
//! guide                   longer texts: method, results, faults, contributing
//! ```
//!
//! `config` comes after `vision` and `data` because crops and sources are settings, but their types belong to the modules
//! that give them a meaning.

mod text;
pub mod units;

mod files;
mod onnx;
pub mod vision;

pub mod backbone;
pub mod data;

mod config;
pub mod metrics;
pub mod nn;

pub mod model;
pub mod train;

pub mod gallery;
pub mod recognition;

pub mod evaluate;
pub mod sweep;

pub mod export;

mod app;
mod cli;
mod tui;
mod ui;

mod entry;
pub mod guide;
#[doc(hidden)]
pub mod internals;

pub use backbone::Backbone;
pub use data::{Dataset, Pair, Source, SourceError, Split};
pub use entry::run;
pub use evaluate::{FoldResults, Method, Protocol};
pub use gallery::{Gallery, GalleryError};
pub use metrics::{Estimate, Scores};
pub use model::checkpoint::CheckpointError;
pub use model::{Embedding, Siamese, pretrained};
pub use recognition::{
    Candidate, Identification, IdentifyOptions, PerPerson, PreparedPhoto, Probe, RecognitionError,
    Recognizer,
};
pub use train::recipe::Overrides;
pub use train::{Answer, Event, Recipe, RecipeError, RunDir, Session, TrainError, Trainer};
pub use units::{Distance, Seed, Similarity, Threshold};
pub use vision::{Crop, Face, Photo, PhotoError, Preparation, PreparedFace};
