//! Twinsight: train a Siamese network to recognise faces, and watch it learn, in a terminal.
//!
//! This page is the map of the house. Modules stand in layers, and one may import only from those above it; a test
//! (`tests/layers.rs`) reads the `crate::` paths and keeps it so.
//!
//! `config` stands behind `vision` and `data`, not before them: how a face is cropped and where faces come from are
//! settings, but their types belong to those who give them their meaning.
mod text;

pub mod units;

pub mod files;

pub mod onnx;

pub mod vision;

pub mod backbone;

pub mod data;

pub mod config;

pub mod metrics;

pub mod nn;

pub mod model;

pub mod train;

pub mod gallery;

pub mod recognition;

pub mod evaluate;

pub mod app;

pub mod ui;

pub mod tui;

pub mod cli;

mod entry;

pub use entry::run;
