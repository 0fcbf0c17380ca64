//! Why a cascade cannot be read.

use crate::files::FileError;

/// Why a cascade cannot be read. Each message is one sentence that says how to fix it.
#[derive(Debug, thiserror::Error)]
pub enum CascadeError {
    /// The file cannot be read: it does not exist, is a folder or a pipe, is too large, or may not be read.
    #[error("{0}; a cascade is a file in OpenCV's XML format")]
    File(#[from] FileError),
    /// The content of a file is wrong.
    #[error("the cascade {path} cannot be used: {reason}")]
    InFile {
        /// The path of the file.
        path: String,
        /// What is wrong with its content.
        #[source]
        reason: Box<CascadeError>,
    },
    /// It is not text.
    #[error(
        "it is not text in UTF-8 (first wrong byte: {0}); a cascade is a file in OpenCV's XML format"
    )]
    NotText(usize),
    /// It is not XML.
    #[error("it is not well-formed XML: {0}; a cascade is a file in OpenCV's XML format")]
    Xml(#[from] roxmltree::Error),
    /// A required element is missing.
    #[error("{place} has no <{element}>; a cascade is a file in OpenCV's XML format")]
    Missing {
        /// The parent element and its line.
        place: String,
        /// The name of the missing element.
        element: &'static str,
    },
    /// A value is not a number, or is out of range.
    #[error("{place} is {found:?}, but must be {expected}; use a cascade file from OpenCV")]
    Value {
        /// The place of the value.
        place: String,
        /// The value found there, shortened.
        found: String,
        /// What is allowed there.
        expected: &'static str,
    },
    /// A valid cascade of an unsupported kind.
    #[error("{0}; use an upright Haar cascade such as haarcascade_frontalface_default.xml")]
    Unsupported(String),
    /// The compact form is damaged.
    #[error("the compact cascade is damaged at byte {0}; convert the XML file again")]
    Compact(usize),
}
