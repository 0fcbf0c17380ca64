//! Copying text to the clipboard, and writing the screen to files.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ratatui::buffer::Buffer;

use crate::files::{self, FileError};
use crate::ui::export;

/// The most bytes of text in one OSC 52 sequence. xterm has the lowest limit: 100,000 bytes, after base64.
const MOST_COPIED: usize = 74_000;

/// The sequence that copies `text` to the clipboard of the user's terminal, also over SSH (xterm's control sequences,
/// "OSC 52"). Inside `tmux` it needs `set -g set-clipboard on`.
pub(super) fn copy_sequence(text: &str) -> Vec<u8> {
    let text = &text.as_bytes()[..text.len().min(MOST_COPIED)];
    format!("\x1b]52;c;{}\x07", STANDARD.encode(text)).into_bytes()
}

/// Writes the screen as `screen-N.txt` and `.svg` with the first free number into `folder`. Returns the SVG file.
///
/// # Errors
/// When the folder cannot be written.
pub(super) fn export(screen: &Buffer, folder: &Path) -> Result<PathBuf, FileError> {
    files::create_private_dir(folder)?;
    let named = |number: usize, ending: &str| folder.join(format!("screen-{number:03}.{ending}"));
    let free = (1..1000)
        .find(|&number| !named(number, "svg").exists())
        .unwrap_or(1000);
    files::write_private(&named(free, "txt"), export::text(screen).as_bytes())?;
    let path = named(free, "svg");
    files::write_private(&path, export::svg(screen).as_bytes())?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clipboard_sequence_is_that_of_xterm() {
        assert_eq!(
            copy_sequence("s07/3 0.94"),
            b"\x1b]52;c;czA3LzMgMC45NA==\x07"
        );
    }
}
