//! How much a gallery holds.

/// The most people in a gallery.
pub const MAX_PEOPLE: usize = 2_000_000;
/// The most photos in a gallery.
pub const MAX_PHOTOS: usize = 4_000_000;
/// The most photos in a gallery of one file, which is read into memory and written anew at each change.
pub(super) const MAX_IN_ONE_FILE: usize = 20_000;
/// The longest name of a person, in characters: what fits a tile on the screen and a line of text.
pub const MAX_NAME: usize = 64;
/// The longest file name that is stored, in characters.
pub(super) const MAX_FILE_NAME: usize = 120;
