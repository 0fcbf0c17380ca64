//! Twinsight: train a Siamese network to recognise faces, and watch it learn, in a terminal.
//!
//! This page is the map of the house. Modules stand in layers, and one may import only from those above it; a test
//! (`tests/layers.rs`) reads the `crate::` paths and keeps it so.
pub mod units;

pub mod files;

pub mod vision;

pub mod data;

pub mod config;
