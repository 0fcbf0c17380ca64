//! Why a cascade could not be had.

use crate::files::FileError;

/// Why a cascade could not be had. Each is one sentence that says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum CascadeError {
    /// The file could not be read: it is absent, a folder, a pipe, too large, or forbidden.
    #[error("{0}; a cascade is a file in OpenCV's XML format")]
    File(#[from] FileError),
    /// A file was read, and something in it is wrong.
    #[error("the cascade {path} cannot be used: {reason}")]
    InFile {
        /// The file, as it is shown.
        path: String,
        /// What is wrong with its content.
        #[source]
        reason: Box<CascadeError>,
    },
    /// It is no text.
    #[error(
        "it is not text in UTF-8 (first wrong byte: {0}); a cascade is a file in OpenCV's XML format"
    )]
    NotText(usize),
    /// It is no XML.
    #[error("it is not well-formed XML: {0}; a cascade is a file in OpenCV's XML format")]
    Xml(#[from] roxmltree::Error),
    /// Something that every cascade has is not there.
    #[error("{place} has no <{element}>; a cascade is a file in OpenCV's XML format")]
    Missing {
        /// The element that lacks it.
        place: String,
        /// The name of what is lacking.
        element: &'static str,
    },
    /// A number is no number, or out of range.
    #[error("{place} is {found:?}, and {expected} is expected there")]
    Value {
        /// Which number.
        place: String,
        /// What stands there, shortened.
        found: String,
        /// What could stand there.
        expected: &'static str,
    },
    /// A well-formed cascade of a kind that is not supported.
    #[error("{0}; use an upright Haar cascade such as haarcascade_frontalface_default.xml")]
    Unsupported(String),
    /// The compact form is damaged.
    #[error("the compact cascade is damaged at byte {0}; make it anew from the XML file")]
    Compact(usize),
}
